package detect

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/orderguard/orderguard"
)

// Explanation says, rule by rule, why an order was, or was not, flagged.
type Explanation struct {
	Order   string                `json:"order"`
	Shop    string                `json:"shop"`
	Buyer   string                `json:"buyer"`
	Flagged []orderguard.Scenario `json:"flagged"`
	Events  []ExplainedEvent      `json:"events"` // of the order, as they came
	Rules   []RuleExplanation     `json:"rules"`
}

// ExplainedEvent names an event.
type ExplainedEvent struct {
	ID   string            `json:"id"`
	Kind string            `json:"kind"`
	Time orderguard.Millis `json:"time"`
}

// What became of an order under a rule.
const (
	VerdictFlagged = "flagged"
	VerdictShadow  = "would have flagged" // in shadow
	VerdictSpared  = "spared"             // by an allow list
	VerdictPassed  = "not flagged"
	VerdictUnseen  = "did not look" // at any event of the order
)

// RuleExplanation says what became of the order under one rule.
type RuleExplanation struct {
	Rule     string              `json:"rule"`
	Version  string              `json:"version"`
	Scenario orderguard.Scenario `json:"scenario"`
	Shadow   bool                `json:"shadow,omitempty"`
	Verdict  string              `json:"verdict"`
	On       string              `json:"on"`
	Note     string              `json:"note,omitempty"` // the rule's description
	Finding  *Finding            `json:"finding,omitempty"`
	Looked   int                 `json:"looked"`           // at how many events of the order
	Judged   []Judgement         `json:"judged,omitempty"` // the first of these
}

// settle says what became of the order.
func (r *RuleExplanation) settle() {
	switch {
	case r.Finding != nil && r.Finding.Spared != "":
		r.Verdict = VerdictSpared
	case r.Finding != nil && r.Shadow:
		r.Verdict = VerdictShadow
	case r.Finding != nil:
		r.Verdict = VerdictFlagged
	case r.Looked > 0:
		r.Verdict = VerdictPassed
	default:
		r.Verdict = VerdictUnseen
	}
}

// Finding is the firing in which the order was flagged: at an event of its own,
// or, as one that took part, at that of another order.
type Finding struct {
	Event  ExplainedEvent    `json:"event"`
	By     string            `json:"order"` // of the event
	Own    bool              `json:"own"`
	Reason orderguard.Reason `json:"reason"`
	Spared string            `json:"spared,omitempty"` // the list entry that allows it
}

// Judgement is how a rule judged one event of the order.
type Judgement struct {
	Event      ExplainedEvent    `json:"event"`
	Where      []string          `json:"where_failed,omitempty"`
	Conditions []ConditionResult `json:"conditions,omitempty"`
	Facts      []FactResult      `json:"facts,omitempty"` // that the expression names
	Expr       *ExprResult       `json:"expr,omitempty"`
	// Again says, of a rule that looks again, whether it does at this event.
	Again string `json:"again,omitempty"`
	Fired bool   `json:"fired"`
	// Nearest says what the smallest change of a value is that would have
	// changed the answer; empty if none is near.
	Nearest string `json:"nearest,omitempty"`
}

// ConditionResult is what a condition measured.
type ConditionResult struct {
	Group   string         `json:"group"` // all or any, or the fact or optional of a fact
	Fact    string         `json:"fact,omitempty"`
	Name    string         `json:"as,omitempty"`
	Text    string         `json:"measures"`
	one     string         // Text for a single one
	Value   int64          `json:"value"`
	Chance  string         `json:"chance,omitempty"`  // what the value of a surprise means, unless it is none
	Known   bool           `json:"known"`             // the event carries the fields of by
	Missing []string       `json:"missing,omitempty"` // those it does not carry
	Op      string         `json:"op,omitempty"`
	Limit   int64          `json:"limit,omitempty"`
	Within  string         `json:"within"` // empty for the surprise of an edge
	Holds   bool           `json:"holds"`
	Context bool           `json:"context,omitempty"`
	Counted []CountedEvent `json:"counted,omitempty"` // the newest first
	More    bool           `json:"more,omitempty"`    // Counted is not all
}

