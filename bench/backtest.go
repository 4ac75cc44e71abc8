package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// maxExamples bounds the orders that a backtest names for each row.
const maxExamples = 5

// Backtest judges one history by two sets of rules, in one pass.
type Backtest struct {
	sides   [2]*side // by the old rules and by the new ones
	order   *ingest.Sequencer
	workers int
	rejects int64
}

// BacktestOptions set up a Backtest.
type BacktestOptions struct {
	Lateness time.Duration // as in ingest.SequencerOptions
	Workers  int           // goroutines that decode and detect, at least 1
}

// side is what one set of rules finds.
type side struct {
	rules  *detect.RuleSet
	engine *detect.Engine
	runner *detect.Runner
	flags  map[evalKey]*evalFlag
	found  []*evalFlag // in order of detection
}

// NewBacktest returns a backtest of the old rules and the new ones. Close ends
// its goroutines.
func NewBacktest(before, after *detect.RuleSet, o BacktestOptions) (*Backtest, error) {
	b := &Backtest{order: ingest.NewSequencer(ingest.SequencerOptions{Lateness: o.Lateness}), workers: max(o.Workers, 1)}
	for i, rules := range []*detect.RuleSet{before, after} {
		engine, err := detect.New(rules, detect.Options{})
		if err != nil {
			b.Close()
			return nil, err
		}
		b.sides[i] = &side{
			rules: rules, engine: engine, runner: detect.NewRunner(engine, b.workers), flags: map[evalKey]*evalFlag{},
		}
	}
	return b, nil
}

// Close ends the goroutines. The report may still be asked for.
func (b *Backtest) Close() {
	for _, s := range b.sides {
		if s != nil {
			s.runner.Close()
		}
	}
}

// Read judges the events of an input, and closes it. Several inputs are one
// stream.
func (b *Backtest) Read(ctx context.Context, name string, src io.ReadCloser) error {
	return replay(ctx, name, src, b.workers, b.order, b.judge, func(*orderguard.Reject) { b.rejects++ })
}

// Take judges what next has fall due of the order of events, for a history that is more than lines: the wall clock by
// which sources are silent, say. Rejected is how many of its lines were no events.
func (b *Backtest) Take(rejected int, next func(order *ingest.Sequencer) *orderguard.Batch) {
	b.rejects += int64(rejected)
	for due := next(b.order); due != nil; due = b.order.Next() {
		b.judge(due)
	}
}

func (b *Backtest) judge(batch *orderguard.Batch) {
	if len(batch.Events) == 0 {
		return
	}
	for _, s := range b.sides {
		s.judge(batch)
	}
}

// take notes an alert, or what a later reason adds to it.
func (s *side) take(a *orderguard.Alert) {
	key := evalKey{a.Order, a.Scenario}
	f := s.flags[key]
	if f == nil {
		f = &evalFlag{key: key, at: a.FlaggedAt, attack: a.Attack}
		s.flags[key] = f
		s.found = append(s.found, f)
	}
	f.at, f.score = min(f.at, a.FlaggedAt), max(f.score, a.Score)
	f.take(a.Reasons)
}

// judge takes what comes of a batch.
func (s *side) judge(b *orderguard.Batch) { s.takeAll(s.runner.Process(b)) }

// finish takes what has fallen due by the end of all input.
func (s *side) finish() { s.takeAll(s.runner.Finish()) }

func (s *side) takeAll(alerts []orderguard.Alert) {
	for i := range alerts {
		s.take(&alerts[i])
	}
}

// Report compares the two, once all inputs have been read. Labels may be nil.
func (b *Backtest) Report(labels io.Reader) (BacktestReport, error) {
	settle(b.order, b.judge)
	for _, s := range b.sides {
		s.finish()
	}
	r := BacktestReport{
		Events: int64(b.sides[0].engine.Stats().Events), Rejected: b.rejects,
		Old: RulesName{b.sides[0].rules.Version, len(b.sides[0].rules.Rules)},
		New: RulesName{b.sides[1].rules.Version, len(b.sides[1].rules.Rules)},
	}
	b.compareScenarios(&r)
	b.compareRules(&r)
	if labels == nil {
		return r, nil
	}
	s := scorer{labels: map[evalKey]*evalLabel{}, byOrder: map[string][]*evalLabel{}}
	if err := eachLine("labels", labels, s.label); err != nil {
		return r, fmt.Errorf("backtest: %w", err)
	}
	if len(s.rows) == 0 {
		return r, errors.New("backtest: the labels are empty")
	}
	for i, to := range []*Truth{&r.Before, &r.After} {
		s.flags, s.found = b.sides[i].flags, b.sides[i].found
		report := s.report()
		*to = Truth{Overall: report.Overall, Scenarios: report.Scenarios}
	}
	r.Labelled = true
	return r, nil
}

// compareScenarios compares the flagged orders by scenario.
func (b *Backtest) compareScenarios(r *BacktestReport) {
	rows := make([]Change, orderguard.Scenarios)
	b.eachFlag(func(side int, f *evalFlag) {
		row := &rows[f.key.scenario]
		switch {
		case b.sides[1-side].flags[f.key] == nil:
			row.one(side, f.key.order)
		case side == 0:
			row.Both++
		}
	})
	for s := range rows {
		if row := rows[s]; row.total() > 0 {
			r.Scenarios = append(r.Scenarios, ScenarioChange{Scenario: orderguard.Scenario(s), Change: row})
		}
	}
}

// compareRules compares the flagged orders by the rules that flagged them, and
// counts what shadow rules would have flagged.
func (b *Backtest) compareRules(r *BacktestReport) {
	type ruleKey struct {
		rule     string
		scenario orderguard.Scenario
	}
	rows := map[ruleKey]*RuleChange{}
	row := func(rule string, scenario orderguard.Scenario) *RuleChange {
		k := ruleKey{rule, scenario}
		if rows[k] == nil {
			rows[k] = &RuleChange{Rule: rule, Scenario: scenario}
		}
		return rows[k]
	}
	b.eachFlag(func(side int, f *evalFlag) {
		other := b.sides[1-side].flags[f.key]
		for _, rule := range f.rules {
			c := row(rule, f.key.scenario)
			switch {
			case other == nil || !slices.Contains(other.rules, rule):
				c.one(side, f.key.order)
			case side == 0:
				c.Both++
			}
		}
	})
	for i, s := range b.sides {
		for _, stats := range s.engine.Stats().Rules {
			c := row(stats.ID, stats.Scenario)
			if c.Versions[i] = versionOf(s.rules, stats.ID); stats.Shadow {
				c.Shadow[i] = stats.Orders
			}
		}
	}
	for _, c := range rows {
		if c.total() > 0 || c.Shadow != [2]uint64{} || c.Versions[0] != c.Versions[1] {
			r.Rules = append(r.Rules, *c)
		}
	}
	slices.SortFunc(r.Rules, func(a, b RuleChange) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), strings.Compare(a.Rule, b.Rule))
	})
}

// eachFlag visits what both sides flagged, in order of detection: side 0 is
// that of the old rules.
func (b *Backtest) eachFlag(visit func(side int, f *evalFlag)) {
	for i, s := range b.sides {
		for _, f := range s.found {
			visit(i, f)
		}
	}
}

// versionOf returns the version of a rule of a set, of a block list's the one
// that its id ends in.
func versionOf(set *detect.RuleSet, id string) string {
	for i := range set.Rules {
		if set.Rules[i].ID == id {
			return set.Rules[i].Version
		}
	}
	return id[strings.LastIndexByte(id, '-')+1:]
}
