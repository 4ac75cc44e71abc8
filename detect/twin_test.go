package detect

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// twin is the slow exact twin of the engine: every event in slices, for ever,
// and a loop over all of them for every condition of every rule.
type twin struct {
	rules  *RuleSet
	ids    map[string]orderguard.Millis
	events []orderguard.Event
	found  map[string]*finding // by scenario and order
	now    orderguard.Millis   // the highest time so far, for rules that look again
	timers []twinTimer
	// forgot are the events, by number, that tables of a name were made to forget.
	forgot map[string]map[int]bool
	told   map[string][]string // by the id of an order's creation: what told says of it
}

type twinTimer struct {
	rule  *Rule
	event orderguard.Event // at the time at which it is due
}

// finding is what is to be said of an order under a scenario.
type finding struct {
	At      orderguard.Millis
	Reasons []string // "rule=value", in the order in which they were found
}

func newTwin(rules *RuleSet) *twin {
	return &twin{rules: rules, ids: map[string]orderguard.Millis{}, found: map[string]*finding{}, told: map[string][]string{}}
}

func (w *twin) judge(e orderguard.Event) {
	const hour = 3600_000
	w.now = max(w.now, e.Time)
	w.lookAgain()
	if first, ok := w.ids[e.ID]; ok && e.Clock/hour-first/hour <= 24 {
		return
	}
	w.ids[e.ID] = e.Clock
	w.events = append(w.events, e)
	w.tell(&e)
	for i := range w.rules.Rules {
		if r := &w.rules.Rules[i]; r.On.Match(&e) {
			if r.After == 0 {
				w.judgeBy(r, &e)
				continue
			}
			if !w.firstHold(r, &e) {
				continue
			}
			again := e
			again.Time += r.After
			w.timers = append(w.timers, twinTimer{r, again})
		}
	}
}

// firstHold says whether the conditions for looking again hold.
func (w *twin) firstHold(r *Rule, e *orderguard.Event) bool {
	for i := range r.First {
		if v, _, ok := w.measure(&r.First[i], e); !ok || !r.First[i].Holds(v) {
			return false
		}
	}
	return true
}

// lookAgain judges what is due by now, the earliest first.
func (w *twin) lookAgain() {
	slices.SortStableFunc(w.timers, func(a, b twinTimer) int { return int(a.event.Time - b.event.Time) })
	for len(w.timers) > 0 && w.timers[0].event.Time <= w.now {
		t := w.timers[0]
		w.timers = w.timers[1:]
		w.judgeBy(t.rule, &t.event)
	}
}

func (w *twin) judgeBy(r *Rule, e *orderguard.Event) {
	type participant struct {
		order string
		value int64
	}
	var took []participant
	var lead *int64
	leadIsContext := false
	anyHolds := len(r.Any) == 0
	for i := range len(r.All) + len(r.Any) {
		c := r.Condition(i)
		value, orders, ok := w.measure(c, e)
		if ok = ok && c.Holds(value); !ok {
			if i < len(r.All) {
				return
			}
			continue
		}
		if i >= len(r.All) {
			anyHolds = true
		}
		if lead == nil || leadIsContext && !c.Context {
			lead, leadIsContext = &value, c.Context
		}
		if c.Context {
			continue
		}
		for _, o := range orders {
			took = append(took, participant{o, value})
		}
	}
	if !anyHolds || r.Shadow {
		return
	}
	for _, p := range append(took, participant{e.Order, *lead}) {
		if p.order == "" {
			continue // an account event is of no order
		}
		k := r.Scenario.String() + " " + p.order
		f := w.found[k]
		if f == nil {
			f = &finding{At: e.Time}
			w.found[k] = f
		}
		if !slices.ContainsFunc(f.Reasons, func(s string) bool { return strings.HasPrefix(s, r.ID+"=") }) {
			f.Reasons = append(f.Reasons, fmt.Sprintf("%s=%d", r.ID, p.value))
		}
	}
}

