package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/orderguard/orderguard"
)

// BacktestReport says what would be flagged anew, what no longer, and what by
// both sets of rules.
type BacktestReport struct {
	Events    int64            `json:"events"`
	Rejected  int64            `json:"rejected"`
	Old       RulesName        `json:"old"`
	New       RulesName        `json:"new"`
	Scenarios []ScenarioChange `json:"scenarios"`
	Rules     []RuleChange     `json:"rules"` // those that flag something, or have changed
	// Labelled says that labels were given, and how right each set was.
	Labelled bool  `json:"labelled"`
	Before   Truth `json:"before,omitzero"`
	After    Truth `json:"after,omitzero"`
}

// RulesName names a set of rules.
type RulesName struct {
	Version string `json:"version"`
	Rules   int    `json:"rules"`
}

// Truth is how right a set of rules was.
type Truth struct {
	Overall   Tally           `json:"overall"`
	Scenarios []ScenarioTally `json:"scenarios"`
}

// Change counts orders.
type Change struct {
	Newly    int `json:"newly_flagged"`
	NoLonger int `json:"no_longer_flagged"`
	Both     int `json:"both"`
	// Some of the orders that are flagged anew, and no longer.
	NewlyOrders    []string `json:"newly_orders,omitempty"`
	NoLongerOrders []string `json:"no_longer_orders,omitempty"`
}

// one counts an order that only one side flagged: 0 is the old one.
func (c *Change) one(side int, order string) {
	n, orders := &c.NoLonger, &c.NoLongerOrders
	if side == 1 {
		n, orders = &c.Newly, &c.NewlyOrders
	}
	if *n++; len(*orders) < maxExamples {
		*orders = append(*orders, order)
	}
}

func (c *Change) total() int { return c.Newly + c.NoLonger + c.Both }

// ScenarioChange is the change of one scenario.
type ScenarioChange struct {
	Scenario orderguard.Scenario `json:"scenario"`
	Change
}

// RuleChange is the change of one rule. An order that another rule flags too
// counts for each.
type RuleChange struct {
	Rule     string              `json:"rule"`
	Scenario orderguard.Scenario `json:"scenario"`
	// Versions are the rule's before and after; empty where it is not there.
	Versions [2]string `json:"versions"`
	// Shadow is what the rule would have flagged, before and after, where it
	// only counts.
	Shadow [2]uint64 `json:"shadow_orders"`
	Change
}

// WriteText writes the report for people.
func (r *BacktestReport) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%d events; old rules %s (%d), new rules %s (%d)\n\n", r.Events, r.Old.Version, r.Old.Rules, r.New.Version, r.New.Rules)
	fmt.Fprintln(t, "scenario\tnewly flagged\tno longer\tboth\t")
	for i := range r.Scenarios {
		c := &r.Scenarios[i]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t\n", c.Scenario, c.Newly, c.NoLonger, c.Both)
	}
	if len(r.Scenarios) == 0 {
		fmt.Fprintln(t, "nothing is flagged by either\t\t\t\t")
	}
	if len(r.Rules) > 0 {
		fmt.Fprintln(t, "\nrule\tscenario\tnewly flagged\tno longer\tboth\tin shadow, old\tnew\t\t")
	}
	for i := range r.Rules {
		c := &r.Rules[i]
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", c.Rule, c.Scenario, c.Newly, c.NoLonger, c.Both,
			c.Shadow[0], c.Shadow[1], c.note())
	}
	if r.Labelled {
		r.writeTruth(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return r.writeExamples(w)
}

// note says whether the rule is another one.
func (c *RuleChange) note() string {
	switch {
	case c.Versions[0] == c.Versions[1]:
		return ""
	case c.Versions[0] == "":
		return "added"
	case c.Versions[1] == "":
		return "removed"
	}
	return "changed"
}

// writeTruth writes how right both sets were.
func (r *BacktestReport) writeTruth(w io.Writer) {
	fmt.Fprintln(w, "\nagainst the labels\tprecision, old\tnew\trecall, old\tnew\t")
	row := func(name string, a, b Tally) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", name, rate(a.Precision), rate(b.Precision), rate(a.Recall), rate(b.Recall))
	}
	per := make([][2]Tally, orderguard.Scenarios)
	for i, t := range []Truth{r.Before, r.After} {
		for _, s := range t.Scenarios {
			per[s.Scenario][i] = s.Tally
		}
	}
	for s, p := range per {
		if p[0].Labelled+p[0].Flagged+p[1].Flagged > 0 {
			row(orderguard.Scenario(s).String(), p[0], p[1])
		}
	}
	row("any scenario", r.Before.Overall, r.After.Overall)
}

// writeExamples names some of the orders.
func (r *BacktestReport) writeExamples(w io.Writer) error {
	for i := range r.Scenarios {
		c := &r.Scenarios[i]
		for _, e := range []struct {
			what   string
			n      int
			orders []string
		}{{"newly flagged", c.Newly, c.NewlyOrders}, {"no longer flagged", c.NoLonger, c.NoLongerOrders}} {
			if e.n == 0 {
				continue
			}
			more := ""
			if e.n > len(e.orders) {
				more = fmt.Sprintf(" and %d more", e.n-len(e.orders))
			}
			if _, err := fmt.Fprintf(w, "\n%s, %s: %s%s\n", e.what, c.Scenario, strings.Join(e.orders, ", "), more); err != nil {
				return err
			}
		}
	}
	return nil
}
