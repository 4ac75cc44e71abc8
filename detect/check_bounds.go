package detect

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reach returns the most that a condition's measure can ever be, and why.
func (c *Condition) reach() (most int64, why string) {
	switch c.Measure {
	case Sum:
		if _, hi := c.Of.span(c.Value); hi <= 0 {
			return 0, "where: lets only zeros through"
		}
		return math.MaxInt64, ""
	case Count, Lockstep, Spread:
		return math.MaxInt64, ""
	case Rate:
		return 100, "it is a share in percent"
	case Surprise:
		return maxSurprise, "in decibans"
	}
	for _, f := range c.By {
		if f == c.Value {
			return 1, "the events of one window share it, being measured by it"
		}
	}
	if values := c.Of.oneOf(c.Value); values != nil {
		return int64(len(values)), "where: names no more values"
	}
	if values := fields[c.Value].values; values != nil {
		return int64(len(values)), "the field has no more values"
	}
	return math.MaxInt64, ""
}

// checkReach refuses a lower bound above all that the measure can be, and an
// upper bound that is below it, or says nothing; named is set if a name is as
// good as a limit.
func (p *parser) checkReach(c *condDraft, named bool) {
	if c.Op == "" && !named {
		p.at(c.node, "the condition has no limit, so that it always holds; add one, or stand it under all: with an expr that uses its name")
		return
	}
	most, why := c.reach()
	what := strings.TrimSpace(c.Measure.String() + " " + c.Value.String())
	if c.Lo > most {
		p.at(c.bound("at_least", "above"), "%s is never above %d (%s), so that %s %d never holds; lower it, or measure something else",
			what, most, why, c.Op, c.Limit)
		return
	}
	if c.Hi < math.MaxInt64 && c.Hi >= most && c.Hi >= 0 {
		p.at(c.bound("at_most", "below"), "%s is never above %d (%s), so that this bound says nothing; remove it", what, most, why)
	}
	if c.Hi < 0 {
		p.at(c.bound("at_most", "below"), "%s is never below 0, so that this never holds; raise the bound", c.Measure)
	}
	if c.Lo != math.MinInt64 && c.Lo < 1 {
		cure := "raise it to 1 or more"
		if c.Hi != math.MaxInt64 {
			cure = "remove it"
		}
		p.at(c.bound("at_least", "above"), "%s %d always holds, for a %s is never below 0; %s", c.Op, c.Limit, c.Measure, cure)
	}
}

// bound returns the node of the first of the keys that was given, or else the
// condition's.
func (c *condDraft) bound(names ...string) *yaml.Node {
	for _, name := range names {
		if n := c.keys[name]; n != nil {
			return n
		}
	}
	return c.node
}

// checkFloor looks at conditions that count the judged event itself, whose
// count is therefore never 0.
func (p *parser) checkFloor(c *condDraft, d *draft) {
	if c.Measure != Count || d.After > 0 || c.Aged > 0 || c.Lone > 0 || c.PaidAfter > 0 || c.State != 0 && c.State != Unpaid && c.State != Pending || !d.On.within(&c.Of) {
		return
	}
	if c.Hi < 1 && c.Hi >= 0 {
		p.at(c.bound("at_most", "below"), "the judged event is counted too, so that the count is never below 1 and this never holds; raise the bound")
	}
	always := true
	for _, f := range c.By {
		always = always && f.alwaysOn(d.On.Kinds)
	}
	if always && c.Lo == 1 && c.Hi == math.MaxInt64 {
		p.at(c.bound("at_least", "above"), "the judged event is counted too, so that the count is always at least 1 and this says nothing; raise the bound")
	}
}

// within says whether all that s picks is provably picked by t too.
func (s *Selector) within(t *Selector) bool {
	if s.Kinds&^t.Kinds != 0 {
		return false
	}
	ours := map[string]bool{}
	for i := range s.Where {
		ours[s.Where[i].key()] = true
	}
	for i := range t.Where {
		if !ours[t.Where[i].key()] {
			return false
		}
	}
	return true
}

// part says whether all events in the window of c are in the window of b too.
func (c *Condition) part(b *Condition) bool {
	if !c.State.within(b.State) || b.Lone != 0 && (b.Lone != c.Lone || b.Since != c.Since) || c.PaidAfter < b.PaidAfter || c.Within > b.Within || c.Aged < b.Aged || !c.Of.within(&b.Of) {
		return false
	}
	for _, f := range b.By {
		if !slices.Contains(c.By, f) {
			return false
		}
	}
	return true
}

// least returns the least that b can measure when c, whose events are a part of
// those of b, measures c.Lo or more, which is at least 1.
func (c *Condition) least(b *Condition) int64 {
	if c.Measure == b.Measure && c.Value == b.Value {
		return c.Lo
	}
	most, least := int64(1), int64(1) // what an event adds to c at most, to b at least
	if c.Measure == Sum {
		_, most = c.Of.span(c.Value)
	}
	switch b.Measure {
	case Sum:
		least, _ = c.Of.span(b.Value)
	case Distinct:
		return 0
	}
	events := (c.Lo-1)/max(1, most) + 1
	if least > 0 && events > math.MaxInt64/least {
		return math.MaxInt64
	}
	return events * least
}

// span returns the lowest and the highest value that a number field adds to a
// sum over the selector's events; those that do not carry it add 0.
func (s *Selector) span(f Field) (lo, hi int64) {
	info := &fields[f]
	for i := range s.Where {
		w := &s.Where[i]
		if w.Field != f {
			continue
		}
		switch w.Test {
		case Between:
			return w.Lo, w.Hi
		case OneOfNumbers:
			return w.Numbers[0], w.Numbers[len(w.Numbers)-1]
		case Absent:
			return 0, 0
		case Present:
			return max(1, info.lo), info.hi
		}
	}
	if s.Kinds&^info.on != 0 {
		return 0, info.hi
	}
	return info.lo, info.hi
}

// lower and upper return a condition's bounds in the words of its rule.
func (c *condDraft) lower() string {
	if c.keys["above"] != nil {
		return fmt.Sprintf("above %d", c.Lo-1)
	}
	return fmt.Sprintf("at_least %d", c.Lo)
}

func (c *condDraft) upper() string {
	if c.keys["below"] != nil {
		return fmt.Sprintf("below %d", c.Hi+1)
	}
	return fmt.Sprintf("at_most %d", c.Hi)
}

// checkPairs refuses conditions that cannot hold together: one measures a part
// of what the other does, and yet is to be more.
func (p *parser) checkPairs(d *draft) {
	for i, a := range d.conds {
		for j, b := range d.conds {
			if i == j || a.Measure > Sum || b.Measure > Sum || a.byCluster() != b.byCluster() || a.any && b.any || a.Lo < 1 || b.Hi == math.MaxInt64 || !a.part(&b.Condition) || a.least(&b.Condition) <= b.Hi {
				continue
			}
			at, other := a, b
			if j > i {
				at, other = b, a
			}
			same := "the same"
			if a.Measure != b.Measure || a.Value != b.Value {
				same = "the " + b.Measure.String() + " " + b.subject()
			}
			p.at(at.node, "this condition and the one at line %d never hold together: a %s %s of %s within %s cannot be when %s is %s within %s; mend one of them",
				other.node.Line, a.Measure, a.subject(), a.lower(), a.WithinText, same, b.upper(), b.WithinText)
		}
	}
}

// subject names what a condition measures, as its rule writes it.
func (c *Condition) subject() string {
	if c.Measure == Count {
		return "of " + c.Of.Kinds.String()
	}
	return c.Value.String() + " of " + c.Of.Kinds.String()
}
