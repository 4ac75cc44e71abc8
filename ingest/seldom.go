package ingest

import (
	"log/slog"
	"sync"
	"time"
)

// seldomPause is how long a warning that has been logged is only counted.
const seldomPause = time.Second

// seldom logs a warning that may come any number of times: the first at once,
// and then one line a second, with how many there were.
type seldom struct {
	log     *slog.Logger
	message string

	mu    sync.Mutex
	timer *time.Timer // nil: a second has passed without one
	count int         // not logged yet
	last  []any       // of the latest of those
}

// warn logs the warning, or counts it.
func (s *seldom) warn(args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count, s.last = s.count+1, args
	if s.timer == nil {
		s.tell()
		s.timer = time.AfterFunc(seldomPause, s.again)
	}
}

// again logs what was counted for a second.
func (s *seldom) again() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.timer == nil: // it was closed meanwhile
	case s.count == 0:
		s.timer = nil
	default:
		s.tell()
		s.timer.Reset(seldomPause)
	}
}

// tell logs what was counted. The caller holds the lock.
func (s *seldom) tell() {
	s.log.Warn(s.message, append(s.last[:len(s.last):len(s.last)], "times", s.count)...)
	s.count, s.last = 0, nil
}

// close logs what was counted last.
func (s *seldom) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count > 0 {
		s.tell()
	}
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}
