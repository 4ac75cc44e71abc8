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

var (
	// ErrBehind: the index is being made.
	ErrBehind = errors.New("the index of orders is being made: ask again later")
	// ErrMany: an order is in very many records.
	ErrMany = errors.New("only the first of its lines are given")
)

// Order returns the lines of the journal that name an order, in their order,
// those that have just been appended too. An order that is not known has none.
// With ErrMany there are more than those given; with ErrBehind nothing is.
func (s *Store) Order(order string) (found [][]byte, err error) {
	if s.opts.Orders == nil {
		return nil, errors.New("BUG: Order without Options.Orders")
	}
	records, err := s.recordsOf(order)
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
			orderOf := s.opts.Orders()
			for i := range next {
				parts[i], errs[i] = s.linesOf(records[i], order, orderOf)
			}
		})
	}
	for i := range records {
		next <- i
	}
	close(next)
	readers.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("store: look up order %q: %w", order, err)
	}
	return slices.Concat(parts...), many
}

// recordsOf returns the numbers of the records that may name an order, rising.
func (s *Store) recordsOf(order string) (records []uint64, err error) {
	x := &s.index
	hash := hashOf(order)
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
	built := x.built
	x.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	first, last, _ := s.Journal()
	records = slices.DeleteFunc(records, func(n uint64) bool { return n < first })
	built = max(built, max(first, 1)-1)
	if last > built+maxTail {
		return nil, fmt.Errorf("%d of %d records are indexed: %w", built-min(built, max(first, 1)-1), last-first+1, ErrBehind)
	}
	for n := built + 1; n <= last; n++ {
		records = append(records, n)
	}
	return records, nil
}

// linesOf returns the lines of a record that name an order.
func (s *Store) linesOf(n uint64, order string, orderOf func([]byte) string) (found [][]byte, err error) {
	r, err := s.Record(n)
	if errors.Is(err, ErrNotFound) {
		return nil, nil // trimmed meanwhile
	}
	if err != nil || r.Kind != Lines {
		return nil, err
	}
	name := []byte(order)
	for line := range lines(r.Raw) {
		// A name with an escape in it does not stand there as it is.
		may := bytes.Contains(line, name) || bytes.IndexByte(line, '\\') >= 0
		if may && orderOf(line) == order {
			found = append(found, bytes.Clone(line))
		}
	}
	return found, nil
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
