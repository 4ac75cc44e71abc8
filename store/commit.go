package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// Entry is a step in an alert's life.
type Entry struct {
	// At is the event time of the finding behind the step.
	At orderguard.Millis `json:"at"`
	// Kind is "flagged" for the first finding, "revised" for a later one, and
	// "verdict" for a seller's answer.
	Kind     string `json:"kind"`
	Revision int    `json:"revision"`
	Seq      uint64 `json:"seq"`
	// Score is the alert's after this step.
	Score int `json:"score"`
	// Rules are those whose reasons came with this step.
	Rules []string `json:"rules"`
	// Of a verdict.
	Verdict orderguard.Answer `json:"verdict,omitzero"`
	By      string            `json:"by,omitempty"`
	Comment string            `json:"comment,omitempty"`
}

// Commit merges alerts into the store and writes them, with the number of the
// last record of the journal that they come from, in one synced transaction. An alert that is
// new gets status open and revision 1. One that is known gets the reasons of
// rules that it did not name, the higher score and severity, and the next
// revision; if that is nothing new, it stays as it is. Each change takes the
// next seq. The position never goes back. Papers are kept after the alerts, a
// verdict as a change of its alert.
//
// It returns the alerts that changed, as stored, also those that an earlier call
// had changed without knowing it, as its sync failed, in order of seq; their strings
// are those that were given, where these are new. A very large
// commit is cut into several transactions (see the package's text): on an
// error the alerts returned are those already durable, and the position
// is not. The error is ErrFull when the disk has no room.
func (s *Store) Commit(alerts []orderguard.Alert, position uint64, papers ...Paper) ([]orderguard.Alert, error) {
	for i := range alerts {
		if err := check(&alerts[i]); err != nil {
			return nil, fmt.Errorf("store: commit: alert %q of shop %q: %w", alerts[i].ID, alerts[i].Shop, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var durable []orderguard.Alert
	err := s.commit(func(c *commit) error {
		err := c.run(alerts, position, papers)
		durable = c.durable
		return err
	})
	if err != nil {
		return durable, fmt.Errorf("store: commit: %w", err)
	}
	return durable, nil
}

// commit has fn write, in as many transactions as that takes; the last is fn's to
// flush. The caller holds mu.
func (s *Store) commit(fn func(c *commit) error) error {
	if err := s.mend(); err != nil {
		return err
	}
	s.life.RLock()
	defer s.life.RUnlock()
	if err := s.gone(); err != nil {
		return err
	}
	if err := s.checkSpace(); err != nil {
		return err
	}
	if s.stale {
		if err := s.readSeq(); err != nil {
			return err
		}
	}
	c := newCommit(s)
	defer func() { c.txn.Discard() }()
	if err := fn(c); err != nil {
		s.stale = true
		s.recent.forget()
		return err
	}
	return nil
}

// check refuses an alert that could be written but not be found or read again.
func check(a *orderguard.Alert) error {
	switch {
	case !validShop(a.Shop) || !validName(a.ID):
		return errors.New("an id or a name is empty or too long")
	case a.Scenario.String() == "" || a.Severity.String() == "":
		return fmt.Errorf("scenario %d, severity %d: not known", a.Scenario, a.Severity)
	}
	return nil
}

// commit is one call of Commit: a transaction that is cut when it grows too
// large.
type commit struct {
	s       *Store
	txn     *badger.Txn
	seq     uint64
	entries int64           // in txn
	bytes   int64           // in txn
	added   map[byte]uint64 // papers in txn, by kind

	durable []orderguard.Alert // in parts that are done
	pending []orderguard.Alert // in txn
}

func newCommit(s *Store) *commit {
	return &commit{s: s, txn: s.db.begin(), seq: s.seq, added: map[byte]uint64{}}
}

func (c *commit) run(alerts []orderguard.Alert, position uint64, papers []Paper) error {
	for i := range alerts {
		if err := c.add(alerts[i]); err != nil {
			return fmt.Errorf("alert %s: %w", alerts[i].ID, err)
		}
	}
	for i := range papers {
		if err := c.file(&papers[i]); err != nil {
			return fmt.Errorf("a paper at place %d: %w", papers[i].Place, err)
		}
	}
	if position > c.s.position {
		if err := c.txn.Set(positionKey, seqValue(position)); err != nil {
			return err
		}
	} else if len(c.pending) == 0 && c.entries == 0 {
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.s.position = max(c.s.position, position)
	return nil
}

// add merges one alert into the transaction.
func (c *commit) add(a orderguard.Alert) error {
	m, old, err := c.known(a.Shop, a.ID)
	if err != nil {
		return err
	}
	e := Entry{At: a.FlaggedAt, Kind: "flagged"}
	if old == 0 {
		m = fresh(a)
		e.Rules = ruleNames(m.Reasons)
	} else {
		reasons := len(m.Reasons)
		if !merge(&m, a) {
			if old > c.s.told && old <= c.s.seq {
				c.pending = append(c.pending, m)
			}
			return nil
		}
		e.Kind, e.Rules = "revised", ruleNames(m.Reasons[reasons:])
	}
	m.Seq = c.seq + 1
	e.Seq, e.Revision, e.Score = m.Seq, m.Revision, m.Score
	return c.write(&m, old, e)
}

func ruleNames(reasons []orderguard.Reason) []string {
	names := make([]string, len(reasons))
	for i, r := range reasons {
		names[i] = r.Rule
	}
	return names
}

// known reads an alert as it stands, and its seq; seq 0 means that it is new.
func (c *commit) known(shop, id string) (a orderguard.Alert, seq uint64, err error) {
	seq, err = getSeq(c.txn, alertKey(shop, id))
	if seq == 0 || err != nil {
		return a, seq, err
	}
	if a, ok := c.s.recent.at(shop, id, seq); ok {
		return a, seq, nil
	}
	if a, err = alertAt(c.txn, shop, id, seq); err != nil {
		return a, seq, fmt.Errorf("read its change %d: %w", seq, err)
	}
	return a, seq, nil
}

// write puts the alert's records into the transaction, all into the same.
func (c *commit) write(m *orderguard.Alert, old uint64, e Entry) error {
	v, err := json.Marshal(m)
	if err != nil {
		return err
	}
	t, err := json.Marshal(e)
	if err != nil {
		return err
	}
	const perAlert = 7 // records; the size below is theirs, generously
	size := int64(len(v) + len(t) + perAlert*(orderguard.MaxID+maxName+64))
	if err := c.room(perAlert, size); err != nil {
		return err
	}
	if old != 0 {
		if err := c.txn.Delete(changeKey(m.Shop, old)); err != nil {
			return err
		}
	}
	seq := seqValue(m.Seq)
	err = errors.Join(
		setEntry(c.txn, badger.NewEntry(changeKey(m.Shop, m.Seq), v).WithMeta(metaOf(m))),
		c.txn.Set(alertKey(m.Shop, m.ID), seq),
		c.txn.Set(headKey(m.Shop), seq),
		set(c.txn, timelineKey(m.Shop, m.ID, m.Revision), t),
	)
	if old == 0 {
		err = errors.Join(err, link(c.txn, m))
	}
	if err != nil {
		return err
	}
	c.seq = m.Seq
	c.pending = append(c.pending, *m)
	return nil
}

// room counts what is about to be written, and begins the next transaction if
// this one would pass three quarters of Badger's bound. What is left is for a
// verdict and the position.
func (c *commit) room(entries, size int64) error {
	if c.entries > 0 && (c.entries+entries >= c.s.db.MaxBatchCount()*3/4 || c.bytes+size >= c.s.db.MaxBatchSize()*3/4) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.entries, c.bytes = c.entries+entries, c.bytes+size
	return nil
}

// flush makes the transaction durable and begins the next one.
func (c *commit) flush() error {
	if err := errors.Join(c.txn.Set(seqKey, seqValue(c.seq)), c.count()); err != nil {
		return err
	}
	if err := c.s.commitTxn(c.txn); err != nil {
		return err
	}
	c.s.seq, c.s.told = c.seq, c.seq
	c.durable = append(c.durable, c.pending...)
	c.s.recent.hold(c.pending)
	c.txn = c.s.db.begin()
	c.pending, c.entries, c.bytes = c.pending[:0], 0, 0
	return nil
}