// CountedEvent is an event that a condition counted.
type CountedEvent struct {
	Time  orderguard.Millis `json:"time"`
	Order string            `json:"order,omitempty"`
}

// FactResult is what a fact said.
type FactResult struct {
	Name string `json:"name"`
	ExprResult
}

// ExprResult is what an expression said.
type ExprResult struct {
	Source string `json:"source"`
	Holds  bool   `json:"holds"`
	Error  string `json:"error,omitempty"`
}

// what says what a condition measures: "orders by this buyer at this shop".
func (c *Condition) what() string {
	n := nounOf(&c.Of)
	n.of(c.State)
	var b strings.Builder
	switch c.Measure {
	case Rate:
		over := nounOf(&c.Over)
		return "percent, at least, by a cautious estimate, of " + over.english(2) + c.who(byEnglish) + " that led to " + n.english(2)
	case Spread:
		return "days between the registrations of the linked accounts"
	case Lockstep:
		if c.Of.Kinds != created {
			return "accounts in lockstep, by their " + n.english(2)
		}
		return "accounts in lockstep"
	case Surprise:
		b.WriteString("decibans of surprise at the " + n.english(2))
	case Count:
		b.WriteString(n.english(2))
	case Distinct:
		b.WriteString("different " + fields[c.Value].ens + " with " + n.english(2))
	case Sum:
		b.WriteString(strings.TrimPrefix(sumNamesEn[c.Value], "a ") + " over " + n.english(2))
	}
	for _, f := range byOrder {
		switch {
		case !c.groups(f):
		case f == FieldBuyer && n.between:
			b.WriteString(" with this buyer")
		default:
			b.WriteString(byEnglish[f])
		}
	}
	b.WriteString(c.loneSentence())
	return b.String()
}

// failure says what a filter asked of an event that does not pass it.
func (f *Filter) failure(e *orderguard.Event) string {
	have := "missing"
	switch v := f.Field.Number(e); {
	case f.Field.isText() && f.Field.Text(e) != "":
		have = strconv.Quote(f.Field.Text(e))
	case !f.Field.isText() && f.Field.known(v):
		have = strconv.FormatInt(v, 10)
	}
	return fmt.Sprintf("%s is %s, where asks for %s", f.Field, have, f.wish())
}

// wish says what a filter asks for.
func (f *Filter) wish() string {
	const some = 5
	list := func(values []string, what string) string {
		if n := len(values) - some; n > 0 {
			return what + strings.Join(values[:some], ", ") + fmt.Sprintf(" or one of %d more", n)
		}
		return what + strings.Join(values, ", ")
	}
	switch f.Test {
	case OneOf:
		return list(f.Values, "one of ")
	case OneOfNumbers:
		var values []string
		for _, n := range f.Numbers {
			values = append(values, strconv.FormatInt(n, 10))
		}
		return list(values, "one of ")
	case Contains:
		return list(f.Values, "a text with one of ")
	case Is:
		return list(f.Values, "nothing but one of ")
	case Between:
		return "a number " + boundsText(f.Lo, f.Hi)
	case Present:
		return "a value"
	case Absent:
		return "no value"
	}
	return f.key()
}

// boundsText says bounds in words.
func boundsText(lo, hi int64) string {
	var parts []string
	if lo > math.MinInt64 {
		parts = append(parts, fmt.Sprintf("of at least %d", lo))
	}
	if hi < math.MaxInt64 {
		parts = append(parts, fmt.Sprintf("of at most %d", hi))
	}
	return strings.Join(parts, " and ")
}

// maxNearest is how far an expression is tried around the measured value.
const maxNearest = 100

