package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/orderguard/orderguard"
)

// Report is how good alerts are, as Score found.
type Report struct {
	// Overall counts each order once, under whatever scenario.
	Overall   Tally           `json:"overall"`
	Scenarios []ScenarioTally `json:"scenarios"`
	Kinds     []KindScore     `json:"kinds"`
	Attacks   []AttackScore   `json:"attacks"`
	// WrongByRule counts the flagged orders that have no label, by the rules
	// that flagged them; an order that two rules flagged counts for both.
	WrongByRule []RuleCount  `json:"wrong_by_rule"`
	WrongOrders []WrongOrder `json:"wrong_orders"`
	// WrongByFamily counts them by what they were in truth, after Blame.
	WrongByFamily []FamilyCount `json:"wrong_by_family,omitempty"`
	// Mismatches are labelled orders that were flagged under another scenario.
	Mismatches []Mismatch `json:"mismatches"`
	// Scores counts the alerts of each tenth of the score: 0 to 9, 10 to 19, …
	// 90 to 100.
	Scores [10]ScoreCount `json:"scores"`
	// Rules counts the alerts of each rule.
	Rules []RuleScore `json:"rules"`
	// Months counts by the month in which orders were placed, if events were
	// given.
	Months []MonthTally `json:"months,omitempty"`
	// Events says whether events were given, so that delays are known.
	Events bool `json:"events"`

	flagged []*evalFlag
}

// ScoreCount counts alerts of some scores. The scores mean what they say if
// Right*100 is near Sum.
type ScoreCount struct {
	Alerts int `json:"alerts"` // each order and scenario once
	Right  int `json:"right"`  // those labelled with the alert's scenario
	Sum    int `json:"sum"`    // of their scores
}

func (c *ScoreCount) count(score int, right bool) {
	c.Alerts++
	c.Sum += score
	if right {
		c.Right++
	}
}

// Tally counts orders.
type Tally struct {
	Labelled int `json:"labelled"`
	Flagged  int `json:"flagged"`
	Right    int `json:"right"` // both
	// Precision is nil where nothing was flagged, Recall where nothing is
	// labelled, F1 where neither.
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
	F1        *float64 `json:"f1"`
}

func (t *Tally) rate() {
	t.Precision, t.Recall = ratio(t.Right, t.Flagged), ratio(t.Right, t.Labelled)
	t.F1 = ratio(2*t.Right, t.Flagged+t.Labelled)
}

// ratio returns a/b, or nil if b is 0.
func ratio(a, b int) *float64 {
	if b == 0 {
		return nil
	}
	return new(float64(a) / float64(b))
}

// ScenarioTally is the tally of one scenario; flagged orders that are labelled
// under another scenario are wrong in it.
type ScenarioTally struct {
	Scenario orderguard.Scenario `json:"scenario"`
	Tally
}

// AttackScore is how well one attack was found. What needs an alert, or the
// events, is absent without.
type AttackScore struct {
	Attack   string              `json:"attack"`
	Kind     string              `json:"kind"`
	Scenario orderguard.Scenario `json:"scenario"`
	Labelled int                 `json:"labelled"`
	Found    int                 `json:"found"`
	Recall   float64             `json:"recall"`
	Buyers   int                 `json:"buyers"`
	// Span is the time from its first order to its last, in seconds.
	Span *float64 `json:"span,omitempty"`
	// FirstAlert is when its first order was flagged, HalfFlagged when half of
	// its labelled orders had been.
	FirstAlert  *orderguard.Millis `json:"first_alert,omitempty"`
	HalfFlagged *orderguard.Millis `json:"half_flagged,omitempty"`
	// The delays count from its first order, in seconds of event time; the
	// shares are of its orders, already placed at that time. In refunds, disputes
	// and reviews these are what counts instead of the order.
	FirstDelay    *float64 `json:"first_delay,omitempty"`
	HalfDelay     *float64 `json:"half_delay,omitempty"`
	PlacedAtFirst *float64 `json:"placed_at_first,omitempty"`
	PlacedAtHalf  *float64 `json:"placed_at_half,omitempty"`
}

// KindScore sums the attacks of one kind. The medians are over the attacks that
// have the value.
type KindScore struct {
	Kind          string              `json:"kind"`
	Scenario      orderguard.Scenario `json:"scenario"`
	Attacks       int                 `json:"attacks"`
	AttacksFound  int                 `json:"attacks_found"` // at least one order flagged
	Labelled      int                 `json:"labelled"`
	Found         int                 `json:"found"`
	Recall        float64             `json:"recall"`
	FirstDelay    *float64            `json:"first_delay,omitempty"`
	PlacedAtFirst *float64            `json:"placed_at_first,omitempty"`
	PlacedAtHalf  *float64            `json:"placed_at_half,omitempty"`
}

// RuleCount is how many orders a rule flagged wrongly.
type RuleCount struct {
	Scenario orderguard.Scenario `json:"scenario"`
	Rule     string              `json:"rule"`
	Orders   int                 `json:"orders"`
}

