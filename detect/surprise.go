package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// A surprise says how unusual the present is against the past of the same key,
// in decibans. There are two kinds. That of a key is a window.Normal over the
// counts of a table. That of an edge, of two fields, is the sum of three
// window.Surge: of the edge and of its two ends. Both learn from the events that
// the condition picks, whatever rules ask of them, and belong to the plan, so that
// conditions which ask for the same share one.
//
// Both need to know how far the stream is. The events' Clock is slow to believe
// a pause, because to let go too early costs alerts; here it is early enough that 16
// events in a row say so, as for rules that look again.
type surprise struct {
	take   int     // the selector of events that are learned
	asked  []int   // the selectors of events at which it is read
	by     []Field // one, or two for an edge
	within int64   // of a key: the window's length in ms

	table, view int // that count, of a key; of an edge the table is ownOrder, none
	normal      *window.Normal
	surges      [3]*window.Surge // of the edge, its first end and its second

	// The columns of a batch.
	do   []uint8
	keys [3][]uint64 // those of the ends are the columns of their fields
	out  [3][]int64
	ends [2]int // of an edge: the numbers of its fields in the plan
}

const (
	// maxSurprise bounds a surprise, in decibans.
	maxSurprise = 1000
	// maxOfKey is how long the window of a key's surprise may be.
	maxOfKey = 3_600_000
	// maxLag is how late, in ms, an event may come to be judged by a surprise and
	// learned.
	maxLag = 2 * 3_600_000
)

// ofEdge says whether a condition measures the surprise of an edge.
func (c *Condition) ofEdge() bool { return c.Measure == Surprise && len(c.By) == 2 }

// surprise makes what answers a Surprise at the events that the selector on
// picks.
func (p *plan) surprise(c *Condition, on int) threshold {
	t := threshold{Condition: c, table: ownOrder}
	s := &surprise{take: p.selector(&c.Of), by: c.By, within: int64(c.Within), table: ownOrder}
	if !c.ofEdge() {
		count := Condition{Measure: Count, Of: c.Of, By: c.By, Within: c.Within}
		t.table, t.view = p.view(&count, on, 1, 0)
		t.asker = p.asker(t.table)
		s.table, s.view = t.table, t.view
	}
	t.surprise = slices.IndexFunc(p.surprises, func(old *surprise) bool {
		return old.take == s.take && slices.Equal(old.by, s.by) && old.within == s.within
	})
	if t.surprise < 0 {
		t.surprise = len(p.surprises)
		p.surprises = append(p.surprises, s)
		s.begin(p)
	}
	if s = p.surprises[t.surprise]; !slices.Contains(s.asked, on) {
		s.asked = append(s.asked, on)
	}
	return t
}

// begin makes the structures of a surprise that knows nothing yet.
func (s *surprise) begin(p *plan) {
	if s.table != ownOrder {
		s.normal = window.NewNormal(window.NormalOptions{Within: s.within, Most: maxSurprise})
		return
	}
	s.ends = [2]int{p.field(s.by[0]), p.field(s.by[1])}
	for i := range s.surges {
		s.surges[i] = window.NewSurge(window.SurgeOptions{})
	}
}

// inheritSurprises takes over what a former plan has learned.
func (p *plan) inheritSurprises(old *plan) {
	for _, s := range p.surprises {
		for _, was := range old.surprises {
			if p.selectors[s.take].Key() == old.selectors[was.take].Key() && slices.Equal(s.by, was.by) && s.within == was.within {
				s.normal, s.surges = was.normal, was.surges
			}
		}
	}
}

// recordSurprises says, for the events of the batch, which are learned and which
// ask. It is a part of the record stage, at the end.
func (e *Engine) recordSurprises() {
	c := e.columns
	if len(e.plan.surprises) == 0 {
		return
	}
	grow(&c.now, len(c.events))
	for _, s := range e.plan.surprises {
		s.reset(e.plan, c)
	}
	for i := range c.events {
		if !e.timers.isCopy(i) && !c.again[i] {
			e.lead(i)
		}
		c.now[i] = int64(e.pace.now)
		for _, s := range e.plan.surprises {
			s.observe(c, i)
		}
	}
}

