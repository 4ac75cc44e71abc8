package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// index finds the records that name an order. It is made from the journal, by
// IndexOrders, and can be made again: it is neither in the store's transactions
// nor in copies. Segments lie beside Badger, since merging them is all that is
// ever done to them.
//
// Segments cover the journal without a gap; what is after them is pending, in
// memory. Eight neighbours of about one size are merged into one, so that a
// billion events are in some thirty segments at the most.
type index struct {
	dir string
	// mu guards what follows. A look-up holds it for reading until it has read
	// the segments, so that none is closed under it.
	mu       sync.RWMutex
	segments []*segment // in order of records
	pending  []entry    // not sorted
	from     uint64     // the first record that pending covers
	built    uint64     // the last record that segments and pending cover

	offers offers
	wake   chan struct{} // something was appended
	// spoiled is set when a reader has met a segment that is damaged.
	spoiled atomic.Bool
	lost    atomic.Uint64 // a record that could not be read when it was tried
	readers sync.Pool     // of orderReader: a record's lines take hundreds of kilobytes
}

const (
	indexDir   = "index"
	mergeWidth = 8 // how many segments of a size become one
)

// segmentEntries is how many entries a new segment has, about: 8 MiB in memory
// before, half a second of reading after a restart.
const segmentEntries = 512 << 10

func segmentPath(dir string, first, last uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d-%020d%s", first, last, segmentExt))
}

// openIndex opens the segments that there are. What is torn, or does not go on
// from what is before it, is removed and made again, unless the store is only looked at.
func (s *Store) openIndex() error {
	x := &s.index
	x.dir = filepath.Join(s.dir, indexDir)
	x.wake = make(chan struct{}, 1)
	entries, err := os.ReadDir(x.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: open the index: %w", err)
	}
	var found []*segment
	for _, e := range entries {
		path := filepath.Join(x.dir, e.Name())
		seg, err := s.openOwnSegment(path)
		if err != nil {
			if !strings.HasSuffix(path, partExt) {
				s.opts.Logger.Warn("a part of the index is of no use: a start makes it again", "error", err)
			}
			if s.mirror != nil {
				continue
			}
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("store: open the index: %w", err)
			}
			continue
		}
		found = append(found, seg)
	}
	return x.takeOver(found, s)
}

// openOwnSegment opens a segment, and fails if it is not known to be of this journal.
func (s *Store) openOwnSegment(path string) (*segment, error) {
	seg, err := openSegment(path)
	if err != nil {
		return nil, err
	}
	if err = s.checkOrigin(seg.from, seg.last); seg.former {
		err = errors.New("a former version made it")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("segment %s of the index: %w", path, err), seg.file.Close())
	}
	return seg, nil
}

// takeOver keeps the segments that follow one another, of two that begin
// alike the longer one: a crash leaves a merged one and those that are in it.
func (x *index) takeOver(found []*segment, s *Store) error {
	slices.SortFunc(found, func(a, b *segment) int {
		if a.first != b.first {
			return compareNumbers(a.first, b.first)
		}
		return compareNumbers(b.last, a.last)
	})
	first, last, _ := s.Journal()
	x.built = max(first, 1) - 1
	for _, seg := range found {
		useful := seg.last > x.built && seg.first <= x.built+1 && seg.last <= last
		if useful && (len(x.segments) == 0 || seg.first == x.built+1) {
			x.segments = append(x.segments, seg)
			x.built = seg.last
			continue
		}
		drop := seg.remove
		if s.mirror != nil {
			drop = seg.file.Close
		}
		if err := drop(); err != nil {
			return fmt.Errorf("store: open the index: %w", err)
		}
	}
	x.from = x.built + 1
	return nil
}

func compareNumbers(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (s *segment) remove() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// nudge tells the builder to look again.
func (x *index) nudge() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *index) close() error {
	x.nudge()
	x.mu.Lock()
	defer x.mu.Unlock()
	var err error
	for _, seg := range x.segments {
		err = errors.Join(err, seg.file.Close())
	}
	x.segments = nil
	return err
}

// restPerWork is how many times as long as it worked the builder rests while
// lines come in: a tenth of one processor is then the most it takes from them.
const restPerWork = 9

// retryIndex is how long the builder waits after an error.
const retryIndex = 5 * time.Second

// IndexOrders keeps the index up to date until ctx ends. It reads the journal a
// record at a time and rests in between while lines come in, so that it never slows
// them. Options.Orders tells which order a line names. One call at a time.
func (s *Store) IndexOrders(ctx context.Context) error {
	if s.opts.Orders == nil {
		panic("BUG: IndexOrders without Options.Orders")
	}
	orderOf := s.opts.Orders()
	for {
		began := time.Now()
		more, err := s.indexSome(ctx, orderOf)
		pause := time.Duration(0)
		switch {
		case errors.Is(err, ErrClosed) || ctx.Err() != nil:
			return nil
		case err != nil:
			s.opts.Logger.Warn("the index of orders is behind, and goes on later", "error", err)
			pause = retryIndex
		case more:
			pause = s.restAfter(time.Since(began))
		}
		if err := s.rest(ctx, more || err != nil, pause); err != nil {
			return nil
		}
	}
}

