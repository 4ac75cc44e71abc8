package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// checkAll looks at everything in a store, holds reports and decisions against what was done, see checkCases, and the
// deltas of the indicators against what the ledger has excluded: that of live, or if that is nil, of a pipeline that is
// brought to where the journal ends, as at a start. What is lost and was given up is no fault.
func checkAll(ctx context.Context, s *store.Store, live *pipeline) (result api.CheckResult, err error) {
	if result.Faults, err = s.Check(ctx); err != nil {
		return result, err
	}
	lost, err := s.Lost(ctx)
	if err != nil {
		return result, err
	}
	if err := checkCases(ctx, s, &result); err != nil {
		if len(result.Faults) > 0 {
			return result, nil // as below
		}
		return result, err
	}
	var c *countedSoFar
	switch text := lost.String(); {
	case text != "":
		result.Lost = append(result.Lost, text+" of the journal: what stood there is lost")
		c, err = countedBySnapshot(s) // what is lost after that may have brought deltas that are there
	case live != nil:
		c = live.countedSoFar()
	default:
		c, err = countAgain(ctx, s)
	}
	switch {
	case err != nil && len(result.Faults) > 0:
		return result, nil // what was found keeps it from being counted
	case err != nil || c == nil:
		return result, err
	}
	result.Faults, err = c.check(ctx, s, result.Faults)
	return result, err
}

// countedSoFar is what a ledger has taken out at one moment, and which deltas it had brought by then.
type countedSoFar struct {
	*casework.Excluded
	// before is the place before which all deltas count; those of waiting may not be in the store yet.
	before  uint64
	waiting map[uint64]*orderguard.Delta // by place
}

// countedSoFar returns what the ledger counts, nil where it lacks what is in the store.
func (p *pipeline) countedSoFar() *countedSoFar {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lacking {
		return nil
	}
	c := &countedSoFar{waiting: map[uint64]*orderguard.Delta{}}
	c.Excluded, c.before = p.book.excluded()
	if p.settling != nil { // nor are those in the store that are on their way there
		for i := range p.settling.papers {
			c.wait(&p.settling.papers[i])
		}
	}
	for i := range p.papers {
		c.wait(&p.papers[i])
	}
	return c
}

// wait notes a paper that may not be in the store yet.
func (c *countedSoFar) wait(p *store.Paper) {
	if p.Delta != nil {
		c.waiting[p.Place] = p.Delta
	}
}

// check adds what does not go together of the ledger and the deltas in the store.
func (c *countedSoFar) check(ctx context.Context, s *store.Store, faults []string) ([]string, error) {
	var sums casework.Sums
	err := s.AllDeltas(func(place uint64, d *orderguard.Delta) error {
		if place < c.before {
			sums.Add(d)
		}
		delete(c.waiting, place)
		return ctx.Err()
	})
	for _, d := range c.waiting {
		sums.Add(d)
	}
	for _, f := range c.Audit(&sums) {
		what := f.Indicator.String()
		if f.SKU != "" {
			what += fmt.Sprintf(" of sku %q", f.SKU)
		}
		faults = append(faults, fmt.Sprintf("shop %q, %s, %s: its deltas add up to %d, the orders that are taken out to %d", f.Shop, f.Day, what, f.Kept, f.Counted))
	}
	return faults, err
}

// countedBySnapshot returns what the ledger of the newest snapshot counts, nil if there is none.
func countedBySnapshot(s *store.Store) (c *countedSoFar, err error) {
	err = s.LoadSnapshot(func(record uint64, r io.Reader) error {
		in := bufio.NewReaderSize(r, 1<<20)
		var head header
		if err := head.read(in); err != nil {
			return err
		}
		if is := s.Position(); is < head.Position {
			return fmt.Errorf("the store has committed up to record %d, and the snapshot is of when that was %d", is, head.Position) // the survey of the folder tells of it
		}
		ledger, err := head.loadLedger(in)
		if err == nil {
			c = &countedSoFar{Excluded: ledger.Excluded(), before: store.Place(record+1, 0)}
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return c, err
}

// countAgain counts by the newest snapshot and the records after it, and commits nothing. It returns nil where the
// journal does not go back to a snapshot.
func countAgain(ctx context.Context, s *store.Store) (*countedSoFar, error) {
	log := slog.New(slog.DiscardHandler) // Check has told of snapshots that cannot be used
	seen := &reader{Store: s}
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, store: seen, casework: true, acceptLoss: true, log: log,
		publish: func([]orderguard.Alert) error { return nil },
	})
	if err != nil {
		return nil, err
	}
	defer func() { p.close() }() // another one, once a snapshot was loaded
	if _, err := p.recover(ctx, s, log); err != nil {
		return nil, fmt.Errorf("count the indicators again: %w", err)
	}
	c := p.countedSoFar()
	for i := range seen.papers {
		c.wait(&seen.papers[i])
	}
	return c, nil
}

// reader is an alertStore to which nothing is committed. It keeps what would have been.
type reader struct {
	*store.Store
	papers []store.Paper
}

func (r *reader) Commit(_ []orderguard.Alert, _ uint64, papers ...store.Paper) ([]orderguard.Alert, error) {
	r.papers = append(r.papers, papers...)
	return nil, nil
}
