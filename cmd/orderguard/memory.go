package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
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
// that have been idle for longest first, rather than dying. What was let go of is
// committed before anything else is judged, so that a restart does the same.
type memoryLimit struct {
	limit  int64 // of what the engine holds; 0 is none
	log    *slog.Logger
	looked time.Time
	// least is what the engine held when there was nothing more to let go of, 0
	// while there is: below a little more than that, trying again is in vain.
	least int64

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
	return p.held() > max(m.limit, m.least+m.limit/20)
}

// keep lets go of keys if the engine holds too much, and commits which.
func (m *memoryLimit) keep(ctx context.Context, p *pipeline) error {
	if !m.exceeded(p) {
		return nil
	}
	if err := p.settle(ctx); err != nil { // a commit says that all before its record is there
		return err
	}
	return p.commitShed(ctx, m.shed(p))
}

// shed lets go of keys, and says which.
func (m *memoryLimit) shed(p *pipeline) []detect.Horizon {
	report := p.letGo(int64(float64(m.limit) * shedTo))
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range report.Dropped {
		if d.Keys > 0 {
			m.keys[d.Table] += int64(d.Keys)
			m.log.Warn("memory is short: keys were let go of", "table", d.Table, "keys", d.Keys, "events", d.Events, "idle_since", d.Before.Time())
		}
	}
	known := m.least > 0
	if m.least = 0; report.Held > m.limit {
		m.least = report.Held
	}
	if m.least > 0 && !known {
		m.log.Error("memory is short, and there are no more keys to let go of: give --memory more, or shorten the windows of the rules",
			"held", report.Held, "limit", m.limit)
	}
	return report.Horizons()
}

// total returns how many keys were let go of, by table.
func (m *memoryLimit) total() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.keys)
}

// shedPlace is the first place of what a record's memory was short of. Acts of a
// record are before it.
const shedPlace = store.MaxPlaces / 2

// commitShed commits what was let go of after the record that was judged last.
func (p *pipeline) commitShed(ctx context.Context, horizons []detect.Horizon) error {
	if p.record == 0 || len(horizons) == 0 {
		return nil // there is no journal to judge again, or nothing that it would do
	}
	text, err := json.Marshal(keptAct{Shed: horizons})
	if err != nil {
		return err
	}
	p.shed[p.record] = append(p.shed[p.record], horizons)
	n := shedPlace + len(p.shed[p.record]) - 1
	return p.commit(ctx, nil, p.record, store.Paper{Place: store.Place(p.record, n), Act: text})
}

// readShed reads what was let go of after records from one on, in the life before.
func (p *pipeline) readShed(from uint64) error {
	return p.options.store.Acts(store.Place(from, 0), ^uint64(0), func(place uint64, text []byte) error {
		var a keptAct
		if err := json.Unmarshal(text, &a); err != nil || a.Shed == nil {
			return err
		}
		record := store.PlaceRecord(place)
		p.shed[record] = append(p.shed[record], a.Shed)
		return nil
	})
}

// shedAgain lets go of what was let go of after a record. To do so twice is to do it
// once.
func (p *pipeline) shedAgain(record uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, horizons := range p.shed[record] {
		p.engine.Drop(horizons)
	}
}

// held returns how many bytes the engine and the ledger hold.
func (p *pipeline) held() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.engine.Held() + p.book.size().Bytes
}

// letGo lets go of keys until engine and ledger hold so many bytes.
func (p *pipeline) letGo(target int64) detect.ShedReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	ledger := p.book.size().Bytes
	report := p.engine.Shed(max(target-ledger, 0))
	report.Held += ledger
	return report
}

// memory returns what the parts of the engine hold.
func (p *pipeline) memory() []detect.TableSize {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.engine.Memory()
	if p.book != nil {
		list = append(list, p.book.size())
	}
	return list
}