// measure returns a condition's value at an event and the orders behind it; not
// ok if the event lacks a field of the key.
func (w *twin) measure(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	switch {
	case c.Newest > 0:
		return w.measureNewest(c, e)
	case c.Measure == Lockstep:
		return w.measureLockstep(c, e)
	case c.byCluster():
		return w.measureCluster(c, e)
	}
	if c.Of.Kinds == accounts {
		e = w.toldOf(c, e)
	}
	for _, f := range c.By {
		if f == FieldEvidence {
			return w.measureList(c, e)
		}
		if w.asked(f, e) == "" {
			return 0, nil, false
		}
	}
	same := w.alike(c, e)
	values := map[string]bool{}
	for i := range w.events {
		x := &w.events[i]
		in := !w.forgot[tableName(c)][i] && c.Of.Match(x) && x.Time > e.Time-c.Within && x.Time <= e.Time-c.Aged
		if !in || !same(x) || c.State != 0 && (w.stateless(x, i) || !w.in(x.Order, c.State)) {
			continue
		}
		if c.Measure != Distinct || w.text(c.Value, x) != "" {
			orders = append(orders, x.Order)
		}
		switch c.Measure {
		case Count:
			value++
		case Sum:
			value += c.Value.Number(x)
		case Distinct:
			if v := w.text(c.Value, x); v != "" && !values[v] {
				values[v] = true
				value++
			}
		}
	}
	return value, orders, true
}

// measureList measures a condition by a list: for each value of the judged event
// what the events with that value say, and the highest of these.
func (w *twin) measureList(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	for _, v := range slices.Compact(slices.Clone(e.Evidence)) {
		one := *c
		one.By = slices.DeleteFunc(slices.Clone(c.By), Field.isList)
		some := &twin{events: slices.DeleteFunc(slices.Clone(w.events), func(x orderguard.Event) bool {
			return !slices.Contains(x.Evidence, v)
		})}
		if n, list, good := some.measure(&one, e); good && (!ok || n > value) {
			value, orders, ok = n, list, true
		}
	}
	return value, orders, ok
}

// in says whether an order is in a state by now.
func (w *twin) in(order string, s State) bool {
	var was [orderguard.Kinds]bool
	trusted, sent, calledOff := false, false, false
	for _, x := range w.events {
		if x.Order == order {
			was[x.Kind] = true
			switch x.Kind {
			case orderguard.OrderShipped, orderguard.OrderDelivered, orderguard.OrderCompleted:
				trusted, sent = trusted || !was[orderguard.OrderPaid], true
				was[orderguard.OrderPaid] = true // cash on delivery
			case orderguard.OrderCancelled, orderguard.OrderRefunded:
				calledOff = calledOff || x.Actor != orderguard.BySeller
			case orderguard.DisputeWithdrawn:
				was[orderguard.DisputeOpened] = false
			}
		}
	}
	switch s {
	case Unpaid:
		return !was[orderguard.OrderPaid]
	case Paid:
		return was[orderguard.OrderPaid]
	case Refunded:
		return was[orderguard.OrderRefunded]
	case Disputed:
		return was[orderguard.DisputeOpened]
	case Cancelled:
		return was[orderguard.OrderCancelled]
	case Kept:
		return was[orderguard.OrderPaid] && !calledOff
	case Unkept:
		return !was[orderguard.OrderPaid] || calledOff
	case Trusted:
		return trusted
	case Sent:
		return sent
	}
	return !was[orderguard.OrderPaid] && !was[orderguard.OrderCancelled]
}

// stateless says whether an order was created before event i already, so that
// its creation is not counted once more.
func (w *twin) stateless(x *orderguard.Event, i int) bool {
	return slices.ContainsFunc(w.events[:i], func(y orderguard.Event) bool {
		return y.Kind == orderguard.OrderCreated && y.Order == x.Order
	})
}

