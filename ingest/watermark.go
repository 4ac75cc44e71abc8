package ingest

import (
	"maps"
	"slices"
	"time"

	"github.com/orderguard/orderguard"
)

// agree is how many events in a row must be far ahead of their source until
// they are believed.
const agree = 16

// sourceClock is how far a source has come, in event time.
type sourceClock struct {
	known bool              // mark is; a first event alone may be wrong
	mark  orderguard.Millis // the source's watermark
	run   []stamp           // the latest events, in a row, that are far ahead
	heard time.Time         // the last Push
	idle  bool
	// behind is how many events in a row were far behind the watermark, and
	// newest the highest time of those.
	behind int
	newest orderguard.Millis
}

// stamp is an event that a sourceClock observes: its time and, when it waits for its
// turn, the event.
type stamp struct {
	time orderguard.Millis
	held *held
}

// observe moves p's watermark by an event, and admits the event to those that
// wait, unless it is far ahead of its source.
func (s *Sequencer) observe(p *sourceClock, x stamp) {
	switch {
	case p.known && x.time < p.mark-s.jump:
		s.outliers(p)
		s.admit(x)
		s.fallBehind(p, x.time)
	case p.known && x.time <= p.mark+s.jump:
		p.mark, p.behind = max(p.mark, x.time), 0
		s.outliers(p)
		s.admit(x)
	case !p.known && s.mark == 0 && s.confirmed(p, x.time):
		p.run = append(p.run, x)
		s.begin(p, s.first(p, x.time))
	case !p.known && s.mark > 0 && x.time <= s.mark+s.jump:
		p.run = append(p.run, x)
		s.begin(p, x.time)
	default:
		p.run = append(p.run, x)
		s.pending = min(s.pending, x.time)
		if len(p.run) == agree {
			s.begin(p, slices.MinFunc(p.run, byTime).time)
		}
	}
}

// begin sets p's watermark, and observes its run anew by it.
func (s *Sequencer) begin(p *sourceClock, mark orderguard.Millis) {
	p.known, p.mark, s.lowest = true, mark, nil
	run := p.run
	p.run = nil
	slices.SortFunc(run, byTime)
	for _, x := range run {
		s.observe(p, x)
	}
	if len(p.run) == 0 {
		p.run = run[:0]
	}
}

// believe begins the sources whose events were far ahead, but no longer are
// when the stream's watermark is at mark. It must come before the watermark
// moves there, or they would be late.
func (s *Sequencer) believe(mark orderguard.Millis) {
	s.pending = orderguard.MaxTime
	for _, name := range slices.Sorted(maps.Keys(s.sources)) {
		p := s.sources[name]
		if len(p.run) == 0 {
			continue
		}
		if first := slices.MinFunc(p.run, byTime).time; first <= mark+s.jump {
			s.begin(p, first)
		}
		for _, x := range p.run {
			s.pending = min(s.pending, x.time)
		}
	}
}

// fallBehind notes an event that is far behind its source. A watermark that 16
// of them in a row contradict was wrong, and goes back.
func (s *Sequencer) fallBehind(p *sourceClock, at orderguard.Millis) {
	if p.behind == 0 {
		p.newest = at
	}
	p.newest = max(p.newest, at)
	if p.behind++; p.behind < agree {
		return
	}
	p.mark, p.behind = p.newest, 0
	s.findLowest()
	s.mark = s.lowest.mark
	s.due = s.mark - s.lateness
}

// confirmed reports whether an event of p's run is near t.
func (s *Sequencer) confirmed(p *sourceClock, t orderguard.Millis) bool {
	return slices.ContainsFunc(p.run, func(x stamp) bool { return s.near(x.time, t) })
}

// first returns the lowest time of p's run that is near t.
func (s *Sequencer) first(p *sourceClock, t orderguard.Millis) orderguard.Millis {
	for _, x := range p.run {
		if s.near(x.time, t) {
			t = min(t, x.time)
		}
	}
	return t
}

func (s *Sequencer) near(a, b orderguard.Millis) bool { return a-b <= s.jump && b-a <= s.jump }

func byTime(a, b stamp) int {
	if a.held != nil && b.held != nil {
		return a.held.compare(b.held)
	}
	return int(a.time - b.time)
}

// outliers ends p's run: its events were far ahead, and what came then was not.
// They wait for their turn like others, and leave the clock alone.
func (s *Sequencer) outliers(p *sourceClock) {
	for _, x := range p.run {
		if x.held != nil {
			x.held.ahead = true
			s.waiting.push(x.held)
		}
	}
	p.run = p.run[:0]
}

// findIdle notes which sources are idle at the time wall.
func (s *Sequencer) findIdle(wall time.Time) {
	if wall.IsZero() {
		return
	}
	for _, p := range s.sources {
		if !p.idle && wall.Sub(p.heard) >= s.idle {
			p.idle, s.lowest = true, nil
		}
	}
}

// active returns how many sources are not idle.
func (s *Sequencer) active() (n int) {
	for _, p := range s.sources {
		if !p.idle {
			n++
		}
	}
	return n
}

// advance moves the stream's watermark up to the lowest of the active sources',
// after moved has changed; nil is any. Watermarks only rise, so the others need
// not be looked at while the lowest stays below where they once were.
func (s *Sequencer) advance(moved *sourceClock) {
	switch {
	case s.lowest == nil || moved == nil || moved == s.lowest && moved.mark > s.others:
		s.findLowest()
	case moved != s.lowest:
		return
	}
	if s.lowest != nil && s.lowest.mark+s.jump >= s.pending {
		s.believe(s.lowest.mark)
		s.findLowest()
	}
	if s.lowest != nil {
		s.mark = max(s.mark, s.lowest.mark)
		s.due = max(s.due, s.mark-s.lateness)
	}
}

// findLowest finds the active source with the lowest watermark.
func (s *Sequencer) findLowest() {
	s.lowest, s.others = nil, orderguard.MaxTime
	for _, p := range s.sources {
		switch {
		case !p.known || p.idle:
		case s.lowest == nil:
			s.lowest = p
		case p.mark < s.lowest.mark:
			s.lowest, s.others = p, min(s.others, s.lowest.mark)
		default:
			s.others = min(s.others, p.mark)
		}
	}
}

// Silent reports whether a source that is not idle has been silent for so long
// at the time wall that Tick would make it so, or all sources have ended so long
// ago that Tick would release what is held.
func (s *Sequencer) Silent(wall time.Time) bool {
	active := false
	for _, p := range s.sources {
		if !p.idle && wall.Sub(p.heard) >= s.idle {
			return true
		}
		active = active || !p.idle
	}
	return !active && s.Held() > 0 && wall.Sub(s.ended) >= s.idle
}

// Wake makes sources that are not idle count as heard at the time wall, and
// those that have ended as ended by then: whoever was silent since was not the
// sources.
func (s *Sequencer) Wake(wall time.Time) {
	for _, p := range s.sources {
		p.heard = wall
	}
	s.ended = wall
}
