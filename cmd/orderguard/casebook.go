package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// casebook is what a pipeline knows of casework: a desk that follows from the
// acts in the journal, and a ledger that follows from its events and from what
// the desk excludes. The pipeline gives it both in the order of the journal;
// others may look at any time.
type casebook struct {
	mu         sync.Mutex
	desk       *casework.Desk
	ledger     *casework.Ledger
	counts     caseCounts
	suppressed suppressed
	// released are the alerts that verdicts suppressed and, since the act in hand, no longer do.
	released []orderguard.Alert

	record uint64 // whose deltas and news are being counted
	deltas int
	news   int    // reports and decisions
	since  uint64 // the record after which the ledger was loaded
	// kept gives the acts that the store has of records up to done, see before.
	kept actReader
	done uint64
}

// actReader calls fn with the acts that were committed at places from..to.
type actReader func(from, to uint64, fn func(place uint64, act []byte) error) error

// caseCounts are what casework has come to in this run.
type caseCounts struct {
	quieted   int64 // alerts that a verdict keeps quiet
	acts      int64
	refused   int64
	decisions int64
}

func newCasebook() *casebook {
	p := casework.DefaultPolicy()
	return &casebook{desk: casework.NewDesk(p), ledger: casework.NewLedger(p)}
}

// keptAct is an act as the store has it.
type keptAct struct {
	casework.Act
	Refused string `json:"refused,omitempty"`
	// Shed is not an act of anybody: it is what the windows let go of for want of
	// memory.
	Shed []detect.Horizon `json:"shed,omitempty"`
}

// kind names the act for the audit log, "" for what nobody did.
func (a *keptAct) kind() string {
	switch {
	case a.Judge != nil:
		return "verdict"
	case a.File != nil:
		return "report"
	case a.Examine != nil:
		return "examination"
	case a.Decide != nil:
		return "decision"
	case a.Appeal != nil:
		return "appeal"
	case a.Sanction != nil:
		return "sanction"
	case a.Adopt != nil:
		return "policy"
	case a.Note != nil:
		return a.Note.Kind
	case a.Shed != nil:
		return "memory"
	}
	return ""
}

// events counts events of a run, and appends the papers of what follows.
func (b *casebook) events(r *run, events []orderguard.Event, papers []store.Paper) []store.Paper {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.Events(events, r.wall, func(changes []casework.Change) {
		papers = b.papers(r.record, 0, changes, papers)
	})
	return papers
}

// act does the n-th act of a record, and appends the papers of it. It returns why
// the act was refused, nil if it was not.
func (b *casebook) act(record uint64, n int, a casework.Act, papers []store.Paper) (*casework.Refusal, []store.Paper, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, err := b.before(record, n)
	if err != nil {
		return nil, papers, err
	}
	var changes []casework.Change
	var refusal *casework.Refusal
	kept := keptAct{Act: a}
	b.counts.acts++
	if before != nil {
		changes, kept.Refused = b.desk.Again(a, before.Refused != ""), before.Refused
	} else if changes, err = b.desk.Apply(a); errors.As(err, &refusal) {
		kept.Refused = refusal.Error()
	}
	if kept.Refused != "" {
		b.counts.refused++
	} else if a.Adopt != nil {
		p, _ := b.desk.Policy()
		b.ledger.Adopt(p)
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return refusal, papers, err
	}
	for _, c := range changes {
		if c.Quiet == nil || c.Quiet.Until != 0 {
			continue
		}
		if silenced := b.suppressed.take(c.Quiet); c.Quiet.Broken {
			b.released = append(b.released, silenced...)
		}
	}
	papers = append(papers, store.Paper{Place: store.Place(record, n), Act: text})
	return refusal, b.papers(record, n, append(changes, b.ledger.Follow(changes)...), papers), nil
}

