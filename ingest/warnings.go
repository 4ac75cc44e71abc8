package ingest

import (
	"log/slog"
	"sync"
	"time"
)

// warningPause is how long a warning that has been logged is only counted.
const warningPause = time.Second

// warnings logs a warning that may come any number of times: the first at once,
// and then one line a second, with how many there were.
type warnings struct {
	log     *slog.Logger
	message string

	mu    sync.Mutex
	timer *time.Timer // nil: a second has passed without one
	count int         // not logged yet
	last  []any       // of the latest of those
}

// warn logs the warning, or counts it.
func (w *warnings) warn(args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count, w.last = w.count+1, args
	if w.timer == nil {
		w.tell()
		w.timer = time.AfterFunc(warningPause, w.again)
	}
}

// again logs what was counted for a second.
func (w *warnings) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.timer == nil: // it was closed meanwhile
	case w.count == 0:
		w.timer = nil
	default:
		w.tell()
		w.timer.Reset(warningPause)
	}
}

// tell logs what was counted. The caller holds the lock.
func (w *warnings) tell() {
	w.log.Warn(w.message, append(w.last[:len(w.last):len(w.last)], "times", w.count)...)
	w.count, w.last = 0, nil
}

// close logs what was counted last.
func (w *warnings) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count > 0 {
		w.tell()
	}
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}