// randomRules writes a rule file with a few conditions of every form.
func randomRules(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	scenarios := []string{"malicious_order", "malicious_refund", "malicious_dispute", "harassment"}
	condition := func(of string) string {
		by := pick("[buyer]", "[shop]", "[buyer, shop]", "[order]")
		if of == "order.created" {
			by = pick("[buyer]", "[shop]", "[buyer, shop]", "[device]", "[sku, shop]")
		}
		measure := "count: " + of
		switch rng.IntN(4) {
		case 0:
			measure = "distinct: order, of: " + of
		case 1:
			if of == "order.created" {
				measure = pick("sum: qty, of: order.created", "distinct: payment, of: order.created")
			}
		}
		where := ""
		if of == "order.created" && rng.IntN(3) == 0 {
			where = ", where: " + pick("{custom: true}", "{category: [toys, food]}", "{qty: {at_least: 2}}")
		}
		bound := fmt.Sprintf("at_least: %d", 2+rng.IntN(8))
		if rng.IntN(6) == 0 {
			bound = fmt.Sprintf("above: %d", 2+rng.IntN(6))
		}
		if of == "dispute.opened" && rng.IntN(2) == 0 {
			by = pick("[evidence]", "[shop, evidence]", "[buyer, evidence]")
		}
		if measure == "count: order.created" && rng.IntN(2) == 0 {
			where += ", state: " + pick(stateNames[1:]...)
		}
		if by != "[order]" && rng.IntN(4) == 0 {
			where += ", aged: " + pick("1ms", "3s", "19s")
		}
		return fmt.Sprintf("{%s, by: %s, within: %s, %s%s}", measure, by, pick("20s", "90s", "10m", "1h"), bound, where)
	}
	for i := range 2 + rng.IntN(6) {
		on := pick("order.created", "order.created", "order.cancelled", "dispute.opened", "order")
		of := func() string {
			if on == "order.created" {
				return pick("order.created", "order.cancelled", "order")
			}
			return pick("order", "order.cancelled", "dispute.opened")
		}
		fmt.Fprintf(&b, "  - id: r%d\n    scenario: %s\n    on: %s\n", i, pick(scenarios...), on)
		list := pick("all", "any")
		fmt.Fprintf(&b, "    %s:\n      - %s\n", list, condition(of()))
		if rng.IntN(2) == 0 {
			fmt.Fprintf(&b, "      - %s\n", condition(of()))
		}
		if list == "all" && rng.IntN(3) == 0 {
			b.WriteString("      - {count: order.paid, by: [buyer, shop], within: 10m, at_most: 1}\n")
		}
	}
	return b.String()
}

// randomEvents makes a stream with few parties, many ties, late and repeated
// events.
func randomEvents(rng *rand.Rand, n int) []orderguard.Event {
	clock := orderguard.Millis(1_700_000_000_000)
	kinds := []orderguard.Kind{
		orderguard.OrderCreated, orderguard.OrderCreated, orderguard.OrderCreated, orderguard.OrderPaid,
		orderguard.OrderCancelled, orderguard.DisputeOpened, orderguard.MessageSent, orderguard.DisputeWithdrawn, orderguard.OrderRefunded,
	}
	events := make([]orderguard.Event, 0, n)
	for i := range n {
		switch rng.IntN(12) {
		case 0:
			clock += orderguard.Millis(rng.IntN(120_000))
		case 1, 2, 3, 4:
			clock += orderguard.Millis(rng.IntN(3_000))
		}
		if len(events) > 10 && rng.IntN(25) == 0 {
			e := events[rng.IntN(len(events))] // the same line once more
			e.Clock = clock
			events = append(events, e)
			continue
		}
		e := orderguard.Event{
			ID: fmt.Sprint("e", i), Kind: kinds[rng.IntN(len(kinds))], Time: clock, Clock: clock,
			Shop: fmt.Sprint("s", rng.IntN(4)), Buyer: fmt.Sprint("b", rng.IntN(12)), Order: fmt.Sprint("o", i),
		}
		if e.Kind == orderguard.OrderPaid && rng.IntN(3) == 0 {
			e.Kind = []orderguard.Kind{orderguard.OrderShipped, orderguard.OrderDelivered, orderguard.OrderCompleted}[rng.IntN(3)]
		}
		if e.Kind == orderguard.OrderCancelled || e.Kind == orderguard.OrderRefunded {
			e.Actor = orderguard.Actor(rng.IntN(4))
		}
		switch {
		case rng.IntN(8) == 0:
			e.Time -= orderguard.Millis(rng.IntN(60_000))
		case rng.IntN(60) == 0:
			e.Time -= orderguard.Millis(rng.IntN(590_000)) // as late as any table remembers
		}
		if e.Kind == orderguard.OrderCreated {
			e.Qty, e.Custom = int64(1+rng.IntN(3)), rng.IntN(3) == 0
			e.SKU = fmt.Sprint("k", rng.IntN(5))
			e.Category = []string{"toys", "food", "books", ""}[rng.IntN(4)]
			if rng.IntN(9) == 0 && i > 5 {
				e.Order = fmt.Sprint("o", i-1-rng.IntN(4)) // created after its other events, or again
			}
			if rng.IntN(4) > 0 {
				e.Device, e.Payment = fmt.Sprint("d", rng.IntN(6)), fmt.Sprint("p", rng.IntN(9))
			}
		} else if i > 5 {
			e.Order = fmt.Sprint("o", i-1-rng.IntN(min(i, 60)))
		}
		if e.Kind == orderguard.DisputeOpened {
			for range rng.IntN(4) {
				e.Evidence = append(e.Evidence, fmt.Sprint("x", rng.IntN(9)))
			}
		}
		events = append(events, e)
	}
	return events
}

