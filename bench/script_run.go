package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// Run judges the events of the case by the rules, and returns all that is not as
// the case expects: every order that it lists must be flagged by the rule that
// it names, and no other order may be flagged under any scenario. Rules in
// shadow that the case names count as if they were not.
func (c *ScriptCase) Run(ctx context.Context, rules *detect.RuleSet) error {
	live, err := c.named(rules)
	if err != nil {
		return err
	}
	engine, err := detect.New(live, detect.Options{})
	if err != nil {
		return err
	}
	s := &side{rules: live, engine: engine, runner: detect.NewRunner(engine, 1), flags: map[evalKey]*evalFlag{}}
	defer s.runner.Close()
	slices.SortStableFunc(c.lines, func(a, b scriptEvent) int { return int(min(max(a.at-b.at, -1), 1)) })
	var text bytes.Buffer
	for _, e := range c.lines {
		text.Write(e.json)
		text.WriteByte('\n')
	}
	var faults []error
	order := ingest.NewSequencer(ingest.SequencerOptions{})
	err = replay(ctx, c.Name, io.NopCloser(&text), 1, order, s.judge, func(r *orderguard.Reject) {
		faults = append(faults, c.fault(c.lines[r.Line-1].line, "no event: %s", r.Detail))
	})
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return faults[0]
	}
	s.finish()
	return c.compare(s)
}

// named returns the rules, with those that the case names out of the shadow,
// and an error for a name that is none.
func (c *ScriptCase) named(rules *detect.RuleSet) (*detect.RuleSet, error) {
	live := *rules
	live.Rules = slices.Clone(rules.Rules)
	var ids []string
	for i := range live.Rules {
		ids = append(ids, live.Rules[i].ID)
	}
	for _, id := range append(c.Catches(), c.Spares...) {
		switch i := slices.Index(ids, id); {
		case i >= 0:
			live.Rules[i].Shadow = false
		case !strings.HasPrefix(id, "block-"):
			return nil, c.fault(c.Line, "case %q: the rules have no rule %q; %s", c.Name, id, nearestOf(id, ids))
		}
	}
	return &live, nil
}

// compare says what is not as expected.
func (c *ScriptCase) compare(s *side) error {
	var wrong []string
	expected := map[evalKey]bool{}
	for _, e := range c.expect {
		var missed []string
		for _, order := range e.orders {
			found := false
			for _, f := range s.found {
				by := slices.ContainsFunc(f.rules, func(rule string) bool {
					return rule == e.rule || strings.HasPrefix(rule, e.rule+"-") && strings.HasPrefix(e.rule, "block-")
				})
				if f.key.order == order && by {
					expected[f.key], found = true, true
				}
			}
			if !found {
				missed = append(missed, order)
			}
		}
		if len(missed) > 0 {
			wrong = append(wrong, fmt.Sprintf("%s should have flagged %s", e.rule, firstOf(missed)))
		}
	}
	extra := map[string][]string{} // by scenario and rules
	var names []string
	for _, f := range s.found {
		if expected[f.key] {
			continue
		}
		name := fmt.Sprintf("%s (%s)", strings.Join(f.rules, ", "), f.key.scenario)
		if extra[name] == nil {
			names = append(names, name)
		}
		extra[name] = append(extra[name], f.key.order)
	}
	for _, name := range names {
		wrong = append(wrong, fmt.Sprintf("%s flagged %s, which nobody expects", name, firstOf(extra[name])))
	}
	if len(wrong) == 0 {
		return nil
	}
	return c.fault(c.Line, "case %q: %s", c.Name, strings.Join(wrong, "; "))
}

// firstOf names the first of many orders.
func firstOf(orders []string) string {
	if n := len(orders) - maxExamples; n > 0 {
		return strings.Join(orders[:maxExamples], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(orders, ", ")
}
