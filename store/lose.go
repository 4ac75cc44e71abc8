package store

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// giveUpApart gives up what is no record, lies in a value log, and cannot be read.
func (s *Store) giveUpApart() error {
	var has uint64
	err := s.db.View(func(txn *badger.Txn) (err error) { has, err = getSeq(txn, apartKey); return err })
	if err != nil || has == 0 {
		return err
	}
	return s.bringBeside()
}

// What stands in an alert for a reason of which only the rule is still known.
const (
	lostText   = "What this rule found is lost with the disk."
	lostTextZh = "该规则的发现内容已因磁盘损坏而丢失。"
)

// loseValue puts in the place of what cannot be read, and is no record, what others still say
// of it, so that all goes together, and names it as lost.
func (s *Store) loseValue(txn *badger.Txn, batch *badger.WriteBatch, item *badger.Item, p place) error {
	key := item.KeyCopy(nil)
	left, err := any(nil), error(nil)
	if wellFormed(key) {
		switch key[0] {
		case kindChange:
			left, err = whatIsLeft(txn, key, item.UserMeta())
		case kindTimeline:
			left, err = stepLeft(txn, key)
		case kindVerdict:
			left, err = verdictLeft(txn, key)
		case kindAct:
			left, err = s.actLeft(txn, seqOf(key))
		case kindReport:
			left, err = reportLeft(txn, string(key[1:]))
		case kindDecision:
			left = orderguard.Decision{Seq: seqOf(key), Cause: "lost"}
		case kindToken: // whoever had it needs another one
			err = eachOf(txn, []byte{kindTokenID}, func(id, hash []byte) error {
				if string(hash) != string(key[1:]) {
					return nil
				}
				return batch.Delete(append([]byte{}, id...))
			})
		}
	}
	if err != nil {
		return fmt.Errorf("go on without %s: %w", described(key), err)
	}
	lost := standsAt(key, p)
	if left == nil {
		s.opts.Logger.Error("something is lost, and gone", "loss", lost)
		return batch.Delete(key)
	}
	text, err := knownOf(left)
	if err != nil {
		return err
	}
	s.opts.Logger.Error("something is lost: what is still known of it stands there instead", "loss", lost, "instead", string(text))
	return setEntry(batch, badger.NewEntry(key, text).WithMeta(item.UserMeta()))
}

// knownOf is the JSON of what is known of something: what is not known is not said, as many a
// word has no empty one.
func knownOf(left any) ([]byte, error) {
	text, err := json.Marshal(left)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	maps.DeleteFunc(fields, func(_ string, value json.RawMessage) bool { return string(value) == `""` })
	return json.Marshal(fields)
}

// stepsOf returns what can be read of an alert's timeline.
func stepsOf(txn *badger.Txn, shop, id string) (steps []Entry, err error) {
	err = eachOf(txn, timelinePrefix(shop, id), func(_, value []byte) error {
		var e Entry
		steps = append(steps, e)
		return json.Unmarshal(value, &steps[len(steps)-1])
	})
	return steps, err
}

// eachOf calls fn with those keys of a prefix of which the values can be read.
func eachOf(txn *badger.Txn, prefix []byte, fn func(key, value []byte) error) error {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.PrefetchValues = prefix, false
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		var value []byte
		err := valueOf(item, func(v []byte) error { value = append([]byte{}, v...); return nil })
		if err != nil {
			continue // it is told of by itself
		}
		if err := fn(item.Key(), value); err != nil {
			return err
		}
	}
	return nil
}

