package ingest

import (
	"errors"
	"fmt"
	"time"

	"github.com/orderguard/orderguard"
)

// SequencerOptions says how a Sequencer orders events. The zero value judges
// each on arrival.
type SequencerOptions struct {
	// Lateness is how long an event waits, in event time, for those that come
	// after it but happened before. 0 does not order at all.
	Lateness time.Duration
	// Idle is how long, by the wall clock, a source may be silent until the
	// others no longer wait for it; 0 is DefaultIdle.
	Idle time.Duration
	// MaxJump is how far a single event may be ahead of its source and still
	// be believed; 0 is DefaultMaxJump. It is never less than twice Lateness.
	MaxJump time.Duration
}

// Defaults of SequencerOptions. An hour is more than clocks of one marketplace
// differ, and less than the windows and the memory that a wrong clock would
// empty at a stroke.
const (
	DefaultIdle    = 5 * time.Second
	DefaultMaxJump = time.Hour
)

// Validate reports every fault of o.
func (o SequencerOptions) Validate() error {
	var errs []error
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"lateness", o.Lateness}, {"idle", o.Idle}, {"max jump", o.MaxJump}} {
		if d.value < 0 {
			errs = append(errs, fmt.Errorf("%s: want 0s or more, got %v", d.name, d.value))
		}
	}
	return errors.Join(errs...)
}

// Sequencer puts the events of several sources in order and keeps the stream's
// clock. Each source has a watermark, the highest time it has reached; the
// stream's is the lowest of those that are not idle.
//
// With a lateness of L an event is released when the watermark is more than L
// ahead of it, in the order of (Time, ID, Feed). An event that comes later than
// that is counted as late and released at once. Without lateness every event is
// released as it comes, and late is one behind the watermark.
//
// An event that is more than MaxJump ahead of its source does not move the
// watermark until 16 of them come in a row: a single wrong clock would make
// everything after it late. Its own time stays what it is. When 16 in a row are
// so far behind, the watermark goes back to them: it was wrong.
//
// The events' Clock, by which windows let go of what is old, is slower to
// believe: a jump of more than MaxJump must last for 4,096 events. To let go
// late costs some memory, to let go early costs alerts. It never goes back: a
// feed that is sent again, or behind by hours, takes nothing from the others.
//
// A Sequencer is pure: it has no goroutine and no clock of its own. It is not
// safe for concurrent use.
type Sequencer struct {
	lateness, jump orderguard.Millis
	idle           time.Duration
	ordering       bool

	sources map[string]*sourceClock
	ended   time.Time         // by the wall clock, when a source did last
	lowest  *sourceClock      // of the active sources; nil if it must be found
	others  orderguard.Millis // not above the watermark of any other active one

	// pending is not above the time of any event in a run.
	pending orderguard.Millis

	mark  orderguard.Millis // the stream's watermark
	clock orderguard.Millis // of the last event released, see settle
	// ahead is how many events in a row were more than MaxJump ahead of the
	// clock.
	ahead int
	due   orderguard.Millis // what is before this is late
	count uint64            // of the events held so far

	waiting heap
	ready   []*held // released, to be given, from ready[given]
	given   int
	free    []*held
	text    []byte // the free part holds strings to come
	batch   orderguard.Batch
}

// NewSequencer returns a Sequencer. It panics on options that Validate refuses.
func NewSequencer(o SequencerOptions) *Sequencer {
	if err := o.Validate(); err != nil {
		panic("BUG: " + err.Error())
	}
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	if o.MaxJump == 0 {
		o.MaxJump = DefaultMaxJump
	}
	return &Sequencer{
		lateness: orderguard.Millis(o.Lateness.Milliseconds()),
		jump:     orderguard.Millis(max(o.MaxJump, 2*o.Lateness).Milliseconds()),
		idle:     o.Idle,
		ordering: o.Lateness > 0,
		sources:  map[string]*sourceClock{},
		pending:  orderguard.MaxTime,
	}
}

