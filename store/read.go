package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// MaxLimit is the most alerts that Changes gives at once.
const MaxLimit = 1000

// maxScan is how many changes one call of Changes looks at, so that a filter
// that matches next to nothing is still answered soon.
const maxScan = 20_000

// Query selects among a shop's changes.
type Query struct {
	// Limit is the most alerts to give, 1 to MaxLimit.
	Limit int
	// Status and Scenario name those that are wanted; empty means all.
	Status   []orderguard.Status
	Scenario []orderguard.Scenario
}

// Changes gives the shop's alerts that changed after the seq after, in the
// order in which they last changed, each as its seq and its JSON, to fn, which
// must not keep the JSON. It returns the cursor to go on from and whether to go on at once:
// with a filter, more can be true though fn was called less than Limit times,
// or not at all, since one call looks at a bounded number of changes. Asking
// again from next misses no change and repeats no alert that has not changed.
// A shop that is not known has no alerts.
func (s *Store) Changes(shop string, after uint64, q Query, fn func(seq uint64, json []byte)) (next uint64, more bool, err error) {
	if q.Limit < 1 || q.Limit > MaxLimit {
		return 0, false, fmt.Errorf("store: changes: limit %d: want 1 to %d", q.Limit, MaxLimit)
	}
	next = after
	if !validShop(shop) {
		return next, false, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		// Most polls find nothing, and this tells it without an iterator.
		head, err := getSeq(txn, headKey(shop))
		if err != nil || head <= after {
			return err
		}
		next, more, err = changes(txn, shop, after, q, fn)
		return err
	})
	if err != nil {
		return after, false, fmt.Errorf("store: changes of shop %q: %w", shop, err)
	}
	return next, more, nil
}

func changes(txn *badger.Txn, shop string, after uint64, q Query, fn func(uint64, []byte)) (next uint64, more bool, err error) {
	o := badger.DefaultIteratorOptions
	o.Prefix = shopKey(kindChange, shop)
	o.PrefetchValues = false
	it := txn.NewIterator(o)
	defer it.Close()
	want := newFilter(q)
	next = after
	given, seen := 0, 0
	for it.Seek(changeKey(shop, after+1)); it.Valid(); it.Next() {
		item := it.Item()
		seq, match := seqOf(item.Key()), want.match(item.UserMeta())
		if seen == maxScan || match && given == q.Limit {
			return next, true, nil
		}
		if match {
			// A change that cannot be read is an error, not one that there is not: a cursor must not pass it.
			if err := valueOf(item, func(v []byte) error { fn(seq, v); given++; return nil }); err != nil {
				return after, false, err
			}
		}
		seen++
		next = seq
	}
	return next, false, nil
}

// filter is a Query's choice as bits: one for each status and scenario.
type filter struct{ status, scenario uint32 }

func newFilter(q Query) filter {
	f := filter{^uint32(0), ^uint32(0)}
	if len(q.Status) > 0 {
		f.status = 0
		for _, s := range q.Status {
			f.status |= 1 << s
		}
	}
	if len(q.Scenario) > 0 {
		f.scenario = 0
		for _, s := range q.Scenario {
			f.scenario |= 1 << s
		}
	}
	return f
}

func (f filter) match(meta byte) bool { return f.status>>(meta&7)&1&(f.scenario>>(meta>>3)) == 1 }

// Head returns the seq of the shop's latest change, 0 when there is none. It
// moves whenever Changes has something new to give.
func (s *Store) Head(shop string) (seq uint64, err error) {
	if !validShop(shop) {
		return 0, nil
	}
	err = s.view(func(txn *badger.Txn) (err error) {
		seq, err = getSeq(txn, headKey(shop))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: head of shop %q: %w", shop, err)
	}
	return seq, nil
}

// Alert returns an alert's JSON and its timeline, the earliest step first. The
// error is ErrNotFound when the shop has no such alert.
func (s *Store) Alert(shop, id string) (alert []byte, timeline []Entry, err error) {
	if !validShop(shop) || !validName(id) {
		return nil, nil, fmt.Errorf("store: alert %q of shop %q: %w", id, shop, ErrNotFound)
	}
	err = s.view(func(txn *badger.Txn) error {
		seq, err := getSeq(txn, alertKey(shop, id))
		if err != nil {
			return err
		}
		if seq == 0 {
			return ErrNotFound
		}
		item, err := txn.Get(changeKey(shop, seq))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return fmt.Errorf("its change %d is missing: restore a backup", seq)
		}
		if err != nil {
			return err
		}
		if err = valueOf(item, func(v []byte) error { alert = bytes.Clone(v); return nil }); err != nil {
			return err
		}
		return scan(txn, timelinePrefix(shop, id), func(_, value []byte) error {
			var e Entry
			timeline = append(timeline, e)
			return json.Unmarshal(value, &timeline[len(timeline)-1])
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("store: alert %q of shop %q: %w", id, shop, err)
	}
	return alert, timeline, nil
}
