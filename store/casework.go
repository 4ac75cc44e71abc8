package store

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// Acts calls fn with the acts at places from..to, both included, in their order.
// It must not keep the JSON.
func (s *Store) Acts(from, to uint64, fn func(place uint64, act []byte) error) error {
	err := s.view(func(txn *badger.Txn) error {
		return walk(txn, []byte{kindAct}, actKey(from), func(key, value []byte) (bool, error) {
			place := seqOf(key)
			if place > to {
				return false, nil
			}
			return true, fn(place, value)
		})
	})
	if err != nil {
		return fmt.Errorf("store: acts: %w", err)
	}
	return nil
}

// Cases is told of all of casework at one moment. None of its functions may keep the JSON.
type Cases struct {
	// Act is given the acts in their order. Of those that are not settled, by a commit that was cut, not all that
	// came of them need be there.
	Act      func(act []byte, settled bool) error
	Report   func(*orderguard.Report) error
	Decision func(*orderguard.Decision) error
}

// ReadCases tells of all acts, then of reports, then of decisions by their numbers. What is lost and was given up has no
// revision, or no kind.
func (s *Store) ReadCases(c Cases) error {
	err := s.view(func(txn *badger.Txn) error {
		position, err := getSeq(txn, positionKey)
		if err != nil {
			return err
		}
		err = scan(txn, []byte{kindAct}, func(key, act []byte) error {
			return c.Act(act, PlaceRecord(seqOf(key)) <= position)
		})
		if err != nil {
			return err
		}
		err = scan(txn, []byte{kindReport}, func(key, value []byte) error {
			var r orderguard.Report
			if err := json.Unmarshal(value, &r); err != nil {
				return fmt.Errorf("report %q: %w", key[1:], err)
			}
			return c.Report(&r)
		})
		if err != nil {
			return err
		}
		return scan(txn, []byte{kindDecision}, func(key, value []byte) error {
			var d orderguard.Decision
			if err := json.Unmarshal(value, &d); err != nil {
				return fmt.Errorf("decision %d: %w", seqOf(key), err)
			}
			return c.Decision(&d)
		})
	})
	if err != nil {
		return fmt.Errorf("store: read casework: %w", err)
	}
	return nil
}

// Report returns a report as it stands, or ErrNotFound.
func (s *Store) Report(id string) (r orderguard.Report, err error) {
	if !validName(id) {
		return r, fmt.Errorf("store: report %q: %w", id, ErrNotFound)
	}
	err = s.view(func(txn *badger.Txn) error { return getJSON(txn, reportKey(id), &r) })
	if err != nil {
		return r, fmt.Errorf("store: report %q: %w", id, err)
	}
	return r, nil
}

// getJSON reads what is under a key, or ErrNotFound.
func getJSON(txn *badger.Txn, key []byte, v any) error {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	return valueOf(item, func(b []byte) error { return json.Unmarshal(b, v) })
}

// ShopReports returns a shop's reports in the order in which they were filed,
// from after a place on, and the place of the last.
func (s *Store) ShopReports(shop string, after uint64, limit int) (list []orderguard.Report, next uint64, more bool, err error) {
	next = after
	if !validShop(shop) {
		return nil, next, false, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		return walk(txn, shopKey(kindShopReport, shop), shopReportKey(shop, after+1), func(key, id []byte) (bool, error) {
			if more = len(list) == limit; more {
				return false, nil
			}
			var r orderguard.Report
			if err := getJSON(txn, reportKey(string(id)), &r); err != nil {
				return false, fmt.Errorf("report %q: %w", id, err)
			}
			list, next = append(list, r), seqOf(key)
			return true, nil
		})
	})
	if err != nil {
		return nil, after, false, fmt.Errorf("store: reports of shop %q: %w", shop, err)
	}
	return list, next, more, nil
}

// Decisions returns the decisions after a seq, in their order.
func (s *Store) Decisions(after uint64, limit int) (list []orderguard.Decision, more bool, err error) {
	err = s.view(func(txn *badger.Txn) error {
		return walk(txn, []byte{kindDecision}, decisionKey(after+1), func(_, value []byte) (bool, error) {
			if more = len(list) == limit; more {
				return false, nil
			}
			list = append(list, orderguard.Decision{})
			return true, json.Unmarshal(value, &list[len(list)-1])
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("store: decisions: %w", err)
	}
	return list, more, nil
}

// LastDecision returns the seq of the last decision, 0 when there is none.
func (s *Store) LastDecision() (seq uint64, err error) {
	err = s.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kindDecision}, Reverse: true})
		defer it.Close()
		// Reversed, a seek goes to the last key that is not behind.
		if it.Seek([]byte{kindDecision, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}); it.Valid() {
			seq = seqOf(it.Item().Key())
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("store: the last decision: %w", err)
	}
	return seq, nil
}