// run puts events through an engine, cut into batches at random, and returns
// the alerts as lines.
func run(t testing.TB, rules *RuleSet, events []orderguard.Event, workers int, rng *rand.Rand) []orderguard.Alert {
	t.Helper()
	e, err := New(rules, Options{})
	require.NoError(t, err)
	r := NewRunner(e, workers)
	defer r.Close()
	var alerts []orderguard.Alert
	for len(events) > 0 {
		n := len(events)
		if rng != nil {
			n = 1 + rng.IntN(min(n, []int{1, 7, 60, 900}[rng.IntN(4)]))
		}
		alerts = append(alerts, r.Process(&orderguard.Batch{Events: events[:n]})...)
		events = events[n:]
	}
	return append(alerts, r.Finish()...)
}

// TestEngineAgainstTwin compares the engine with its slow exact twin on random
// rules and random streams.
func TestEngineAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(60) {
		rng := rand.New(rand.NewPCG(seed, 11))
		text := randomRules(rng)
		rules, err := ParseRules("random.yaml", []byte(text))
		if err != nil {
			continue // two random conditions contradict each other
		}
		total += equalsTwin(t, rules, randomEvents(rng, 1200), 1+int(seed%3), rng, text)
	}
	require.Greater(t, total, fewer(5000), "the streams must make the rules fire")
}

// equalsTwin holds that the engine finds what its twin finds, and returns how
// many alerts that are.
func equalsTwin(t testing.TB, rules *RuleSet, events []orderguard.Event, workers int, rng *rand.Rand, what string) int {
	t.Helper()
	w := newTwin(rules)
	for _, e := range events {
		w.judge(e)
	}
	w.lookAgain()
	got := map[string]*finding{}
	for _, a := range run(t, rules, events, workers, rng) {
		k := a.Scenario.String() + " " + a.Order
		f := got[k]
		if f == nil {
			require.Equal(t, 1, a.Revision)
			f = &finding{At: a.FlaggedAt}
			got[k] = f
		} else {
			require.Equal(t, 0, a.Revision)
		}
		for _, r := range a.Reasons {
			f.Reasons = append(f.Reasons, fmt.Sprintf("%s=%d", r.Rule, r.Value))
		}
	}
	for k := range w.found {
		require.Equal(t, w.found[k], got[k], "%s, rules:\n%s", k, what)
	}
	for k := range got {
		require.Equal(t, w.found[k], got[k], "%s, rules:\n%s", k, what)
	}
	return len(got)
}

