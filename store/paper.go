package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// Paper is a piece of casework that Commit keeps. Exactly one of the pointers is
// set. Keeping the same one again changes nothing.
type Paper struct {
	// Place is where in the history it belongs, see Place. Acts need one each, so do
	// Deltas, and so do Reports and Decisions, which share a list; the others none.
	Place uint64

	Act      json.RawMessage // what somebody did, ready-made
	Verdict  *orderguard.Verdict
	Report   *orderguard.Report
	Decision *orderguard.Decision
	Delta    *orderguard.Delta
	Gone     *Gone
}

// Gone says that a report, or the verdicts on an alert but the last, need not be
// kept.
type Gone struct{ Shop, Report, Alert string }

// placeBits is how many bits of a place are for what comes of one record.
const placeBits = 24

// MaxPlaces is how many places a record of the journal has.
const MaxPlaces = 1 << placeBits

// Place returns the n-th place of what comes of a record of the journal. Places
// rise as history goes.
func Place(record uint64, n int) uint64 { return record<<placeBits | uint64(n) }

// PlaceRecord returns the record of the journal that a place is of.
func PlaceRecord(place uint64) uint64 { return place >> placeBits }

// file puts a paper into the transaction.
func (c *commit) file(p *Paper) error {
	switch {
	case p.Act != nil:
		return c.put(actKey(p.Place), p.Act)
	case p.Verdict != nil:
		return c.fileVerdict(p.Verdict)
	case p.Report != nil:
		return c.fileReport(p.Report, p.Place)
	case p.Decision != nil:
		return c.fileDecision(p.Decision, p.Place)
	case p.Delta != nil:
		if !validShop(p.Delta.Shop) {
			return fmt.Errorf("a delta of shop %q", p.Delta.Shop)
		}
		return c.putJSON(deltaKey(p.Delta.Shop, p.Delta.Day, p.Place), p.Delta)
	case p.Gone != nil:
		return c.remove(p.Gone)
	}
	panic("BUG: a paper of no kind")
}

// counted are the kinds of keys of which it is known how many there are, so that
// Check sees if one is missing.
var counted = []byte{kindAct, kindDecision, kindDelta, kindNews, kindCursor}

// countKey is where the number of keys of a kind is.
func countKey(kind byte) []byte { return []byte{kindMeta, 'n', kind} }

// put sets one key, in the next transaction if this one is full.
func (c *commit) put(key, value []byte) error {
	if err := c.room(1, int64(len(key)+len(value)+64)); err != nil {
		return err
	}
	if bytes.IndexByte(counted, key[0]) >= 0 {
		if _, err := c.txn.Get(key); errors.Is(err, badger.ErrKeyNotFound) {
			c.added[key[0]]++
		} else if err != nil {
			return err
		}
	}
	return set(c.txn, key, value)
}

// count writes how many keys of each kind there are by now.
func (c *commit) count() error {
	for kind, n := range c.added {
		was, err := getSeq(c.txn, countKey(kind))
		if err == nil {
			err = c.txn.Set(countKey(kind), seqValue(was+n))
		}
		if err != nil {
			return err
		}
	}
	clear(c.added)
	return nil
}

func (c *commit) putJSON(key []byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.put(key, text)
}

// fileVerdict keeps a verdict, and lets its alert show it. An alert that is not
// there has none to show.
func (c *commit) fileVerdict(v *orderguard.Verdict) error {
	if !validShop(v.Shop) || !validName(v.Alert) {
		return fmt.Errorf("a verdict on alert %q of shop %q", v.Alert, v.Shop)
	}
	key := verdictKey(v.Shop, v.Alert, v.Number)
	m, old, err := c.known(v.Shop, v.Alert)
	if err != nil {
		return err
	}
	if _, err := c.txn.Get(key); err == nil {
		if old > c.s.told && old <= c.s.seq {
			c.pending = append(c.pending, m)
		}
		return nil // kept before
	} else if !errors.Is(err, badger.ErrKeyNotFound) {
		return err
	}
	if old != 0 {
		m.Status, m.Verdict = v.Answer.Status(), v
		m.Revision++
		m.Seq = c.seq + 1
		e := Entry{
			At: v.At, Kind: "verdict", Revision: m.Revision, Seq: m.Seq, Score: m.Score, Rules: []string{},
			Verdict: v.Answer, By: v.By, Comment: v.Comment,
		}
		if err := c.write(&m, old, e); err != nil {
			return err
		}
	}
	// In the same transaction as the alert's change: write leaves room for it.
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.entries, c.bytes = c.entries+1, c.bytes+int64(len(key)+len(text)+64)
	return set(c.txn, key, text)
}

// fileReport keeps a report as it stands, its place in its shop's list, and the
// news of it.
func (c *commit) fileReport(r *orderguard.Report, place uint64) error {
	if !validShop(r.Shop) || !validName(r.ID) {
		return fmt.Errorf("report %q of shop %q", r.ID, r.Shop)
	}
	if r.Revision == 1 {
		if err := c.put(shopReportKey(r.Shop, place), []byte(r.ID)); err != nil {
			return err
		}
	}
	if err := c.putJSON(reportKey(r.ID), r); err != nil {
		return err
	}
	return c.put(newsKey(r.Shop, place), reportNews(r, c.seq))
}

// fileDecision keeps a decision, and the news of it.
func (c *commit) fileDecision(d *orderguard.Decision, place uint64) error {
	if len(d.Shop) > orderguard.MaxID {
		return fmt.Errorf("decision %q of shop %q", d.ID, d.Shop)
	}
	// First the decision: if the transaction is cut between the two, no news is of
	// a decision that is not there.
	if err := c.putJSON(decisionKey(d.Seq), d); err != nil {
		return err
	}
	return c.put(newsKey(NewsShop(d), place), decisionNews(d, c.seq))
}

// remove lets go of what need not be kept.
func (c *commit) remove(g *Gone) error {
	var keys [][]byte
	collect := func(prefix []byte, match func(value []byte) bool) error {
		return scan(c.txn, prefix, func(key, value []byte) error {
			if match(value) {
				keys = append(keys, append([]byte(nil), key...))
			}
			return nil
		})
	}
	var err error
	if g.Report != "" {
		keys = append(keys, reportKey(g.Report))
		err = collect(shopKey(kindShopReport, g.Shop), func(id []byte) bool { return string(id) == g.Report })
	} else {
		err = collect(verdictPrefix(g.Shop, g.Alert), func([]byte) bool { return true })
		keys = keys[:max(len(keys)-1, 0)] // the last is what the alert shows
	}
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := c.room(1, int64(len(key)+64)); err != nil {
			return err
		}
		if err := c.txn.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// link makes an alert that is new found by its buyer and its attack.
func link(txn setter, a *orderguard.Alert) error {
	if validName(a.Buyer) {
		if err := txn.Set(buyerAlertKey(a.Buyer, a.Seq), append(shopKey(kindAlert, a.Shop), a.ID...)); err != nil {
			return err
		}
	}
	if validName(a.Attack) {
		return txn.Set(attackKey(a.Shop, a.Attack, a.ID), []byte{1})
	}
	return nil
}