// whatIsLeft makes of what other keys say of an alert, of which the change is lost, as much
// of it as they do. Nil is nothing.
func whatIsLeft(txn *badger.Txn, key []byte, meta byte) (any, error) {
	shop, _ := cut(key)
	seq, id := seqOf(key), ""
	err := eachOf(txn, shopKey(kindAlert, shop), func(key, value []byte) error {
		if string(value) == string(seqValue(seq)) {
			_, rest := cut(key)
			id = string(rest)
		}
		return nil
	})
	if err != nil || id == "" {
		return nil, err
	}
	a := fresh(orderguard.Alert{ID: id, Seq: seq, Shop: shop, Scenario: orderguard.Scenario(meta >> 3), Severity: orderguard.Low})
	a.Status = orderguard.Status(meta & 7)
	steps, err := stepsOf(txn, shop, id)
	if err != nil {
		return nil, err
	}
	for i, e := range steps {
		if i == 0 {
			a.FlaggedAt = e.At
		}
		a.Score, a.Revision = e.Score, e.Revision
		for _, rule := range e.Rules {
			a.Reasons = append(a.Reasons, orderguard.Reason{Rule: rule, Text: lostText, TextZh: lostTextZh})
		}
	}
	err = eachOf(txn, []byte{kindBuyerAlert}, func(key, value []byte) error {
		if string(value) == string(alertKey(shop, id)) {
			a.Buyer, _ = cut(key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachOf(txn, shopKey(kindAttack, shop), func(key, _ []byte) error {
		_, rest := cut(key)
		if n := 1 + int(rest[0]); string(rest[n:]) == id {
			a.Attack = string(rest[1:n])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachOf(txn, verdictPrefix(shop, id), func(_, value []byte) error {
		var v orderguard.Verdict
		if err := json.Unmarshal(value, &v); err != nil {
			return err
		}
		v.Shop, v.Alert = shop, id
		a.Verdict, a.Order = &v, v.Order
		return nil
	})
	return &a, err
}

// stepLeft is what is left of a step of a timeline: its place, and of a verdict which.
func stepLeft(txn *badger.Txn, key []byte) (any, error) {
	shop, rest := cut(key)
	id, revision := string(rest[1:1+rest[0]]), int(uint32(seqOf(key))) // the last four bytes
	steps, err := stepsOf(txn, shop, id)
	if err != nil {
		return nil, err
	}
	e := Entry{Kind: "revised", Revision: revision, Rules: []string{}}
	if e.Seq, err = getSeq(txn, alertKey(shop, id)); err != nil {
		return nil, err
	}
	verdicts := 0
	for _, other := range steps {
		switch {
		case other.Revision < revision:
			e.At, e.Score = other.At, other.Score
			if other.Kind == "verdict" {
				verdicts++
			}
		case other.Revision == revision+1:
			e.Seq = other.Seq - 1 // it may be an earlier one, of which nobody knows
		}
	}
	if revision == 1 {
		e.Kind = "flagged"
	}
	err = eachOf(txn, verdictKey(shop, id, verdicts+1), func(_, value []byte) error {
		var v orderguard.Verdict
		err := json.Unmarshal(value, &v)
		if len(value) >= lostComment {
			e.Kind, e.At, e.Verdict, e.By, e.Comment = "verdict", v.At, v.Answer, v.By, v.Comment
		}
		return err
	})
	return &e, err
}

// lostComment is about how long the verdict is whose step is as long as what is lost: rules of a finding are short.
const lostComment = largeValue / 2

// verdictLeft is what the timeline says of a verdict.
func verdictLeft(txn *badger.Txn, key []byte) (any, error) {
	shop, rest := cut(key)
	id, number := string(rest[1:1+rest[0]]), int(uint32(seqOf(key)))
	steps, err := stepsOf(txn, shop, id)
	if err != nil {
		return nil, err
	}
	v, n := orderguard.Verdict{Alert: id, Shop: shop, Number: number}, 0
	for _, e := range steps {
		if e.Kind != "verdict" {
			continue
		}
		if n++; n == number {
			v.Answer, v.By, v.At, v.Comment = e.Verdict, e.By, e.At, e.Comment
			break
		}
		v.Was = e.Verdict
	}
	a, err := alertOf(txn, shop, id)
	if err == nil {
		v.Order, v.Buyer, v.Scenario = a.Order, a.Buyer, a.Scenario
	}
	return &v, nil // of an alert that is lost, too, there is less
}

// actLeft returns the act of a place as the journal has it, or one that says that it is lost.
func (s *Store) actLeft(txn *badger.Txn, at uint64) (any, error) {
	var r Record
	item, err := txn.Get(recordKey(PlaceRecord(at)))
	if err == nil {
		err = r.read(item)
	}
	var acts []json.RawMessage
	if n := at % MaxPlaces; err == nil && r.Kind == Acts && json.Unmarshal(r.Raw, &acts) == nil && n < uint64(len(acts)) {
		return acts[n], nil
	}
	return map[string]any{"at": orderguard.Millis(r.Wall), "note": map[string]string{"kind": "lost", "text": "what was done here is lost with the disk"}}, nil
}

// reportLeft is what lists say of a report: that there is one. Its next change writes it whole.
func reportLeft(txn *badger.Txn, id string) (any, error) {
	var r orderguard.Report
	err := eachOf(txn, []byte{kindShopReport}, func(key, value []byte) error {
		if string(value) == id {
			r.Shop, _ = cut(key)
		}
		return nil
	})
	r.ID, r.Statement, r.Evidence = id, "What stood here is lost with the disk.", []string{}
	return &r, err
}

// MendReports puts reports of which the whole is lost back as whole tells them, as long as it knows them.
func (s *Store) MendReports(whole func(id string) *orderguard.Report) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.commit(func(c *commit) error {
		err := scan(c.txn, []byte{kindReport}, func(key, value []byte) error {
			var stands struct{ Revision int }
			if err := json.Unmarshal(value, &stands); err != nil || stands.Revision > 0 {
				return err
			}
			r := whole(string(key[1:]))
			if r == nil {
				return nil
			}
			s.opts.Logger.Warn("a report that was lost is there again, by what was done", "report", r.ID)
			text, err := json.Marshal(r)
			if err != nil {
				return err
			}
			c.entries++
			return set(c.txn, append([]byte{}, key...), text)
		})
		if err != nil || c.entries == 0 {
			return err
		}
		return c.flush()
	})
	if err != nil {
		return fmt.Errorf("store: put reports back: %w", err)
	}
	return nil
}

// MendAlerts names the orders of alerts of which the whole is lost: find returns the order of each that it
// knows. Their places among the changes stay.
func (s *Store) MendAlerts(find func(lost []orderguard.Alert) (orders map[string]string, err error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.commit(func(c *commit) error {
		var lost []orderguard.Alert
		err := scan(c.txn, []byte{kindChange}, func(key, value []byte) error {
			var a orderguard.Alert
			err := json.Unmarshal(value, &a)
			if a.Order == "" {
				a.Shop, _ = cut(key)
				lost = append(lost, a)
			}
			return err
		})
		if err != nil || len(lost) == 0 {
			return err
		}
		orders, err := find(lost)
		if err != nil {
			return err
		}
		for i := range lost {
			a := &lost[i]
			if a.Order = orders[a.ID]; a.Order == "" {
				continue
			}
			text, err := json.Marshal(a)
			if err != nil {
				return err
			}
			if err := c.room(1, int64(len(text)+512)); err != nil {
				return err
			}
			if err := setEntry(c.txn, badger.NewEntry(changeKey(a.Shop, a.Seq), text).WithMeta(metaOf(a))); err != nil {
				return err
			}
			s.recent.forget()
			s.opts.Logger.Warn("the order of an alert that was lost is known again", "alert", a.ID, "order", a.Order)
		}
		return c.flush()
	})
	if err != nil {
		return fmt.Errorf("store: name the orders of lost alerts: %w", err)
	}
	return nil
}
