package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/orderguard/orderguard"
)

// GenStats says what Generate wrote.
type GenStats struct {
	Events       int64            `json:"events"`        // good lines, each once
	Duplicates   int64            `json:"duplicates"`    // lines written again
	BadLines     int64            `json:"bad_lines"`     // lines that are no events
	Bytes        int64            `json:"bytes"`         // of all lines
	Orders       int64            `json:"orders"`        // created
	Labelled     int64            `json:"labelled"`      // orders of attacks
	Instances    map[string]int   `json:"instances"`     // of each family
	ByType       map[string]int64 `json:"by_type"`       // events of each type
	FamilyOrders map[string]int64 `json:"family_orders"` // orders of each family
}

// generator is one run of Generate.
type generator struct {
	o       GenOptions
	w       *world
	q       queue
	arrival *arrivals
	// pcg draws the life of one order; it is seeded anew for each.
	pcg *rand.PCG
	r   *rand.Rand
	// trade is the order of ordinary trade at hand, drawn again at each step.
	trade order
	// scripts are the orders of families that are under way; slot 0 is none.
	scripts   []*order
	free      []uint32
	instances []*instance
	out       *output
	labels    *bufio.Writer
	origins   *bufio.Writer // nil: not asked for
	line      []byte
	stats     GenStats
}

// Steps of a task that are no steps of an order.
const (
	stepArrival  = 254 // the next order of ordinary trade, not yet placed
	stepInstance = 255 // an instance of a family begins
)

// Generate writes a marketplace: its events as NDJSON in order of time, and a
// label {"order","buyer","scenario","attack"} for every order of an attack in
// the order of their creation. A nil labels drops them. Memory grows with the
// orders in flight, by some 130 bytes each at its peak, and not with the length
// of the stream. The error is that of the options or of a writer.
func Generate(events, labels io.Writer, o GenOptions) (GenStats, error) {
	return GenerateOrigins(events, labels, nil, o)
}

// GenerateOrigins also writes where orders come from: a line
// {"type":"order","status":"created","ts","order","family"} for each that is not
// ordinary trade but of an attack or a look-alike, and such a line for its
// refund, dispute or review. Report.Blame takes them to say what was flagged
// wrongly, and Score as events, for they tell when attacks took place.
func GenerateOrigins(events, labels, origins io.Writer, o GenOptions) (GenStats, error) {
	if err := o.Validate(); err != nil {
		return GenStats{}, fmt.Errorf("generate: %w", err)
	}
	o = o.withDefaults()
	if labels == nil {
		labels = io.Discard
	}
	out := newOutput(events, &o)
	g := &generator{o: o, w: newWorld(&o), pcg: rand.NewPCG(0, 0), scripts: make([]*order, 1), out: out, labels: bufio.NewWriter(labels)}
	if origins != nil {
		g.origins = bufio.NewWriter(origins)
	}
	g.r = rand.New(g.pcg)
	g.stats.Instances, g.stats.FamilyOrders, g.stats.ByType = map[string]int{}, map[string]int64{}, map[string]int64{}
	err := g.run()
	g.stats.Duplicates, g.stats.BadLines, g.stats.Bytes = out.duplicates, out.bad, out.bytes
	if err != nil {
		return g.stats, fmt.Errorf("generate: %w", err)
	}
	return g.stats, nil
}

// run lets the marketplace live until nothing is left to happen.
func (g *generator) run() error {
	for i := range g.w.shops {
		g.line = g.appendSeller(g.line[:0], i)
		g.count(orderguard.AccountDeclared)
		if err := g.out.write(g.line, g.w.start); err != nil {
			return err
		}
	}
	g.plan()
	g.arrival = newArrivals(g.w, &g.o)
	g.nextArrival()
	for len(g.q) > 0 {
		if err := g.do(g.q.pop()); err != nil {
			return err
		}
	}
	return g.flush()
}

// flush writes all that is held back.
func (g *generator) flush() error {
	if err := g.labels.Flush(); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	if g.origins != nil {
		if err := g.origins.Flush(); err != nil {
			return fmt.Errorf("origins: %w", err)
		}
	}
	return g.out.flush()
}

