package store

import (
	"context"
	"errors"
	"slices"
	"time"
)

// mergeIndex merges the newest segments that are of one size, if there are
// enough. A merge of many entries takes long, in which look-ups go on, and records are taken in
// as they come: orders could not be looked up where too many are missing.
func (s *Store) mergeIndex(ctx context.Context, orderOf func([]byte) string) (merged bool, err error) {
	x := &s.index
	n := len(x.segments)
	if n < mergeWidth {
		return false, nil
	}
	some := x.segments[n-mergeWidth:]
	size := s.sizeClass(some[mergeWidth-1].entries)
	var entries int64
	for _, seg := range some {
		if s.sizeClass(seg.entries) > size {
			return false, nil
		}
		entries += int64(seg.entries)
	}
	if entries > maxSegmentLen {
		return false, nil
	}
	seg, err := s.writeSegment(some[0].first, some[mergeWidth-1].last, entries, func(w *segmentWriter) error {
		first, _, _ := s.Journal()
		began, entries := time.Now(), 0
		return mergeSegments(some, first, func(e entry) error {
			w.add(e)
			if entries++; entries%breath != 0 {
				return nil
			}
			err := s.rest(ctx, true, s.restAfter(time.Since(began)))
			for more := true; more && err == nil && len(s.index.pending) < mostPending*s.opts.segmentEntries; {
				more, err = s.indexNext(orderOf)
			}
			began = time.Now()
			return err
		})
	})
	if err != nil {
		return false, err
	}
	old := slices.Clone(some)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.segments = append(x.segments[:n-mergeWidth], seg)
	for _, seg := range old {
		err = errors.Join(err, seg.remove())
	}
	return true, err
}

// sizeClass is how many times segments of a size have been merged.
func (s *Store) sizeClass(entries uint64) (class int) {
	for n := uint64(s.opts.segmentEntries) * mergeWidth / 2; entries >= n; n *= mergeWidth {
		class++
	}
	return class
}

const (
	// breath is how many entries a merge takes before it rests: some milliseconds.
	breath = 64 << 10
	// mostPending is for how many segments there may be entries that are in none while
	// others are merged.
	mostPending = 4
)

// mergeSegments calls add with the entries of several segments, in order, but
// for those of records before first.
func mergeSegments(segments []*segment, first uint64, add func(entry) error) error {
	var open []*segmentReader
	for _, seg := range segments {
		r, err := seg.reader()
		if err != nil {
			return err
		}
		more, err := r.next()
		if err != nil {
			return err
		}
		if more {
			open = append(open, r)
		}
	}
	for len(open) > 0 {
		least := 0
		for i, r := range open {
			if r.cur.compare(open[least].cur) < 0 {
				least = i
			}
		}
		if r := open[least]; r.cur.record >= first {
			if err := add(r.cur); err != nil {
				return err
			}
		}
		more, err := open[least].next()
		if err != nil {
			return err
		}
		if !more {
			open = slices.Delete(open, least, least+1)
		}
	}
	return nil
}
