package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// checkAll looks at everything in a store, and holds the deltas of the
// indicators against what the newest snapshot's ledger has excluded.
func checkAll(ctx context.Context, s *store.Store) (faults []string, err error) {
	if faults, err = s.Check(ctx); err != nil {
		return faults, err
	}
	var ledger *casework.Ledger
	var at uint64
	err = s.LoadSnapshot(func(record uint64, r io.Reader) error {
		in := bufio.NewReaderSize(r, 1<<20)
		var head header
		if err := head.read(in); err != nil {
			return err
		}
		if is := s.Position(); is < head.Position {
			faults = append(faults, lostCommits(s, is+1, head.Position))
		}
		ledger, err = head.loadLedger(in)
		at = record
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

// lostCommits says that what was committed of some records is not there, and whether
// it can be found again.
func lostCommits(s *store.Store, from, to uint64) string {
	text := fmt.Sprintf("the store has lost what was committed of records %d to %d", from, to)
	if first, last, _ := s.Journal(); first <= from && last >= to {
		return text + "; the next start finds it again in the journal"
	}
	return text + ", and the journal no longer has all of them: it cannot be found again"
}
