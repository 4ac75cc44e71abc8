package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// timers serve rules with After. An event that such a rule's On picks, and at which
// the conditions of First hold, is judged later, by After, and by what the windows
// hold then. The timers keep the event until it is due, and then put a copy of it
// into the batch, before the first event with which the stream reaches that time. No
// window counts the copy.
//
// How far the stream has come follows from the times of its events, see pace.
//
// A timer that an event sets may be due before the next event of the batch. So a
// batch that covers more time than a rule's After is judged in parts, see alarm.go.
type timers struct {
	alarms
	clock orderguard.Millis // Clock of the last event
	pace
	seq  uint64
	heap timerHeap

	events []*orderguard.Event // the part to be judged, with the copies that are due in it
	rules  []int               // by event: the rule whose copy it is, or noRule; empty if there are no copies
	copies []*orderguard.Event // room for copies, kept from part to part
	fallen int                 // how many of them are in the part
	packed []byte              // scratch space of pack
	// derived are what the picky rules have worked out of the first events of the part.
	derived []derived
}

// noRule stands in place of a rule for an event that is no copy.
const noRule = -1

// endLimit is how far apart, in ms, the last events of a history may lie: if
// farther, the latest of them is taken for a wrong clock.
const endLimit = 30 * millisPerDay

// part returns how many of the events are to be judged next, and these events with
// the copies that are due among them.
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

// finish returns the copies that are due at the end of all events. Times far ahead,
// which too few events have confirmed so far, are believed now (endLimit).
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

// reaches returns how far the stream would be after an event of that time.
func (t *timers) reaches(at orderguard.Millis) orderguard.Millis {
	after := t.pace
	after.observe(at)
	return after.now
}

// fall appends the copies that are due to the events. They come before the event
// that made them due, so they see the windows as they were before it.
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

// start makes a rule judge an event again, after ms later.
func (t *timers) start(e *orderguard.Event, rule int, after orderguard.Millis) {
	t.seq++
	t.heap.push(timer{at: e.Time + after, seq: t.seq, rule: rule, event: t.pack(e)})
}

// pack returns an event encoded as bytes of its own: its strings do not outlive the batch.
func (t *timers) pack(e *orderguard.Event) []byte {
	t.packed, _ = e.AppendBinary(t.packed[:0])
	return slices.Clone(t.packed)
}

// due returns the rule that event i of the part is a copy for; noRule if it is no copy.
func (t *timers) due(i int) int {
	if len(t.rules) == 0 {
		return noRule
	}
	return t.rules[i]
}

// known returns what has been worked out before of event i of the part.
func (t *timers) known(i int) (d derived) {
	if i < len(t.derived) {
		d = t.derived[i]
	}
	return d
}

// isCopy says whether event i of the part is a copy that a timer put there.
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
