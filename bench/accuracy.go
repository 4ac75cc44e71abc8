package bench

import (
	"cmp"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
)

// The bars that the shipped rules are held to.
const (
	BarPrecision = .98    // of the flagged orders of all markets with attacks
	BarRecall    = .95    // of their labelled orders
	BarKind      = .85    // of the labelled orders of each kind of attack
	BarFree      = 1e-4   // flagged orders an order on markets without attacks, at most
	BarHalf      = .60    // of a burst's orders placed when half were flagged, at most
	BarFirst     = 1. / 5 // of a flood's orders placed at the first alert, at most
)

// The attacks that the bars on delay speak of. A burst is one buyer, or two, at one
// shop within minutes; a flood is many buyers at one shop within minutes, or
// many bad ratings of it.
var (
	burstKinds = []string{"burst"}
	floodKinds = []string{"flood"}
	rateKinds  = []string{"reviews"}
)

// Accuracy sums the reports of several generated markets.
type Accuracy struct {
	Markets []MarketScore
	attacks []AttackScore
	details [][]AttackScore // of each market
	wrong   map[FamilyCount]int
	scores  [10]ScoreCount
	rules   map[RuleCount]*RuleScore
	// named counts an order for each scenario, right under its own only.
	named [orderguard.Scenarios]Tally
}

// MarketScore is how well one market was judged.
type MarketScore struct {
	Seed    uint64
	Free    bool  // without attacks: whatever is flagged is wrong
	Orders  int64 // of all kinds
	Overall Tally
}

// Add takes the report of one market, with the delays and after Blame.
func (a *Accuracy) Add(seed uint64, free bool, orders int64, r Report) {
	a.Markets = append(a.Markets, MarketScore{seed, free, orders, r.Overall})
	a.attacks = append(a.attacks, r.Attacks...)
	a.details = append(a.details, r.Attacks)
	if a.wrong == nil {
		a.wrong = map[FamilyCount]int{}
	}
	for _, c := range r.WrongByFamily {
		n := c.Orders
		c.Orders = 0
		a.wrong[c] += n
	}
	if free {
		return
	}
	if a.rules == nil {
		a.rules = map[RuleCount]*RuleScore{}
	}
	for _, x := range r.Rules {
		key := RuleCount{Scenario: x.Scenario, Rule: x.Rule}
		if a.rules[key] == nil {
			a.rules[key] = &RuleScore{Rule: x.Rule, Scenario: x.Scenario}
		}
		a.rules[key].add(x)
	}
	for _, x := range r.Scenarios {
		t := &a.named[x.Scenario]
		t.Labelled, t.Flagged, t.Right = t.Labelled+x.Labelled, t.Flagged+x.Flagged, t.Right+x.Right
	}
	for i, s := range r.Scores {
		t := &a.scores[i]
		t.Alerts, t.Right, t.Sum = t.Alerts+s.Alerts, t.Right+s.Right, t.Sum+s.Sum
	}
}

// sum adds up the markets with attacks, or those without.
func (a *Accuracy) sum(free bool) (all Tally, orders int64) {
	for _, m := range a.Markets {
		if m.Free == free {
			all.Labelled += m.Overall.Labelled
			all.Flagged += m.Overall.Flagged
			all.Right += m.Overall.Right
			orders += m.Orders
		}
	}
	all.rate()
	return all, orders
}

// Bar is a figure and what it is held to.
type Bar struct {
	Name   string
	Value  *float64 // nil where nothing could be measured, which misses the bar
	Limit  float64
	AtMost bool
}

// Met says whether the figure is on the right side of its limit.
func (b *Bar) Met() bool {
	return b.Value != nil && (b.AtMost && *b.Value <= b.Limit || !b.AtMost && *b.Value >= b.Limit)
}

// Bars returns the figures that the rules are held to, as far as there are
// markets to measure them on.
func (a *Accuracy) Bars() []Bar {
	var bars []Bar
	if all, orders := a.sum(false); orders > 0 {
		bars = append(bars, Bar{Name: "precision", Value: all.Precision, Limit: BarPrecision},
			Bar{Name: "recall", Value: all.Recall, Limit: BarRecall})
		for _, k := range kindsOf(a.attacks) {
			bars = append(bars, Bar{Name: "recall of " + k.Kind, Value: &k.Recall, Limit: BarKind})
		}
		bars = append(bars,
			Bar{Name: "placed when half of a burst was flagged, median", Value: a.delay(burstKinds, placedAtHalf), Limit: BarHalf, AtMost: true},
			Bar{Name: "placed at the first alert of a flood, median", Value: a.delay(floodKinds, placedAtFirst), Limit: BarFirst, AtMost: true},
			Bar{Name: "given at the first alert of a flood of ratings, median", Value: a.delay(rateKinds, placedAtFirst), Limit: BarFirst, AtMost: true})
	}
	if all, orders := a.sum(true); orders > 0 {
		share := float64(all.Flagged) / float64(orders)
		bars = append(bars, Bar{Name: "flagged of all orders where there are no attacks", Value: &share, Limit: BarFree, AtMost: true})
	}
	return bars
}

// placedAtHalf and placedAtFirst are 1 where the attack was not found so far:
// all of it was placed without an alert.
func placedAtHalf(a *AttackScore) *float64  { return orOne(a.PlacedAtHalf) }
func placedAtFirst(a *AttackScore) *float64 { return orOne(a.PlacedAtFirst) }

func orOne(v *float64) *float64 {
	if v == nil {
		return new(1.)
	}
	return v
}

// of returns the attacks of some kinds.
func (a *Accuracy) of(kinds []string) []AttackScore {
	var of []AttackScore
	for _, x := range a.attacks {
		if slices.Contains(kinds, x.Kind) {
			of = append(of, x)
		}
	}
	return of
}

// delay returns the median over the attacks of some kinds.
func (a *Accuracy) delay(kinds []string, value func(*AttackScore) *float64) *float64 {
	return median(a.of(kinds), value)
}

// blame lists what was flagged wrongly, the most first.
func (a *Accuracy) blame() []FamilyCount {
	var all []FamilyCount
	for c, n := range a.wrong {
		c.Orders = n
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b FamilyCount) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), strings.Compare(a.Family, b.Family), compareRules(a.RuleCount, b.RuleCount))
	})
	return all
}

// compareRules orders counts by scenario and rule.
func compareRules(a, b RuleCount) int {
	return cmp.Or(cmp.Compare[orderguard.Scenario](a.Scenario, b.Scenario), strings.Compare(a.Rule, b.Rule))
}