// Push takes the events of b, which source sent, at the time wall. The rejects
// of b do not concern it.
//
// Without lateness it sets the events' Clock and returns b itself. With
// lateness it copies them, and returns a batch of its own with what is due: the
// caller asks for more with Next until that returns nil. Such a batch is good
// until the next call of Push, Tick, Next or Flush, its strings for ever; it
// holds events of one feed, and neither lines nor offsets. Either way b can be
// recycled once the returned batches have been dealt with.
//
// Use the zero wall time, and no Tick, for input that is not live: then no
// source is ever idle.
func (s *Sequencer) Push(source string, b *orderguard.Batch, wall time.Time) *orderguard.Batch {
	p := s.sources[source]
	if p == nil {
		p = &sourceClock{}
		s.sources[source] = p
	}
	if p.idle {
		p.idle, s.lowest = false, nil
	}
	p.heard = wall
	s.findIdle(wall)
	if !s.ordering {
		for i := range b.Events {
			e := &b.Events[i]
			s.observe(p, stamp{time: e.Time})
			s.advance(p)
			s.settle(s.mark)
			e.Clock, e.Late = s.clockFor(e.Time), e.Time < max(s.mark, s.clock)
		}
		return b
	}
	for i := range b.Events {
		h := s.hold(&b.Events[i], b.Feed)
		s.observe(p, stamp{h.Time, h})
		s.advance(p)
		s.release()
	}
	return s.Next()
}

// clockFor returns the Clock of an event of a time: the stream's, or the
// event's own time while that of the stream is not known.
func (s *Sequencer) clockFor(at orderguard.Millis) orderguard.Millis {
	if s.clock == 0 {
		return at
	}
	return s.clock
}

// settleAfter is for how many events a jump must last to move the clock.
const settleAfter = 4096

// settle moves the clock towards a time that the stream has reached.
func (s *Sequencer) settle(at orderguard.Millis) {
	if s.clock > 0 && at > s.clock+s.jump {
		if s.ahead++; s.ahead < settleAfter {
			return
		}
	}
	s.ahead = 0
	s.clock = max(s.clock, at)
}

// Tick notes which sources have become idle at the time wall, and returns what
// they held back, like Push. When no source is left that is not idle, and none
// has ended a moment ago, everything held is due.
func (s *Sequencer) Tick(wall time.Time) *orderguard.Batch {
	s.findIdle(wall)
	if s.active() > 0 || wall.Sub(s.ended) < s.idle {
		s.advance(nil)
		s.release()
		return s.Next()
	}
	return s.Flush()
}

// Close forgets a source, which has ended at the time wall. What others had to
// wait for because of it is due with the next Push or Tick. Its own last events
// wait on for those of another source that comes a moment later, such as the
// next connection of a feed: when no other is left, for as long as for a silent
// one.
func (s *Sequencer) Close(source string, wall time.Time) {
	p := s.sources[source]
	if p == nil {
		return
	}
	s.outliers(p)
	delete(s.sources, source)
	s.ended, s.lowest = wall, nil
}

// Flush releases everything, in order, and returns it like Push. It is for the
// end of all input.
func (s *Sequencer) Flush() *orderguard.Batch {
	for _, p := range s.sources {
		s.outliers(p)
	}
	for len(s.waiting) > 0 {
		s.emit(s.waiting.pop())
	}
	s.due = max(s.due, s.clock)
	return s.Next()
}

// SetLateness makes events wait for another time than until now, from here on.
// What waits is released, in order, and returned like Push.
func (s *Sequencer) SetLateness(lateness time.Duration) *orderguard.Batch {
	next := NewSequencer(SequencerOptions{Lateness: lateness, Idle: s.idle})
	if next.lateness == s.lateness {
		return nil
	}
	first := s.Flush()
	s.lateness, s.jump, s.ordering = next.lateness, next.jump, next.ordering
	s.lowest = nil
	return first
}

// Held returns how many events wait to be released.
func (s *Sequencer) Held() int {
	n := len(s.waiting)
	if s.ordering {
		for _, p := range s.sources {
			n += len(p.run)
		}
	}
	return n
}

// Watermark returns the time that the whole stream has reached, 0 before that
// is known.
func (s *Sequencer) Watermark() orderguard.Millis { return s.mark }
