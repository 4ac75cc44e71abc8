package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// checkAll looks at everything in a store, and holds the deltas of the
// indicators against what the newest snapshot's ledger has excluded. What is lost and was
// given up is no fault.
func checkAll(ctx context.Context, s *store.Store) (result api.CheckResult, err error) {
	if result.Faults, err = s.Check(ctx); err != nil {
		return result, err
	}
	lost, err := s.Lost(ctx)
	if text := lost.String(); text != "" {
		result.Lost = append(result.Lost, text+" of the journal: what stood there is lost")
	}
	if err == nil {
		result.Faults, err = checkLedger(ctx, s, result.Faults)
	}
	return result, err
}

// checkLedger adds what does not go together of the newest snapshot and the store.
func checkLedger(ctx context.Context, s *store.Store, faults []string) ([]string, error) {
	var ledger *casework.Ledger
	var at uint64
	err := s.LoadSnapshot(func(record uint64, r io.Reader) error {
		in := bufio.NewReaderSize(r, 1<<20)
		var head header
		if err := head.read(in); err != nil {
			return err
		}
		if is := s.Position(); is < head.Position {
			return fmt.Errorf("the store has committed up to record %d, and the snapshot is of when that was %d", is, head.Position) // the survey of the folder tells of it
		}
		l, err := head.loadLedger(in)
		ledger, at = l, record
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return faults, nil // nothing to hold them against
	}
	if err != nil {
		return faults, err
	}
	var sums casework.Sums
	err = s.AllDeltas(func(place uint64, d *orderguard.Delta) error {
		if store.PlaceRecord(place) <= at {
			sums.Add(d)
		}
		return ctx.Err()
	})
	for _, f := range ledger.Audit(&sums) {
		faults = append(faults, fmt.Sprintf("shop %q, %s, %s: its deltas add up to %d, the orders that are taken out to %d", f.Shop, f.Day, f.Indicator, f.Kept, f.Counted))
	}
	return faults, err
}