// WrongOrder is a flagged order without a label.
type WrongOrder struct {
	Order    string              `json:"order"`
	Scenario orderguard.Scenario `json:"scenario"`
	Rules    []string            `json:"rules"`
}

// Mismatch is an order that was flagged under another scenario than its
// label's.
type Mismatch struct {
	Order    string              `json:"order"`
	Attack   string              `json:"attack"`
	Labelled orderguard.Scenario `json:"labelled"`
	Flagged  orderguard.Scenario `json:"flagged"`
	Rules    []string            `json:"rules"`
}

// kindsOf sums attacks by kind, in the order of scenarios and names.
func kindsOf(attacks []AttackScore) []KindScore {
	groups := map[evalKey][]AttackScore{}
	for _, a := range attacks {
		key := evalKey{a.Kind, a.Scenario}
		groups[key] = append(groups[key], a)
	}
	all := make([]KindScore, 0, len(groups))
	for key, of := range groups {
		k := KindScore{Kind: key.order, Scenario: key.scenario, Attacks: len(of)}
		for _, a := range of {
			k.Labelled += a.Labelled
			k.Found += a.Found
			if a.Found > 0 {
				k.AttacksFound++
			}
		}
		k.Recall = *ratio(k.Found, k.Labelled) // an attack has a label at least
		k.FirstDelay = median(of, func(a *AttackScore) *float64 { return a.FirstDelay })
		k.PlacedAtFirst = median(of, func(a *AttackScore) *float64 { return a.PlacedAtFirst })
		k.PlacedAtHalf = median(of, func(a *AttackScore) *float64 { return a.PlacedAtHalf })
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b KindScore) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), strings.Compare(a.Kind, b.Kind))
	})
	return all
}

// median returns the median of what is there, or nil; the lower one of two.
func median(of []AttackScore, value func(*AttackScore) *float64) *float64 {
	var vs []float64
	for i := range of {
		if v := value(&of[i]); v != nil {
			vs = append(vs, *v)
		}
	}
	if len(vs) == 0 {
		return nil
	}
	slices.Sort(vs)
	return &vs[(len(vs)-1)/2]
}

// WriteText writes the report as tables for people.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tlabelled\tflagged\tright\tprecision\trecall\tF1\t")
	for _, s := range r.Scenarios {
		s.write(t, s.Scenario.String())
	}
	r.Overall.write(t, "any scenario")
	fmt.Fprintln(t, "\nattack kind\tattacks\tfound\tlabelled\tflagged\trecall\tfirst alert after\tplaced by then\tplaced at half\t")
	for _, k := range r.Kinds {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%.3f\t%s\t%s\t%s\t\n", k.Kind, k.Attacks, k.AttacksFound, k.Labelled, k.Found,
			k.Recall, after(k.FirstDelay), percent(k.PlacedAtFirst), percent(k.PlacedAtHalf))
	}
	fmt.Fprintln(t, "\nattack\tlabelled\tflagged\trecall\tfirst alert after\tplaced by then\tplaced at half\t")
	for _, a := range r.Attacks {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.3f\t%s\t%s\t%s\t\n", a.Attack, a.Labelled, a.Found, a.Recall,
			after(a.FirstDelay), percent(a.PlacedAtFirst), percent(a.PlacedAtHalf))
	}
	if len(r.WrongByRule) > 0 {
		fmt.Fprintln(t, "\nflagged without a label, by rule\tscenario\torders\t")
		for _, c := range r.WrongByRule {
			fmt.Fprintf(t, "%s\t%s\t%d\t\n", c.Rule, c.Scenario, c.Orders)
		}
	}
	if len(r.WrongByFamily) > 0 {
		fmt.Fprintln(t, "\nflagged without a label, by what it was\tscenario\trule\torders\t")
		for _, c := range r.WrongByFamily {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t\n", c.Family, c.Scenario, c.Rule, c.Orders)
		}
	}
	r.writeMismatches(t)
	if !r.Events {
		fmt.Fprintln(t, "\nGive the events too, to see delays.")
	}
	return t.Flush()
}

// writeMismatches counts the mismatches by attack and scenario.
func (r *Report) writeMismatches(t io.Writer) {
	type row struct {
		attack            string
		labelled, flagged orderguard.Scenario
	}
	counts := map[row]int{}
	var rows []row
	for _, m := range r.Mismatches {
		k := row{m.Attack, m.Labelled, m.Flagged}
		if counts[k]++; counts[k] == 1 {
			rows = append(rows, k)
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(t, "\nflagged under another scenario\tlabelled\tflagged\torders\t")
	}
	for _, k := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t\n", k.attack, k.labelled, k.flagged, counts[k])
	}
}

func (t *Tally) write(w io.Writer, name string) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t\n", name, t.Labelled, t.Flagged, t.Right,
		rate(t.Precision), rate(t.Recall), rate(t.F1))
}

// rate writes a ratio, or a dash.
func rate(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *v)
}

// after writes a delay in seconds, or a dash.
func after(s *float64) string {
	if s == nil {
		return "-"
	}
	return (time.Duration(*s * float64(time.Second))).Round(time.Second).String()
}

// percent writes a share, or a dash.
func percent(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100**v)
}
