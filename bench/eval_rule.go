package bench

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
)

// RuleScore is how often the alerts of a rule are right.
type RuleScore struct {
	Rule     string              `json:"rule"`
	Scenario orderguard.Scenario `json:"scenario"`
	Alerts   int                 `json:"alerts"`  // with the rule among the reasons
	Right    int                 `json:"right"`   // of these labelled with the scenario
	Attacks  int                 `json:"attacks"` // as the alerts name them
	// Alone counts the alerts whose only reason is the rule.
	Alone      int `json:"alone"`
	AloneRight int `json:"alone_right"`
	// Over counts all its alerts by how many times its limit the value is:
	// below 1.25, 1.5 and 2, and from there on.
	Over [4]ScoreCount `json:"over"`
	// Bonus is the sum of what the engine adds to the score of an alert for a
	// value beyond the limit, over those with the rule alone.
	Bonus float64 `json:"bonus"`
}

// rules counts the alerts of each rule.
func (s *scorer) rules() []RuleScore {
	all := map[RuleCount]*RuleScore{}
	attacks := map[RuleCount]map[string]bool{}
	for _, f := range s.found {
		f.labelled = len(s.byOrder[f.key.order]) > 0
		right := s.labels[f.key] != nil
		for i, rule := range f.rules {
			key := RuleCount{Scenario: f.key.scenario, Rule: rule}
			r := all[key]
			if r == nil {
				r = &RuleScore{Rule: rule, Scenario: f.key.scenario}
				all[key], attacks[key] = r, map[string]bool{}
			}
			attacks[key][f.attack] = true
			r.count(f, f.over[i], right)
		}
	}
	list := make([]RuleScore, 0, len(all))
	for key, r := range all {
		r.Attacks = len(attacks[key])
		list = append(list, *r)
	}
	sortRules(list)
	return list
}

func sortRules(list []RuleScore) {
	slices.SortFunc(list, func(a, b RuleScore) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), strings.Compare(a.Rule, b.Rule))
	})
}

// count counts one alert.
func (r *RuleScore) count(f *evalFlag, over float64, right bool) {
	r.Alerts++
	place := 0
	for place < 3 && over >= []float64{1.25, 1.5, 2}[place] {
		place++
	}
	r.Over[place].count(f.score, right)
	alone := len(f.rules) == 1
	if alone {
		r.Alone++
		r.Bonus += 15 * math.Max(0, math.Min(1, over-1))
	}
	if right {
		r.Right++
		if alone {
			r.AloneRight++
		}
	}
}

// add sums two counts of one rule.
func (r *RuleScore) add(o RuleScore) {
	r.Alerts, r.Right, r.Attacks = r.Alerts+o.Alerts, r.Right+o.Right, r.Attacks+o.Attacks
	r.Alone, r.AloneRight, r.Bonus = r.Alone+o.Alone, r.AloneRight+o.AloneRight, r.Bonus+o.Bonus
	for i, c := range o.Over {
		t := &r.Over[i]
		t.Alerts, t.Right, t.Sum = t.Alerts+c.Alerts, t.Right+c.Right, t.Sum+c.Sum
	}
}

// fewestAlone is how many alerts of a rule alone say more of its score than all
// its alerts do.
const fewestAlone = 30

// Suggest returns the share of the rule's alerts that are right, the share to
// expect of those to come, and the base score that follows from that: what is
// left when the engine adds for a value beyond the limit. What is expected is
// Laplace's rule of succession over the attacks, since the orders of one attack
// stand or fall together: few attacks prove little, either way.
func (r *RuleScore) Suggest() (share, expected float64, score int) {
	n, right, bonus := r.Alone, r.AloneRight, 0.
	if n >= fewestAlone {
		bonus = r.Bonus / float64(n)
	} else {
		n, right = r.Alerts, r.Right
	}
	if n == 0 {
		return 0, 0, 0
	}
	share = float64(right) / float64(n)
	units := float64(max(1, r.Attacks))
	expected = (share*units + 1) / (units + 2)
	return share, expected, int(math.Max(0, math.Min(100, math.Round(100*expected-bonus))))
}

// writeRules writes a row for each rule.
func writeRules(b *strings.Builder, rules []RuleScore) {
	b.WriteString("\n| rule | scenario | alerts | right | attacks | alone | right alone | expected | value below 1.25 of the limit | 1.5 | 2 | from 2 | `score:` |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rules {
		share, expected, score := r.Suggest()
		fmt.Fprintf(b, "| %s | %s | %d | %s | %d | %d | %.1f%% | %.1f%%", r.Rule, r.Scenario, r.Alerts,
			percent(ratio(r.Right, r.Alerts)), r.Attacks, r.Alone, 100*share, 100*expected)
		for _, c := range r.Over {
			fmt.Fprintf(b, " | %s of %d", percent(ratio(c.Right, c.Alerts)), c.Alerts)
		}
		fmt.Fprintf(b, " | %d |\n", score)
	}
}