// lead notes how far the stream is at event i. The Clock goes back only while
// it is not known yet, and so does this with it.
func (e *Engine) lead(i int) {
	clock := orderguard.Millis(e.columns.clock[i])
	if clock < e.led {
		e.pace = pace{}
	}
	e.led = clock
	e.pace.now = max(e.pace.now, clock)
	e.pace.observe(orderguard.Millis(e.columns.time[i]))
}

// reset makes the columns ready for a batch.
func (s *surprise) reset(p *plan, c *columns) {
	n := len(c.events)
	grow(&s.do, n)
	clear(s.do)
	for j := range s.out {
		if j == 0 || s.normal == nil {
			grow(&s.out[j], n)
			clear(s.out[j])
		}
	}
	if s.normal != nil {
		s.keys[0] = c.keys[p.tables[s.table].key]
		return
	}
	grow(&s.keys[0], n)
	s.keys[1], s.keys[2] = c.fields[s.ends[0]], c.fields[s.ends[1]]
}

// observe says what is to be done with event i: nothing, if it lacks a field or
// comes too late.
func (s *surprise) observe(c *columns, i int) {
	if s.normal == nil {
		s.keys[0][i] = c.keyHash(s.ends[:], i)
	}
	if s.keys[0][i] == 0 || c.time[i] < c.now[i]-maxLag {
		return
	}
	do := uint8(0)
	if c.picks(i, s.take) {
		do = window.Add
	}
	for _, on := range s.asked {
		if c.picks(i, on) {
			do |= window.Read
			break
		}
	}
	s.do[i] = do
}

// measure learns from this worker's shards of the events, and answers. The
// tables have counted them.
func (s *surprise) measure(c *columns, p *plan, worker, workers int) {
	if s.normal != nil {
		s.normal.Run(s.ofCounts(c, p), worker, workers)
		return
	}
	for j, surge := range s.surges {
		surge.Run(s.ofEvents(c, j), worker, workers)
	}
}

// ofCounts are the events as a Normal sees them.
func (s *surprise) ofCounts(c *columns, p *plan) *window.NormalColumns {
	return &window.NormalColumns{
		Do: s.do, Key: s.keys[0], Time: c.time, Clock: c.now, Count: c.tables[s.table].Out, First: s.view, Step: len(p.tables[s.table].views), Out: s.out[0],
	}
}

// ofEvents are the events as Surge j sees them.
func (s *surprise) ofEvents(c *columns, j int) *window.SurgeColumns {
	return &window.SurgeColumns{Do: s.do, Key: s.keys[j], Time: c.time, Clock: c.now, Out: s.out[j]}
}

// again returns a surprise that knows the same, with columns of its own.
func (s *surprise) again() *surprise {
	return &surprise{
		take: s.take, asked: s.asked, by: s.by, within: s.within, table: s.table, view: s.view, normal: s.normal, surges: s.surges, ends: s.ends,
	}
}

// peek answers the only event of a batch, and learns nothing.
func (s *surprise) peek(c *columns, p *plan) {
	switch {
	case s.do[0] == 0:
	case s.normal != nil:
		s.normal.Peek(s.ofCounts(c, p), 0)
	default:
		for j, surge := range s.surges {
			surge.Peek(s.ofEvents(c, j), 0)
		}
	}
}

// surpriseOf returns the surprise that a condition measures at event i; not ok
// if the event lacks a field of by.
func (e *Engine) surpriseOf(t *threshold, i int) (decibans int64, ok bool) {
	s := e.plan.surprises[t.surprise]
	for j := range s.out {
		if j == 0 || s.normal == nil {
			decibans += s.out[j][i]
		}
	}
	return min(decibans, maxSurprise), s.keys[0][i] != 0
}

// name names the surprise, for people.
func (s *surprise) name(p *plan) string {
	name := "surprise of " + p.selectors[s.take].Key() + " by " + fieldList(s.by)
	if s.within > 0 {
		name += " within " + english(orderguard.Millis(s.within))
	}
	return name
}

// size tells how many keys a surprise knows, 0 of an edge, whose sketches do not
// know any, and about how many bytes it takes.
func (s *surprise) size() (keys int, bytes int64) {
	if s.normal != nil {
		return s.normal.Size()
	}
	for _, surge := range s.surges {
		bytes += surge.Size()
	}
	return 0, bytes
}
