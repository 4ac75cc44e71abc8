package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/orderguard/orderguard"
)

const (
	saveMagic  = 0x65636e657571534f // "OSquence"
	saveFormat = 1
	saveHead   = 8 + 4 + 8
)

// Save writes the sources, the clocks and the events that wait. It belongs
// between two calls of Push, Tick, Next or Flush.
//
//	magic uint64 | format uint32 | bytes that follow uint64 | lateness, jump, idle, ordering | state
//
// Numbers are little-endian, of 64 bits. The state has the fields of Sequencer in
// their order, an event as its length and what Event.AppendBinary makes of it.
func (s *Sequencer) Save(w io.Writer) error {
	b := saver{make([]byte, saveHead, 64<<10)}
	binary.LittleEndian.PutUint64(b.b, saveMagic)
	binary.LittleEndian.PutUint32(b.b[8:], saveFormat)
	b.options(s)
	b.number(len(s.sources))
	for _, name := range slices.Sorted(maps.Keys(s.sources)) {
		b.text(name)
		b.sourceClock(s.sources[name])
	}
	b.wall(s.ended)
	b.truth(s.lowest != nil)
	b.millis(s.pending, s.mark, s.clock)
	b.number(s.ahead)
	b.millis(s.due)
	b.number(int(s.count))
	b.number(len(s.waiting))
	for i := range s.waiting {
		b.held(s.waiting[i].held)
	}
	ready := s.ready[s.given:]
	b.number(len(ready))
	for _, h := range ready {
		b.held(h)
	}
	binary.LittleEndian.PutUint64(b.b[12:], uint64(len(b.b)-saveHead))
	if _, err := w.Write(b.b); err != nil {
		return fmt.Errorf("save the order of events: %w", err)
	}
	return nil
}

// saver appends state.
type saver struct{ b []byte }

func (b *saver) number(n int) { b.b = binary.LittleEndian.AppendUint64(b.b, uint64(n)) }

func (b *saver) millis(list ...orderguard.Millis) {
	for _, m := range list {
		b.number(int(m))
	}
}

func (b *saver) truth(v bool) {
	if v {
		b.number(1)
		return
	}
	b.number(0)
}

func (b *saver) text(s string) {
	b.number(len(s))
	b.b = append(b.b, s...)
}

func (b *saver) options(s *Sequencer) {
	b.millis(s.lateness, s.jump)
	b.number(int(s.idle))
	b.truth(s.ordering)
}

// wall appends a time by the wall clock, 0 for none.
func (b *saver) wall(at time.Time) {
	nanos := int64(0)
	if !at.IsZero() {
		nanos = at.UnixNano()
	}
	b.number(int(nanos))
}

func (b *saver) sourceClock(p *sourceClock) {
	b.truth(p.known)
	b.millis(p.mark)
	b.number(len(p.run))
	for _, x := range p.run {
		b.millis(x.time)
		if b.truth(x.held != nil); x.held != nil {
			b.held(x.held)
		}
	}
	b.wall(p.heard)
	b.truth(p.idle)
	b.number(p.behind)
	b.millis(p.newest)
}

func (b *saver) held(h *held) {
	at := len(b.b)
	b.number(0)
	b.b, _ = h.AppendBinary(b.b)
	binary.LittleEndian.PutUint64(b.b[at:], uint64(len(b.b)-at-8))
	b.text(h.feed)
	b.number(int(h.count))
	b.truth(h.ahead)
}

var errBroken = errors.New("the state is broken, or was not written by this version; take an older one, or read the lines anew")

// LoadSequencer makes a Sequencer of what Save wrote, with the same options; it
// reads nothing beyond it. Of anything else it makes an error.
func LoadSequencer(o SequencerOptions, r io.Reader) (*Sequencer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var head [saveHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("load the order of events: %w", err)
	}
	if binary.LittleEndian.Uint64(head[:]) != saveMagic {
		return nil, errors.New("load the order of events: this is not its state")
	}
	if f := binary.LittleEndian.Uint32(head[8:]); f != saveFormat {
		return nil, fmt.Errorf("load the order of events: the state has the format %d, and this program reads the format %d", f, saveFormat)
	}
	size := binary.LittleEndian.Uint64(head[12:])
	var state bytes.Buffer // which grows with what has come, whatever the size says
	if n, err := io.CopyN(&state, r, int64(min(size, 1<<62))); err != nil {
		return nil, fmt.Errorf("load the order of events: after %d of %d bytes: %w", n, size, err)
	}
	s, from := NewSequencer(o), &loader{b: state.Bytes()}
	var options saver
	if options.options(s); !bytes.HasPrefix(from.b, options.b) {
		return nil, errors.New("load the order of events: the state is of another lateness, idle time or jump: load it with the same")
	}
	from.b = from.b[len(options.b):]
	if from.sequencer(s); from.broken || len(from.b) > 0 {
		return nil, fmt.Errorf("load the order of events: %w", errBroken)
	}
	return s, nil
}

// loader takes state from the front of b. Once that is broken, all is 0.
type loader struct {
	b      []byte
	broken bool
}

func (l *loader) take(n int) []byte {
	if n < 0 || n > len(l.b) {
		l.broken, l.b = true, nil
		return nil
	}
	p := l.b[:n]
	l.b = l.b[n:]
	return p
}

func (l *loader) number() int {
	if p := l.take(8); p != nil {
		return int(binary.LittleEndian.Uint64(p))
	}
	return 0
}

// millis takes a time, or one less the lateness. Times beyond those of events
// would make sums of them overflow.
func (l *loader) millis() orderguard.Millis {
	m := orderguard.Millis(l.number())
	if m > orderguard.MaxTime || m < -orderguard.MaxTime {
		l.broken = true
		return 0
	}
	return m
}

func (l *loader) truth() bool { return l.number() == 1 }

func (l *loader) text() string { return string(l.take(l.number())) }

// each calls fn as often as a number says that comes next.
func (l *loader) each(fn func()) {
	n := l.number()
	for i := 0; i < n && !l.broken; i++ {
		fn()
	}
}

func (l *loader) sequencer(s *Sequencer) {
	l.each(func() {
		name := l.text()
		s.sources[name] = l.sourceClock()
	})
	s.ended = l.wall()
	if l.truth() {
		s.findLowest() // where it is to be found anew, that moves the watermark too
	}
	s.pending, s.mark, s.clock = l.millis(), l.millis(), l.millis()
	s.ahead = l.number()
	s.due = l.millis()
	s.count = uint64(l.number())
	l.each(func() {
		s.waiting.push(l.held())
	})
	l.each(func() { s.ready = append(s.ready, l.held()) })
}

func (l *loader) wall() (at time.Time) {
	if nanos := l.number(); nanos != 0 {
		at = time.Unix(0, int64(nanos)).UTC()
	}
	return at
}

func (l *loader) sourceClock() *sourceClock {
	p := &sourceClock{known: l.truth(), mark: l.millis()}
	l.each(func() {
		x := stamp{time: l.millis()}
		if l.truth() {
			x.held = l.held()
			l.broken = l.broken || x.held.Time != x.time
		}
		p.run = append(p.run, x)
		l.broken = l.broken || len(p.run) >= agree
	})
	p.heard = l.wall()
	p.idle, p.behind, p.newest = l.truth(), l.number(), l.millis()
	return p
}

func (l *loader) held() *held {
	h := &held{}
	if h.UnmarshalBinary(l.take(l.number())) != nil {
		l.broken = true
	}
	h.feed, h.count, h.ahead = l.text(), uint64(l.number()), l.truth()
	return h
}