// ErrBadPlace says that a place in a list of deltas is not one that Deltas gave.
var ErrBadPlace = errors.New("not a place in this list: begin without one")

// Deltas returns what was added to a shop's figures, by day of the order and then
// as it came, of days from one on, after a place that it gave, "" for the first.
func (s *Store) Deltas(shop string, from orderguard.Day, after string, limit int) (list []orderguard.Delta, next string, more bool, err error) {
	next = after
	if !validShop(shop) {
		return nil, next, false, nil
	}
	start := dayKey(shop, from)
	if after != "" {
		tail, err := hex.DecodeString(after)
		if err != nil || len(tail) != 4+8 {
			return nil, after, false, fmt.Errorf("store: deltas of shop %q: place %q: %w", shop, after, ErrBadPlace)
		}
		start = append(append(shopKey(kindDelta, shop), tail...), 0) // behind it
	}
	err = s.view(func(txn *badger.Txn) error {
		return walk(txn, shopKey(kindDelta, shop), start, func(key, value []byte) (bool, error) {
			if more = len(list) == limit; more {
				return false, nil
			}
			list, next = append(list, orderguard.Delta{}), hex.EncodeToString(key[len(key)-12:])
			return true, json.Unmarshal(value, &list[len(list)-1])
		})
	})
	if err != nil {
		return nil, after, false, fmt.Errorf("store: deltas of shop %q: %w", shop, err)
	}
	return list, next, more, nil
}

// AllDeltas calls fn with every delta and its place.
func (s *Store) AllDeltas(fn func(place uint64, d *orderguard.Delta) error) error {
	err := s.view(func(txn *badger.Txn) error {
		return scan(txn, []byte{kindDelta}, func(key, value []byte) error {
			var d orderguard.Delta
			if err := json.Unmarshal(value, &d); err != nil {
				return err
			}
			return fn(binary.BigEndian.Uint64(key[len(key)-8:]), &d)
		})
	})
	if err != nil {
		return fmt.Errorf("store: deltas: %w", err)
	}
	return nil
}

// BuyerAlerts returns a buyer's alerts at all shops, as they stand, the one that
// was flagged last first, at most limit.
func (s *Store) BuyerAlerts(buyer string, limit int) (list []orderguard.Alert, err error) {
	if buyer == "" || len(buyer) > orderguard.MaxID {
		return nil, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: shopKey(kindBuyerAlert, buyer), Reverse: true})
		defer it.Close()
		for it.Seek(buyerAlertKey(buyer, ^uint64(0))); it.Valid() && len(list) < limit; it.Next() {
			err := valueOf(it.Item(), func(key []byte) error {
				shop, id := cut(key)
				a, err := alertOf(txn, shop, string(id))
				list = append(list, a)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store: alerts of buyer %q: %w", buyer, err)
	}
	return list, nil
}

// AttackAlerts returns the ids of all alerts of an attack at a shop.
func (s *Store) AttackAlerts(shop, attack string) (ids []string, err error) {
	if !validShop(shop) || !validName(attack) {
		return nil, nil
	}
	prefix := attackPrefix(shop, attack)
	err = s.view(func(txn *badger.Txn) error {
		return scan(txn, prefix, func(key, _ []byte) error {
			ids = append(ids, string(key[len(prefix):]))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("store: attack %q at shop %q: %w", attack, shop, err)
	}
	return ids, nil
}

// AlertNow returns an alert as it stands, or ErrNotFound.
func (s *Store) AlertNow(shop, id string) (a orderguard.Alert, err error) {
	if !validShop(shop) || !validName(id) {
		return a, fmt.Errorf("store: alert %q of shop %q: %w", id, shop, ErrNotFound)
	}
	err = s.view(func(txn *badger.Txn) (err error) {
		a, err = alertOf(txn, shop, id)
		return err
	})
	if err != nil {
		return a, fmt.Errorf("store: alert %q of shop %q: %w", id, shop, err)
	}
	return a, nil
}

// alertOf reads an alert as it stands.
func alertOf(txn *badger.Txn, shop, id string) (a orderguard.Alert, err error) {
	seq, err := getSeq(txn, alertKey(shop, id))
	if err != nil {
		return a, err
	}
	if seq == 0 {
		return a, ErrNotFound
	}
	return alertAt(txn, shop, id, seq)
}

// alertAt is alertOf where the number of the alert's last change is known.
func alertAt(txn *badger.Txn, shop, id string, seq uint64) (a orderguard.Alert, err error) {
	err = getJSON(txn, changeKey(shop, seq), &a)
	a.Shop, a.ID = shop, id // JSON cannot carry every byte that a name may hold
	return a, err
}
