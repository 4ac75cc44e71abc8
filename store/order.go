package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// maxTail is how many records at the journal's end, that are not indexed yet, a
// look-up reads; maxFound is how many records of one order it reads.
const (
	maxTail  = 256
	maxFound = 1000
)

// anyOrder is under what the index has records that were lost when they were indexed: each may
// name any order. None is called so.
const anyOrder = ""

// Order returns the lines of the journal that name an order, in their order,
// those that have just been appended too, but not those of the feeds except. An order
// that is not known has none. With ErrMany there are more than those given; with ErrIncomplete
// there may have been others, in records that are lost; with ErrBehind nothing is given.
func (s *Store) Order(order string, except ...string) (found [][]byte, err error) {
	if s.opts.Orders == nil {
		panic("BUG: Order without Options.Orders")
	}
	if order == "" {
		return nil, nil
	}
	records, err := s.recordsOf(order)
	var incomplete error
	if err == nil {
		incomplete, err = s.lacks(order)
	}
	if err != nil {
		return nil, fmt.Errorf("store: look up order %q: %w", order, err)
	}
	var many error
	if len(records) > maxFound {
		many = fmt.Errorf("store: order %q is in %d records: %w", order, len(records), ErrMany)
		records = records[:maxFound]
	}
	parts := make([][][]byte, len(records))
	errs := make([]error, len(records))
	// Unpacking a record is most of the work.
	next := make(chan int)
	var readers sync.WaitGroup
	for range min(4, len(records)) {
		readers.Go(func() {
			r := s.orderReader(order, except)
			defer s.index.readers.Put(r)
			for i := range next {
				parts[i], errs[i] = r.linesOf(records[i])
			}
		})
	}
	for i := range records {
		next <- i
	}
	close(next)
	readers.Wait()
	for i, err := range errs {
		if errors.Is(err, ErrDamaged) {
			incomplete, errs[i] = errLacks(order, records[i]), nil
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("store: look up order %q: %w", order, err)
	}
	return slices.Concat(parts...), errors.Join(many, incomplete)
}

// lacks returns an ErrIncomplete if a record is lost of which nobody knows which orders it named.
func (s *Store) lacks(order string) (incomplete, err error) {
	records, _, err := s.lookUp(hashOf(anyOrder))
	known := s.index.lost.Load()
	if slices.Contains(records, known) {
		return errLacks(order, known), nil // Badger writes lines to its log each time that it is read
	}
	for _, n := range records {
		r := Record{Number: n}
		switch err := s.readRecord(&r); {
		case errors.Is(err, ErrDamaged) || err == nil && r.Kind == Lost:
			s.index.lost.Store(n)
			return errLacks(order, n), nil
		case err != nil && !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return nil, err
}

func errLacks(order string, record uint64) error {
	return fmt.Errorf("store: order %q: record %d: %w", order, record, ErrIncomplete)
}

// Unindexed returns how many records the index does not have yet.
func (s *Store) Unindexed() uint64 {
	s.index.mu.RLock()
	defer s.index.mu.RUnlock()
	_, last, _ := s.Journal()
	return last - min(last, s.index.built)
}

// recordsOf returns the numbers of the records that may name an order, rising.
func (s *Store) recordsOf(order string) (records []uint64, err error) {
	records, built, err := s.lookUp(hashOf(order))
	if err != nil {
		return nil, err
	}
	first, last, _ := s.Journal()
	if last > built+maxTail {
		return nil, fmt.Errorf("%d of %d records are indexed: %w", built-min(built, max(first, 1)-1), last-first+1, ErrBehind)
	}
	for n := built + 1; n <= last; n++ {
		records = append(records, n)
	}
	return records, nil
}

// lookUp returns the records of the journal that the index has under a hash, and the last that is indexed.
func (s *Store) lookUp(hash uint64) (records []uint64, built uint64, err error) {
	x := &s.index
	x.mu.RLock()
	for _, seg := range x.segments {
		if records, err = seg.find(hash, records); err != nil {
			break
		}
	}
	for _, e := range x.pending {
		if e.hash == hash {
			records = append(records, e.record)
		}
	}
	built = x.built
	x.mu.RUnlock()
	if err != nil {
		return nil, 0, s.spoil(err)
	}
	first, _, _ := s.Journal()
	records = slices.DeleteFunc(records, func(n uint64) bool { return n < first })
	return records, max(built, max(first, 1)-1), nil
}

// orderReader returns a reader, in the memory of one that another look-up has used if there is one.
func (s *Store) orderReader(order string, except []string) *orderReader {
	r, _ := s.index.readers.Get().(*orderReader)
	if r == nil {
		r = &orderReader{store: s, orderOf: s.opts.Orders()}
	}
	r.order, r.except = order, except
	return r
}

// orderReader reads the lines of an order, in memory that it uses again.
type orderReader struct {
	store   *Store
	order   string
	except  []string // feeds
	orderOf func(line []byte) string
	record  Record
}

// linesOf returns the lines of a record that name the order.
func (r *orderReader) linesOf(n uint64) (found [][]byte, err error) {
	r.record.Number = n
	err = r.store.readRecord(&r.record)
	if errors.Is(err, ErrNotFound) {
		return nil, nil // trimmed meanwhile
	}
	if err == nil && r.record.Kind == Lost {
		return nil, ErrDamaged
	}
	if err != nil || r.record.Kind != Lines || slices.Contains(r.except, r.record.Feed) {
		return nil, err
	}
	raw := r.record.Raw
	// A name with an escape in it does not stand there as it is.
	for _, start := range linesWith(linesWith(nil, raw, []byte(r.order)), raw, []byte{'\\'}) {
		line, _, _ := bytes.Cut(raw[start:], []byte{'\n'})
		if line = bytes.TrimSuffix(line, []byte{'\r'}); r.orderOf(line) == r.order {
			found = append(found, bytes.Clone(line))
		}
	}
	return found, nil
}

// linesWith adds to starts where the lines begin in which text stands, and
// sorts them.
func linesWith(starts []int, raw, text []byte) []int {
	for at := 0; ; {
		i := bytes.Index(raw[at:], text)
		if i < 0 {
			break
		}
		at += i
		starts = append(starts, bytes.LastIndexByte(raw[:at], '\n')+1)
		if i = bytes.IndexByte(raw[at:], '\n'); i < 0 {
			break
		}
		at += i
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// lines gives the lines of a record, without their ends.
func lines(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(raw) > 0 {
			line, rest, _ := bytes.Cut(raw, []byte{'\n'})
			if !yield(bytes.TrimSuffix(line, []byte{'\r'})) {
				return
			}
			raw = rest
		}
	}
}
