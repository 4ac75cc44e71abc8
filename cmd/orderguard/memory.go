package main

import (
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
)

const (
	// leastMemory is what a daemon needs besides windows: the store, batches on
	// their way, the runtime.
	leastMemory = 512 << 20
	// shedTo is the part of the limit to which memory is let go of, so that it
	// need not be done again at once.
	shedTo = 0.85
	// lookEvery is how often memory is looked at.
	lookEvery = time.Second
)

// memoryLimit keeps the engine's memory below a limit: it lets go of keys, those
// that have been idle for longest first, rather than dying. The state after is
// snapshotted before anything else is judged, so that a restart goes on from it.
type memoryLimit struct {
	limit  int64 // of what the engine holds; 0 is none
	log    *slog.Logger
	looked time.Time

	mu   sync.Mutex
	keys map[string]int64 // let go of, by table
}

// parseMemory reads a size such as 8GiB.
func parseMemory(text string) (int64, error) {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > 1<<50 {
		return 0, errors.New("want a size such as 8GiB, or 0 for no limit")
	}
	if n > 0 && n < 2*leastMemory {
		return 0, errors.New("want at least 1GiB: half of that is the daemon's without any window")
	}
	return int64(n), nil
}

// newMemoryLimit returns the limit for a process that may take so many bytes: the
// engine may hold what is left beside the rest, less what the collector needs.
func newMemoryLimit(process int64, log *slog.Logger) *memoryLimit {
	if process == 0 {
		return new(memoryLimit)
	}
	debug.SetMemoryLimit(process / 20 * 19)
	return &memoryLimit{limit: (process - leastMemory) / 10 * 8, log: log, keys: map[string]int64{}}
}

// exceeded reports whether the engine holds more than the limit. It looks now
// and then.
func (m *memoryLimit) exceeded(p *pipeline) bool {
	if m.limit == 0 || time.Since(m.looked) < lookEvery {
		return false
	}
	m.looked = time.Now()
	return p.held() > m.limit
}

// shed lets go of keys.
func (m *memoryLimit) shed(p *pipeline) {
	report := p.shed(int64(float64(m.limit) * shedTo))
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range report.Dropped {
		if d.Keys > 0 {
			m.keys[d.Table] += int64(d.Keys)
			m.log.Warn("memory is short: keys were let go of", "table", d.Table, "keys", d.Keys, "events", d.Events, "idle_since", d.Before.Time())
		}
	}
	if report.Held > m.limit {
		m.log.Error("memory is short, and there are no more keys to let go of: give --memory more, or shorten the windows of the rules",
			"held", report.Held, "limit", m.limit)
	}
}

// total returns how many keys were let go of, by table.
func (m *memoryLimit) total() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.keys)
}
