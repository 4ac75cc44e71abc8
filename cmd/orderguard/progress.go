package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress is the bar that a person sees while detect works. All methods do
// nothing on nil, which stands for nobody looking.
type progress struct {
	bars  *mpb.Progress
	bar   *mpb.Bar
	start time.Time
	shown time.Time // when the bar was last moved; of the updating goroutine
	now   atomic.Pointer[progressState]
}

// progressState is how far the work has come.
type progressState struct {
	bytes, total   int64 // total is 0 when it is not known
	events, alerts int64
	at             orderguard.Millis // event time reached
	since          time.Duration     // the work began
}

// progressEvery is how often the bar moves.
const progressEvery = 100 * time.Millisecond

// newProgress returns a bar on w, or nil unless w is a terminal that stdout
// does not write to as well: lines of both would run into each other. Total is
// the size of the input in bytes, 0 if it is not known.
func newProgress(w *os.File, total int64) *progress {
	if !term.IsTerminal(int(w.Fd())) || term.IsTerminal(int(os.Stdout.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return startProgress(total, mpb.WithOutput(w))
}

func startProgress(total int64, o ...mpb.ContainerOption) *progress {
	p := &progress{start: time.Now()}
	p.now.Store(&progressState{total: total})
	p.bars = mpb.New(append(o, mpb.WithRefreshRate(progressEvery), mpb.WithWidth(30))...)
	var filler mpb.BarFillerBuilder = mpb.BarStyle()
	if total <= 0 {
		filler = mpb.NopStyle()
	}
	p.bar = p.bars.New(max(total, 0), filler,
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.now.Load().String() })))
	return p
}

// update says how much was read, judged and found since the beginning, and the
// event time reached. It costs little: the bar is moved ten times a second. It
// is called by one goroutine at a time.
func (p *progress) update(bytes, events, alerts int64, at orderguard.Millis) {
	if p == nil {
		return
	}
	now := time.Now()
	if now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	s := *p.now.Load()
	s.bytes, s.events, s.alerts, s.at, s.since = bytes, events, alerts, at, now.Sub(p.start)
	p.now.Store(&s)
	if s.total > 0 {
		// The end belongs to close: a complete bar would no longer be drawn.
		p.bar.SetCurrent(min(bytes, s.total-1))
	}
}

// close takes the bar away.
func (p *progress) close() {
	if p == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
}

// String returns the text beside the bar.
func (s *progressState) String() string {
	text := " " + shortNumber(float64(s.bytes)) + "B"
	if s.total > 0 {
		text = fmt.Sprintf(" %d%%", 100*min(s.bytes, s.total)/s.total)
	}
	rate := 0.
	if s.since > 0 {
		rate = float64(s.events) / s.since.Seconds()
	}
	text += fmt.Sprintf("  %s events  %s/s", shortNumber(float64(s.events)), shortNumber(rate))
	if s.at > 0 {
		text += "  at " + s.at.Time().Format(time.DateTime)
	}
	return text + fmt.Sprintf("  %d alerts", s.alerts)
}

// shortNumber writes a number with at most three digits: "999", "12.3 M".
func shortNumber(v float64) string {
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}} {
		if v >= unit.of {
			return fmt.Sprintf("%.3g%s", v/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%.0f", v)
}