// nearest says what the smallest change of one measured value is that would
// have turned the answer of a rule at event i. Conditions that read one and the
// same view have one value, and change together.
func (e *Engine) nearest(rule *compiled, i int, results []ConditionResult, fired bool) string {
	best, by := int64(math.MaxInt64), -1
	for n := range rule.conditions {
		if !results[n].Known {
			continue
		}
		for _, d := range e.steps(rule, n, results) {
			if abs(d) < abs(best) && e.wouldFire(rule, i, n, d, results) != fired {
				best, by = d, n
			}
		}
	}
	if by < 0 {
		return ""
	}
	more, would := "more", "would have fired"
	if best < 0 {
		more = "fewer"
	}
	if fired {
		would = "would not have fired"
	}
	c := rule.conditions[by]
	if c.ofEdge() {
		return fmt.Sprintf("with %d %s %s it %s", abs(best), more, c.what(), would)
	}
	if c.Measure == Sum {
		return fmt.Sprintf("%d %s as the %s within %s, and it %s", abs(best), more, c.what(), english(c.Within), would)
	}
	what := c.what()
	if abs(best) == 1 {
		what = c.one()
	}
	return fmt.Sprintf("with %d %s %s within %s it %s", abs(best), more, what, english(c.Within), would)
}

// one is what for a single thing.
func (c *Condition) one() string {
	n := nounOf(&c.Of)
	n.of(c.State)
	many := n.english(2)
	switch c.Measure {
	case Count:
		return strings.Replace(c.what(), many, n.english(1), 1)
	case Distinct:
		return strings.Replace(c.what(), fields[c.Value].ens, fields[c.Value].en, 1)
	case Surprise:
		return strings.Replace(c.what(), "decibans", "deciban", 1)
	}
	return c.what()
}

// measuresAs says whether two conditions of a rule read one and the same value.
func (t *threshold) measuresAs(o *threshold) bool {
	if t.Condition == o.Condition {
		return true
	}
	if t.Measure == Surprise || o.Measure == Surprise {
		return t.Measure == o.Measure && t.surprise == o.surprise
	}
	return t.Measure <= Sum && o.Measure <= Sum && !t.lazy && !o.lazy && t.table == o.table && t.view == o.view
}

// steps lists the changes of a condition's value that are worth a trial: to and
// beyond its limits, and, for an expression, all that are small.
func (e *Engine) steps(rule *compiled, n int, results []ConditionResult) []int64 {
	c, v := &rule.conditions[n], results[n].Value
	var steps []int64
	add := func(to int64) {
		if d := to - v; d != 0 && (to >= 0 || c.Measure == Sum) {
			steps = append(steps, d)
		}
	}
	for k := range rule.conditions {
		if o := &rule.conditions[k]; o.measuresAs(c) {
			if o.Lo > math.MinInt64 {
				add(o.Lo)
				add(o.Lo - 1)
			}
			if o.Hi < math.MaxInt64 {
				add(o.Hi)
				add(o.Hi + 1)
			}
		}
	}
	for d := int64(1); rule.Expr != nil && d <= maxNearest; d++ {
		add(v + d)
		add(v - d)
	}
	slices.SortStableFunc(steps, func(a, b int64) int { return int(min(max(abs(a)-abs(b), -1), 1)) })
	return steps
}

// wouldFire says whether the rule would fire at event i if condition n, and
// those that read the same view, had measured d more.
func (e *Engine) wouldFire(rule *compiled, i, n int, d int64, results []ConditionResult) bool {
	changed := rule.conditions[n]
	values := make([]int64, len(results))
	anyOne := len(rule.Any) == 0
	for k := range rule.conditions {
		c := &rule.conditions[k]
		values[k] = results[k].Value
		if c.measuresAs(&changed) {
			values[k] += d
		}
		holds := results[k].Known && c.Holds(values[k])
		switch {
		case k >= len(rule.All) && k < rule.own():
			anyOne = anyOne || holds
		case !holds && !c.Optional:
			return false
		}
	}
	if !anyOne || rule.Expr == nil {
		return anyOne
	}
	ok, err := rule.Expr.Eval(e.columns.events[i], values)
	return ok && err == nil
}

func abs(v int64) int64 { return max(v, -v) }
