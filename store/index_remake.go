package store

import (
	"errors"
	"fmt"
)

// spoil has the builder look for segments that are damaged, and make them again. It
// returns an error that says so, of one that came of such a segment.
func (s *Store) spoil(err error) error {
	if !errors.Is(err, ErrDamaged) || s.mirror != nil {
		return err
	}
	s.index.spoiled.Store(true)
	s.index.nudge()
	return fmt.Errorf("%w: %w", ErrBehind, err)
}

// remakeIndex drops the first segment that is damaged and those after it, if a reader
// has met one. What they covered is read from the journal again.
func (s *Store) remakeIndex() (more bool, err error) {
	x := &s.index
	if !x.spoiled.Swap(false) {
		return false, nil
	}
	for i, seg := range x.segments { // only this goroutine changes them
		if err := seg.verify(); errors.Is(err, ErrDamaged) {
			s.opts.Logger.Warn("a part of the index is damaged, and made again", "error", err)
			return true, x.dropFrom(i)
		} else if err != nil {
			return false, err
		}
	}
	return false, nil
}

// dropFrom drops the segments from the ith on, and what is pending.
func (x *index) dropFrom(i int) (err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	gone := x.segments[i:]
	x.segments, x.pending = x.segments[:i], x.pending[:0]
	x.built, x.from = gone[0].first-1, gone[0].first
	for _, seg := range gone {
		err = errors.Join(err, seg.remove())
	}
	return err
}