// papers appends what is to be kept of changes that the n-th act of a record, or
// its events, brought.
func (b *casebook) papers(record uint64, n int, changes []casework.Change, papers []store.Paper) []store.Paper {
	if b.record != record {
		b.record, b.deltas, b.news = record, 0, 0
	}
	for _, c := range changes {
		p := store.Paper{Place: store.Place(record, n), Verdict: c.Verdict, Report: c.Report, Decision: c.Decision, Delta: c.Delta}
		switch {
		case c.Delta != nil:
			if b.deltas == store.MaxPlaces {
				panic("BUG: a record with more deltas than places")
			}
			p.Place = store.Place(record, b.deltas)
			b.deltas++
		case c.Report != nil || c.Decision != nil:
			p.Place = store.Place(record, b.news)
			b.news++
			if c.Decision != nil {
				b.counts.decisions++
			}
		case c.Gone != nil:
			p.Gone = &store.Gone{Shop: c.Gone.Shop, Report: c.Gone.Report, Alert: c.Gone.Alert}
		case c.Verdict == nil:
			continue // follows from the desk
		}
		papers = append(papers, p)
	}
	return papers
}

// suppresses says whether a verdict keeps an alert quiet, counts it, and remembers it for
// as long.
func (b *casebook) suppresses(a *orderguard.Alert) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	quiet := b.desk.Quiet(a.Shop, a.Buyer, a.Scenario, a.FlaggedAt)
	if quiet {
		b.counts.quieted++
		b.suppressed.put(a)
	}
	return quiet
}

// suppressedAlerts returns what suppresses remembers, for a snapshot.
func (b *casebook) suppressedAlerts() []orderguard.Alert {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.suppressed.list()
}

// restoreSuppressed takes back what suppressedAlerts returned.
func (b *casebook) restoreSuppressed(alerts []orderguard.Alert) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.suppressed = suppressed{}
	for i := range alerts {
		b.suppressed.put(&alerts[i])
	}
}

// release returns the alerts that acts have released.
func (b *casebook) release() []orderguard.Alert {
	b.mu.Lock()
	defer b.mu.Unlock()
	alerts := b.released
	b.released = nil
	return alerts
}

// before returns what the store has of an act that is judged again, since its record lies behind the
// snapshot of a start, nil if it has nothing.
func (b *casebook) before(record uint64, n int) (kept *keptAct, err error) {
	if record > b.done {
		return nil, nil
	}
	err = b.kept(store.Place(record, n), store.Place(record, n), func(_ uint64, text []byte) error {
		kept = &keptAct{}
		return json.Unmarshal(text, kept)
	})
	return kept, err
}

// rebuild makes the desk of a new casebook again, from the acts before a record. Those of records from there
// up to done are in the store too, and will be judged again.
// The ledger is as it was then, by a snapshot, or new: what the desk excludes it has
// followed already.
func (b *casebook) rebuild(acts actReader, before, done uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept, b.done = acts, done
	b.desk = casework.NewDesk(casework.DefaultPolicy())
	err := acts(0, store.Place(before, 0)-1, func(place uint64, text []byte) error {
		var a keptAct
		if err := json.Unmarshal(text, &a); err != nil {
			return fmt.Errorf("act %d: %w", place, err)
		}
		if a.Shed == nil {
			b.desk.Again(a.Act, a.Refused != "")
		}
		return nil
	})
	p, _ := b.desk.Policy()
	b.ledger.Adopt(p) // a new one has the defaults
	return err
}

// excluded returns what the ledger has taken out, and the place before which all deltas have come of it.
func (b *casebook) excluded() (x *casework.Excluded, before uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ledger.Excluded(), max(store.Place(b.record, b.deltas), store.Place(b.since+1, 0))
}

// saveLedger writes the ledger for a snapshot, and its policy.
func (b *casebook) saveLedger(w io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ledger.Save(w)
}

// policy returns the text of the policy in force, empty for the defaults.
func (b *casebook) policy() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, text := b.desk.Policy()
	return text
}

// due says whether something falls due by a time.
func (b *casebook) due(now orderguard.Millis) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.desk.NextDue()
	return next != 0 && next <= now
}

// look lets fn look at desk and ledger.
func (b *casebook) look(fn func(*casework.Desk, *casework.Ledger)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fn(b.desk, b.ledger)
}

// size returns what the ledger holds; nothing without one.
func (b *casebook) size() detect.TableSize {
	if b == nil {
		return detect.TableSize{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return detect.TableSize{Table: "orders of the service indicators", Keys: b.ledger.Len(), Bytes: b.ledger.Bytes()}
}