// do lets one task happen.
func (g *generator) do(t task) error {
	switch t.step {
	case stepInstance:
		g.begin(g.instances[t.slot])
		g.instances[t.slot] = nil
		return nil
	case stepArrival:
		g.nextArrival()
		t.step = 0
		g.follow(t)
	}
	o := &g.trade
	if t.slot != 0 {
		o = g.scripts[t.slot]
	} else {
		g.tradeOrder(o, t)
	}
	if t.step == 0 {
		if err := g.created(o); err != nil {
			return err
		}
	}
	if err := g.origin(o, int(t.step)); err != nil {
		return err
	}
	g.line = g.appendEvent(g.line[:0], o, int(t.step))
	g.count(o.steps[t.step].kind)
	if err := g.out.write(g.line, t.at); err != nil {
		return err
	}
	if next := int(t.step) + 1; next < len(o.steps) {
		t.at += o.steps[next].at - o.steps[t.step].at
		t.step = uint8(next)
		g.q.push(t)
	} else if t.slot != 0 {
		g.scripts[t.slot] = nil
		g.free = append(g.free, t.slot)
	}
	return nil
}

// count counts an event.
func (g *generator) count(k orderguard.Kind) {
	g.stats.Events++
	g.stats.ByType[typeNames[k]]++
}

// origin writes where an order comes from, and when its buyer does what the
// attack is about.
func (g *generator) origin(o *order, i int) error {
	if g.origins == nil || o.n>>63 == 0 {
		return nil
	}
	s := &o.steps[i]
	switch s.kind {
	case orderguard.OrderCreated, orderguard.OrderRefunded, orderguard.DisputeOpened, orderguard.ReviewGiven:
	default:
		return nil
	}
	b := append(append(g.line[:0], `{"type":"`...), typeNames[s.kind]...)
	b = append(b, '"')
	if s.kind != orderguard.ReviewGiven {
		_, status := cutKind(s.kind)
		b = appendField(b, "status", status)
	}
	b = appendInt(append(b, `,"ts":`...), o.at+s.at)
	b = g.w.m.ids.field(b, "order", idOrder, g.w.number(saltOrder, o.n))
	b = append(append(b, `,"family":"`...), families[o.n>>48&0x7fff].name...)
	g.line = append(b, "\"}\n"...)
	if _, err := g.origins.Write(g.line); err != nil {
		return fmt.Errorf("origins: %w", err)
	}
	return nil
}

// created counts a new order and writes its label.
func (g *generator) created(o *order) error {
	g.stats.Orders++
	if o.label == nil {
		return nil
	}
	g.stats.Labelled++
	ids := &g.w.m.ids
	b := ids.append(append(g.line[:0], `{"order":"`...), idOrder, g.w.number(saltOrder, o.n))
	b = ids.field(append(b, '"'), "buyer", idBuyer, o.buyer.code)
	b = append(append(b, `,"scenario":"`...), o.label.scenario.String()...)
	b = append(append(b, `","attack":"`...), o.label.attack...)
	g.line = append(b, "\"}\n"...)
	if _, err := g.labels.Write(g.line); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	return nil
}

// script takes an order of a family into the queue.
func (g *generator) script(o *order) {
	slot := uint32(len(g.scripts))
	if k := len(g.free); k > 0 {
		slot, g.free = g.free[k-1], g.free[:k-1]
		g.scripts[slot] = o
	} else {
		g.scripts = append(g.scripts, o)
	}
	g.q.push(task{at: o.at, n: o.n, slot: slot})
}

// plan puts the beginning of every instance of every family into the queue.
func (g *generator) plan() {
	g.instances = append(g.instances, nil)
	for f := range families {
		k := &families[f]
		p := k.with(g.o.Families[k.name], g.o.Orders, g.w.seed)
		if p.Off || k.scenario == 0 && g.o.NoLookAlikes || k.scenario != 0 && g.o.NoAttacks {
			continue
		}
		for i := range p.Count {
			in := newInstance(g, k, p, f, i)
			g.q.push(task{at: in.start, n: in.number(0), slot: uint32(len(g.instances)), step: stepInstance})
			g.instances = append(g.instances, in)
		}
		g.stats.Instances[k.name] = p.Count
	}
}

// begin draws the orders of an instance.
func (g *generator) begin(in *instance) {
	in.kind.expand(in)
	if len(in.orders) == 0 {
		panic("BUG: an instance of " + in.kind.name + " has no orders")
	}
	g.stats.FamilyOrders[in.kind.name] += int64(len(in.orders))
	for _, o := range in.orders {
		if o.at < in.start {
			panic("BUG: an order of " + in.kind.name + " is placed before the instance begins")
		}
		o.end()
		g.script(o)
	}
}

// FamilyNames lists the families of attacks and look-alikes.
func FamilyNames() []string {
	names := make([]string, len(families))
	for i, k := range families {
		names[i] = k.name
	}
	return names
}
