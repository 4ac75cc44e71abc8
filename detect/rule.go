package detect

import (
	"math"
	"slices"

	"github.com/orderguard/orderguard"
)

// RuleSet is the rules of one file, in their order.
type RuleSet struct {
	Rules []Rule
	// Links says which accounts belong together.
	Links Links
	// Lists are what the file allows and blocks whatever the rules find.
	Lists []ListEntry
	// Version is 8 hexadecimal digits of a hash over the rules' versions, in
	// their order, and those of the lists.
	Version string
}

// Rule says when an order is flagged: when an event that On picks arrives, or
// After has passed since, all
// conditions of All hold, one of Any does unless there are none, and Expr is
// true unless there is none.
type Rule struct {
	ID string
	// Version is 8 hexadecimal digits of a hash over the rule's canonical
	// content; the order of keys, comments and formatting do not change it.
	Version  string
	Scenario orderguard.Scenario
	Severity orderguard.Severity
	// Score is the base score of its alerts, 0 to 100; it follows from the
	// severity unless the rule gives one.
	Score int
	// Shadow is set for a rule that only counts what it would have flagged.
	Shadow bool
	On     Selector
	// After is how long after an event of On the rule judges it; 0 is at once.
	// AfterText is the same as people write it.
	After     orderguard.Millis
	AfterText string
	// First are the conditions that must hold at an event of On for it to be
	// judged After; none without that.
	First []Condition
	All   []Condition
	Any   []Condition
	Expr  *Expr
	// Facts are those that Expr names, in the order of the file, and Given their conditions, one
	// fact's after the other's. They give Expr values, and are never reasons.
	Facts []*Fact
	Given []Condition
	// Title and TitleZh are the sentence for a finding of the rule as a whole,
	// in English and Chinese; empty means that one is made from the scenario.
	Title, TitleZh string
	// Description is for the reader of the rule file.
	Description string
	// Until is the event time from which the rule no longer fires; 0 is none.
	// Rules made of block lists have one.
	Until orderguard.Millis
}

// Measure is what a condition measures over the events of its window.
type Measure uint8

// The measures.
const (
	Count    Measure = iota + 1 // how many events
	Distinct                    // how many different values of a field
	Sum                         // the sum of a field
	Rate                        // how often something happened to what Over picks, in percent, with caution
	Spread                      // how many days lie between the registrations of a cluster's accounts
	Lockstep                    // how many accounts order at the same shops at the same times
	Surprise                    // how unusual the present is for the key or edge, in decibans of at most 1,000
	measures = iota + 1
)

var measureNames = [measures]string{"", "count", "distinct", "sum", "rate", "spread", "lockstep", "surprise"}

// String returns the measure as rules write it.
func (m Measure) String() string {
	if int(m) < len(measureNames) {
		return measureNames[m]
	}
	return ""
}

// Condition is a threshold on a measure over a sliding window (t-Within, t-Aged] of
// the events that share the fields of By with the event that is judged.
type Condition struct {
	Measure Measure
	// Value is the field counted distinct, or summed; 0 for a Count.
	Value Field
	Of    Selector
	// Newest, if it is not 0, is how many orders of the window, the newest, are
	// looked at, and only where all else of the rule holds.
	Newest int
	// Lone, if it is not 0, lets only events count whose buyer has paid for no
	// other order so long before the judged event; LoneText is the same as people
	// write it.
	Lone     orderguard.Millis
	LoneText string
	// Since, if it is not 0, lets events with Lone count whose buyer has paid for nothing in
	// that time but in the last Since of it, and for as much as he likes then; SinceText is the same as people write it.
	Since     orderguard.Millis
	SinceText string
	// PaidAfter, if it is not 0, lets only orders count that were paid, before they were sent, at least so long
	// after their creation; PaidAfterText is the same as people write it.
	PaidAfter     orderguard.Millis
	PaidAfterText string
	// Over picks the events of which a Rate tells the share.
	Over Selector
	// Shops and Apart are those of a Lockstep: at how many shops, and how far
	// apart at each.
	Shops int
	Apart orderguard.Millis
	// By is sorted, without repetitions, and holds at least one field.
	By []Field
	// Within is the window's length, at least 1 ms; WithinText is the same as
	// people write it: "10m". Both are zero for the surprise of an edge, whose
	// present has no window but fades.
	Within     orderguard.Millis
	WithinText string
	// Aged is how long before the judged event the window ends, shorter than
	// Within; AgedText is the same as people write it, empty for 0.
	Aged     orderguard.Millis
	AgedText string
	// State narrows a Count of order.created to the orders that are in it when
	// the event is judged.
	State State
	// Lo and Hi bound the values for which the condition holds, both included;
	// they are math.MinInt64 and math.MaxInt64 where there is no bound.
	Lo, Hi int64
	// Op and Limit are the bound as it was written, the lower one if there are
	// two: at_least, above, at_most or below, and its number. Op is empty for a
	// condition without a bound, which only gives Expr a value.
	Op    string
	Limit int64
	// Context is set for a condition that only says when: its orders are not
	// flagged. A condition without a lower bound is always context.
	Context bool
	// Name is the condition's name in Expr; empty for none.
	Name string
	// Fact is the fact whose condition it is, empty for a rule's own. Optional is set
	// for one whose value is 0 at an event that lacks a field of By; without that, the
	// rule does not fire there.
	Fact     string
	Optional bool
}

// Holds says whether the condition holds at a value of its measure.
func (c *Condition) Holds(value int64) bool { return value >= c.Lo && value <= c.Hi }

// bounded says whether there are values for which the condition does not hold.
func (c *Condition) bounded() bool { return c.Lo != math.MinInt64 || c.Hi != math.MaxInt64 }

// onOrder says whether the condition looks at nothing but the events of one order.
func (c *Condition) onOrder() bool { return len(c.By) == 1 && c.By[0] == FieldOrder }

// byCluster says whether the condition measures the events of all accounts of a
// cluster together.
func (c *Condition) byCluster() bool { return slices.Contains(c.By, FieldCluster) }

// group returns the name of the group of the condition, which stands at i, where all many are in All.
func (c *Condition) group(i, all int) string {
	switch {
	case c.Optional:
		return "optional"
	case c.Fact != "":
		return "fact"
	case i >= all:
		return "any"
	}
	return "all"
}

// Conditions returns how many conditions the rule has, those of its facts included.
func (r *Rule) Conditions() int { return r.own() + len(r.Given) }

// own returns how many of them are the rule's own.
func (r *Rule) own() int { return len(r.All) + len(r.Any) }

// Condition returns the condition at i, counted over All, then Any, and then Given.
func (r *Rule) Condition(i int) *Condition {
	switch {
	case i < len(r.All):
		return &r.All[i]
	case i < r.own():
		return &r.Any[i-len(r.All)]
	}
	return &r.Given[i-r.own()]
}