// TestStatesAgainstTwin compares counts of orders by their states.
func TestStatesAgainstTwin(t *testing.T) {
	total := map[State]int{}
	for seed := range max(16, seeds(32)) {
		rng := rand.New(rand.NewPCG(seed, 14))
		s := State(1 + seed%8)
		by := []string{"[shop]", "[buyer]", "[device]", "[buyer, shop]"}[rng.IntN(4)]
		on := []string{"order.created", "order.paid", "message", "order.cancelled"}[rng.IntN(4)]
		if by == "[device]" {
			on = "order.created"
		}
		text := fmt.Sprintf(`
rules:
  - id: a
    scenario: malicious_order
    on: %s
    all:
      - {count: order.created, by: %s, within: 5m, state: %s, at_least: 2}
  - id: b
    scenario: malicious_refund
    on: %s
    all:
      - {count: order.created, by: %s, within: 1h, aged: 5s, state: %s, at_least: 4, where: {qty: {at_least: 2}}}
`, on, by, s, on, by, s)
		events := randomEvents(rng, 1000)
		for i := range events {
			if s == Trusted && events[i].Kind == orderguard.DisputeOpened {
				events[i].Kind, events[i].Evidence = orderguard.OrderShipped, nil // else few are sent before they are paid
			}
		}
		total[s] += equalsTwin(t, parse(t, text), events, 1+int(seed%3), rng, text)
	}
	for s := Unpaid; s <= Trusted; s++ {
		require.GreaterOrEqual(t, total[s], fewer(15), s.String())
	}
}

// TestSameAlertsWhateverTheWorkersAndBatches holds the alerts byte for byte.
func TestSameAlertsWhateverTheWorkersAndBatches(t *testing.T) {
	total := 0
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 12))
		rules, err := ParseRules("random.yaml", []byte(randomRules(rng)))
		if err != nil {
			continue // two random conditions contradict each other
		}
		events := randomEvents(rng, 3000)
		alerts := run(t, rules, events, 1, nil)
		total += len(alerts)
		want, err := json.Marshal(alerts)
		require.NoError(t, err)
		for workers := 1; workers <= 5; workers++ {
			got, err := json.Marshal(run(t, rules, events, workers, rng))
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "seed %d, %d workers", seed, workers)
		}
	}
	require.Greater(t, total, fewer(1000), "the streams must make the rules fire")
}

// TestBackfill feeds a day again, thousands of events, in the middle of an
// attack: neither the attack nor the remembered ids may suffer, and an attack
// among what is fed again is found too.
func TestBackfill(t *testing.T) {
	const day = 24 * 3600_000
	at := orderguard.Millis(1_700_000_000_000)
	n := 0
	order := func(buyer string, when, clock orderguard.Millis) orderguard.Event {
		n++
		return orderguard.Event{
			ID: fmt.Sprint("e", n), Kind: orderguard.OrderCreated, Time: when, Clock: clock, Shop: "s",
			Buyer: buyer, Order: fmt.Sprint("o", n),
		}
	}
	var events []orderguard.Event
	for i := range 9 {
		events = append(events, order("attacker", at+orderguard.Millis(i)*1000, at+orderguard.Millis(i)*1000))
	}
	now := at + 9000
	for i := range 6000 {
		buyer := fmt.Sprint("b", i)
		if i >= 3000 && i < 3010 {
			buyer = "yesterday"
		}
		events = append(events, order(buyer, at-day+orderguard.Millis(i)*30, now))
	}
	again := events[3]
	again.Clock = now
	events = append(events, again, order("attacker", now, now))
	rules := parse(t, strings.Split(shortest, "  - id: shop-flood")[0])
	for seed := range uint64(6) {
		e, err := New(rules, Options{})
		require.NoError(t, err)
		r := NewRunner(e, 1+int(seed%3))
		rng := rand.New(rand.NewPCG(seed, 13))
		found := map[string]int{}
		for rest := events; len(rest) > 0; {
			k := 1 + rng.IntN(min(len(rest), 900))
			for _, a := range r.Process(&orderguard.Batch{Events: rest[:k]}) {
				found[a.Buyer]++
			}
			rest = rest[k:]
		}
		r.Close()
		require.Equal(t, map[string]int{"attacker": 10, "yesterday": 10}, found)
		require.Equal(t, uint64(1), e.Duplicates())
	}
}
