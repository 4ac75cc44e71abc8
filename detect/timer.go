package detect

import (
	"container/heap"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// A rule with After looks again: an event that its On picks, and at which the
// conditions of First hold, is not judged when it comes but that much later, by
// what the windows hold then. Timers keep such events until they are due, and
// put a copy of each among the events of a batch where its time has come: before
// the first event at which the stream has reached it. The copy is counted by no
// window.
//
// How far the stream is, timers believe by the times of the events themselves,
// see pace.
//
// What an event sets must not fall due before the next event is looked at, so a
// batch that covers more time than the After of a rule is judged in parts, see
// alarm.go.
type timers struct {
	alarms
	clock orderguard.Millis // Clock of the last event
	pace
	seq  uint64
	heap timerHeap

	events []*orderguard.Event // the part with what has fallen due in it
	due    []*timer            // by event of these: nil for one of the stream; empty if all are
}

// endLimit is how far the last events of a history may lie apart and still be
// believed.
const endLimit = 30 * millisPerDay

// timer is an event that a rule is to look at again.
type timer struct {
	at    orderguard.Millis
	seq   uint64
	rule  int
	event orderguard.Event
}

// timerHeap is a heap of timers, the first due on top.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(*timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1], *h = nil, old[:len(old)-1]
	return t
}

// part returns how many of the events are judged next, and these with what has
// fallen due among them.
func (t *timers) part(events []orderguard.Event) (n int, part []*orderguard.Event) {
	t.begin()
	next := alarm{sure: never, maybe: never}
	for n = range events {
		e := &events[n]
		if t.kinds != 0 {
			if n > 0 && t.ends(&next, events[:n], e.Time) {
				return n, t.events
			}
			t.observe(e.Time)
			t.fall()
			t.clock = e.Clock
			t.set(&next, e)
		}
		if t.events = append(t.events, e); len(t.due) > 0 {
			t.due = append(t.due, nil)
		}
	}
	return len(events), t.events
}

// begin makes the timers ready for a part, and lets go of the last one.
func (t *timers) begin() {
	clear(t.events)
	t.events, t.due = t.events[:0], t.due[:0]
}

// finish returns what has fallen due at the end of all events: nobody will
// contradict any more those that were far ahead.
func (t *timers) finish() []*orderguard.Event {
	t.begin()
	if t.ahead > 0 {
		if t.high > t.low+endLimit {
			t.high = t.low // one of them is a wrong clock
		}
		t.now, t.ahead = max(t.now, t.high), 0
	}
	t.fall()
	return t.events
}

// reaches returns how far the stream is once an event of a time has come.
func (t *timers) reaches(at orderguard.Millis) orderguard.Millis {
	after := t.pace
	after.observe(at)
	return after.now
}

// fall puts the timers that are due among the events. They see what the windows
// held before the stream went on.
func (t *timers) fall() {
	for len(t.heap) > 0 && t.heap[0].at <= t.now {
		due := heap.Pop(&t.heap).(*timer)
		e := &due.event
		e.Time, e.Clock, e.Late = due.at, t.clock, false
		if len(t.due) == 0 {
			t.due = append(t.due, make([]*timer, len(t.events))...)
		}
		t.events, t.due = append(t.events, e), append(t.due, due)
	}
}

// wind makes a rule look again at an event.
func (t *timers) wind(e *orderguard.Event, rule int, after orderguard.Millis) {
	t.seq++
	heap.Push(&t.heap, &timer{at: e.Time + after, seq: t.seq, rule: rule, event: cloneEvent(e)})
}

// at returns the timer whose copy stands at a place in the batch; nil if that is
// an event of the stream.
func (t *timers) at(i int) *timer {
	if len(t.due) == 0 {
		return nil
	}
	return t.due[i]
}

// size returns how many timers wait, and about how many bytes they take.
func (t *timers) size() (n int, bytes int64) {
	return len(t.heap), int64(len(t.heap)) * timerBytes
}

// save writes the events that wait; what may set a timer follows from the rules.
func (t *timers) save(to *window.Encoder) {
	to.Int64(int64(t.clock))
	t.pace.save(to)
	to.Uint64(t.seq)
	to.Int(len(t.heap))
	var event []byte
	for _, tm := range t.heap {
		to.Int64(int64(tm.at))
		to.Uint64(tm.seq)
		to.Int(tm.rule)
		event, _ = tm.event.AppendBinary(event[:0])
		window.Put(to, event)
	}
}

func (t *timers) load(from *window.Decoder, p *plan) {
	t.clock = orderguard.Millis(from.Int64())
	t.pace.load(from)
	t.seq = from.Uint64()
	for n := from.Len(); n > 0 && from.OK(); n-- {
		tm := &timer{at: orderguard.Millis(from.Int64()), seq: from.Uint64(), rule: from.Int(len(p.rules) - 1)}
		if err := tm.event.UnmarshalBinary(window.Get[byte](from)); err != nil {
			from.Failf("an event that waits: %w", err)
		}
		t.heap = append(t.heap, tm)
	}
	heap.Init(&t.heap)
}

// timerBytes is about what a timer with its event takes.
const timerBytes = 900

// cloneEvent copies an event with its strings, which do not outlive its batch,
// into one piece of memory.
func cloneEvent(e *orderguard.Event) orderguard.Event {
	c := *e
	c.Evidence = slices.Clone(e.Evidence)
	parts := []*string{
		&c.ID, &c.Shop, &c.Buyer, &c.Order, &c.SKU, &c.Currency, &c.Category, &c.Device, &c.IP, &c.Address, &c.Payment,
		&c.Note, &c.Dispute, &c.Review, &c.Text, &c.ShipTo.Name, &c.ShipTo.Phone, &c.ShipTo.Country, &c.ShipTo.Region,
		&c.ShipTo.City, &c.ShipTo.Line1, &c.ShipTo.Postcode,
	}
	for i := range c.Evidence {
		parts = append(parts, &c.Evidence[i])
	}
	n := 0
	for _, s := range parts {
		n += len(*s)
	}
	var all strings.Builder
	all.Grow(n)
	for _, s := range parts {
		all.WriteString(*s)
	}
	rest := all.String()
	for _, s := range parts {
		*s, rest = rest[:len(*s)], rest[len(*s):]
	}
	return c
}
