package detect

import (
	"slices"

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
	rules  []int               // by event of these: which is to look at it again, or noRule; empty if none is
	copies []*orderguard.Event // of what has fallen due in a part, and room for more
	fallen int                 // how many of the copies are in the part
	packed []byte              // room for one that is packed
	// derived are what the picky rules have worked out of the first events of the part.
	derived []derived
}

// noRule stands for a rule where an event is one of the stream.
const noRule = -1

// endLimit is how far the last events of a history may lie apart and still be
// believed.
const endLimit = 30 * millisPerDay

// part returns how many of the events are judged next, and these with what has
// fallen due among them.
func (t *timers) part(events []orderguard.Event) (n int, part []*orderguard.Event) {
	t.begin()
	next := alarm{sure: never, maybe: never}
	for n = range events {
		e := &events[n]
		if t.kinds != 0 {
			if n > 0 && t.ends(&next, e.Time) {
				return n, t.events
			}
			t.observe(e.Time)
			t.fall()
			t.clock = e.Clock
			t.set(&next, e)
		}
		if t.events = append(t.events, e); len(t.rules) > 0 {
			t.rules = append(t.rules, noRule)
		}
	}
	return len(events), t.events
}

// begin makes the timers ready for a part, and lets go of the last one.
func (t *timers) begin() {
	clear(t.events)
	t.events, t.rules, t.fallen, t.derived = t.events[:0], t.rules[:0], 0, t.derived[:0]
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
		due := t.heap.pop()
		if t.fallen == len(t.copies) {
			t.copies = append(t.copies, &orderguard.Event{})
		}
		e := t.copies[t.fallen]
		t.fallen++
		due.unpack(e)
		e.Time, e.Clock, e.Late = due.at, t.clock, false
		if len(t.rules) == 0 {
			for range t.events {
				t.rules = append(t.rules, noRule)
			}
		}
		t.events, t.rules = append(t.events, e), append(t.rules, due.rule)
	}
}

// start makes a rule look again at an event.
func (t *timers) start(e *orderguard.Event, rule int, after orderguard.Millis) {
	t.seq++
	t.heap.push(timer{at: e.Time + after, seq: t.seq, rule: rule, event: t.pack(e)})
}

// pack returns an event, whose strings do not outlive its batch, in one piece of memory.
func (t *timers) pack(e *orderguard.Event) []byte {
	t.packed, _ = e.AppendBinary(t.packed[:0])
	return slices.Clone(t.packed)
}

// due returns the rule that is to look again at the event at a place in the batch;
// noRule if that is one of the stream.
func (t *timers) due(i int) int {
	if len(t.rules) == 0 {
		return noRule
	}
	return t.rules[i]
}

// known returns what has been worked out of the event at a place in the batch.
func (t *timers) known(i int) (d derived) {
	if i < len(t.derived) {
		d = t.derived[i]
	}
	return d
}

// isCopy says whether the event at a place in the batch is a copy that has fallen due.
func (t *timers) isCopy(i int) bool { return t.due(i) != noRule }

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
	for i := range t.heap {
		tm := &t.heap[i]
		to.Int64(int64(tm.at))
		to.Uint64(tm.seq)
		to.Int(tm.rule)
		window.Put(to, tm.event)
	}
}

func (t *timers) load(from *window.Decoder, p *plan) {
	t.clock = orderguard.Millis(from.Int64())
	t.pace.load(from)
	t.seq = from.Uint64()
	var e orderguard.Event
	for n := from.Len(); n > 0 && from.OK(); n-- {
		tm := timer{at: orderguard.Millis(from.Int64()), seq: from.Uint64(), rule: from.Int(len(p.rules) - 1), event: window.Get[byte](from)}
		if err := e.UnmarshalBinary(tm.event); err != nil {
			from.Failf("an event that waits: %w", err)
		}
		t.heap = append(t.heap, tm)
	}
	t.heap.order()
}