// restAfter returns how long to rest after some work: not at all while nothing
// comes in.
func (s *Store) restAfter(worked time.Duration) time.Duration {
	select {
	case <-s.index.wake:
		return restPerWork * worked
	default:
		return 0
	}
}

// rest waits for a while, or, when all is indexed, until something is appended.
func (s *Store) rest(ctx context.Context, timed bool, pause time.Duration) error {
	if !timed {
		select {
		case <-s.index.wake:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	if pause == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// indexSome takes one step: a record, a new segment, a merge, or what was
// trimmed. It says whether there is more to do.
func (s *Store) indexSome(ctx context.Context, orderOf func([]byte) string) (more bool, err error) {
	x := &s.index
	if s.isClosed() {
		return false, ErrClosed
	}
	if err := s.forgetTrimmed(); err != nil {
		return false, err
	}
	if remade, err := s.remakeIndex(); remade || err != nil {
		return true, err
	}
	if len(x.pending) >= s.opts.segmentEntries {
		return true, s.flushIndex()
	}
	if merged, err := s.mergeIndex(ctx, orderOf); merged || err != nil {
		return true, s.spoil(err)
	}
	return s.indexNext(orderOf)
}

// indexNext takes in the next record, if there is one.
func (s *Store) indexNext(orderOf func([]byte) string) (more bool, err error) {
	x := &s.index
	_, last, _ := s.Journal()
	if x.built >= last {
		return false, nil
	}
	hashes, offered := x.offers.take(x.built + 1)
	if !offered {
		r, err := s.Record(x.built + 1)
		switch {
		case errors.Is(err, ErrDamaged):
			// Its lines are lost; the orders of all later records are not.
			s.opts.Logger.Error("no order of a damaged record can be looked up", "record", x.built+1, "error", err)
			hashes = []uint64{hashOf(anyOrder)}
		case err != nil:
			return false, err
		case r.Kind == Lost:
			hashes = []uint64{hashOf(anyOrder)}
		default:
			hashes = ordersIn(&r, orderOf)
		}
	}
	slices.Sort(hashes)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.built++
	for _, hash := range slices.Compact(hashes) {
		x.pending = append(x.pending, entry{hash, x.built})
	}
	return true, nil
}

// ordersIn returns the hashes of the orders that a record names.
func ordersIn(r *Record, orderOf func([]byte) string) (hashes []uint64) {
	if r.Kind != Lines {
		return nil
	}
	for line := range lines(r.Raw) {
		if order := orderOf(line); order != "" {
			hashes = append(hashes, hashOf(order))
		}
	}
	return hashes
}

// forgetTrimmed drops what is about records that the journal has let go of.
func (s *Store) forgetTrimmed() error {
	x := &s.index
	first, _, _ := s.Journal()
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.segments) > 0 && x.segments[0].last < first {
		if err := x.segments[0].remove(); err != nil {
			return fmt.Errorf("store: trim the index: %w", err)
		}
		x.segments = x.segments[1:]
	}
	if x.built+1 < first {
		x.pending, x.from, x.built = x.pending[:0], first, first-1
	}
	return nil
}

// flushIndex makes a segment of what is pending.
func (s *Store) flushIndex() error {
	x := &s.index
	// Only this goroutine changes pending and segments; look-ups only read.
	sorted := sortedByHash(x.pending)
	seg, err := s.writeSegment(x.from, x.built, int64(len(sorted)), func(w *segmentWriter) error {
		for _, e := range sorted {
			w.add(e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.segments = append(x.segments, seg)
	x.pending, x.from = x.pending[:0], x.built+1
	return nil
}

// writeSegment makes a segment, and opens it.
func (s *Store) writeSegment(first, last uint64, most int64, write func(*segmentWriter) error) (*segment, error) {
	if err := checkReserve(s.dir, s.opts); err != nil {
		return nil, err
	}
	sum, err := s.recordSum(last)
	if err != nil {
		return nil, fmt.Errorf("store: write the index: %w", err)
	}
	path := segmentPath(s.index.dir, first, last)
	err = os.MkdirAll(s.index.dir, 0o700)
	if err == nil {
		err = writeWhole(s.opts.files, path, func(f io.Writer) error {
			w := newSegmentWriter(f, first, last, origin{sum, s.journalID}, most)
			return errors.Join(write(w), w.close())
		})
	}
	if err != nil {
		return nil, fmt.Errorf("store: write the index: %w", err)
	}
	return openSegment(path)
}
