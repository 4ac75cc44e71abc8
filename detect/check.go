package detect

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// check refuses a rule that can never fire, that no event can feed, or that
// would flag everything. Its parts were read without a fault.
func (p *parser) check(d *draft) {
	if len(d.conds) == 0 && len(d.On.Where) == 0 && d.keys["expr"] == nil {
		p.at(d.node, "the rule has no condition, no where and no expr, so that it would flag every %s; add one", d.On.Kinds)
		return
	}
	before := len(p.list)
	if !p.checkCarried(d.keys["where"], &d.On, 0) {
		return
	}
	for _, c := range d.first {
		if p.checkFed(c) {
			p.checkAsked(c, d)
			p.checkReach(c, false)
		}
	}
	for _, c := range d.conds {
		if !p.checkFed(c) {
			continue
		}
		p.checkAsked(c, d)
		p.checkReach(c, d.keys["expr"] != nil && !c.any)
		p.checkFloor(c, d)
	}
	for _, c := range d.given {
		p.checkAsked(c, d)
	}
	if len(p.list) > before {
		return
	}
	p.checkTogether(d)
	p.checkPairs(d)
	p.checkFlags(d)
}

// ofFact begins what is wrong with a condition of a fact, told where a rule names the fact.
func (c *condDraft) ofFact() string {
	if c.Fact == "" {
		return ""
	}
	return fmt.Sprintf("the fact %q: ", c.Fact)
}

// carriers returns the kinds of set that carry all of the fields.
func carriers(set KindSet, list ...Field) KindSet {
	for _, f := range list {
		set &= f.On()
	}
	return set
}

// checkFed refuses a condition whose windows no event can enter.
func (p *parser) checkFed(c *condDraft) bool {
	for _, f := range c.By {
		if carriers(c.Of.Kinds, f) == 0 {
			p.at(c.keys["by"], "no %s event carries the field %q, so that nothing is ever measured by it; only %s does", c.Of.Kinds, f, f.On())
			return false
		}
	}
	if c.Value != 0 && carriers(c.Of.Kinds, c.Value) == 0 {
		p.at(c.keys[c.Measure.String()], "no %s event carries the field %q, so that nothing is ever measured; only %s does", c.Of.Kinds, c.Value, c.Value.On())
		return false
	}
	need := c.By
	if c.Value != 0 {
		need = append(need[:len(need):len(need)], c.Value)
	}
	if carriers(c.Of.Kinds, need...) == 0 {
		p.at(c.node, "no kind of event among %s carries all of %s, so that nothing is ever measured; measure fewer fields at once", c.Of.Kinds, fieldList(need))
		return false
	}
	for _, f := range need {
		if c.Of.asks(f, Absent) {
			p.at(c.keys["where"], "where asks for events without the field %q, and only events that have it are measured, so that nothing ever is; remove it from where", f)
			return false
		}
	}
	return p.checkCarried(c.keys["where"], &c.Of, carriers(c.Of.Kinds, need...))
}

// checkCarried refuses a where: that asks for more fields than any kind of
// event carries at once; measured are the kinds that a condition can measure, 0
// for the where: of a rule.
func (p *parser) checkCarried(n *yaml.Node, s *Selector, measured KindSet) bool {
	kinds, what := s.Kinds, "the fields of where"
	if measured != 0 {
		kinds, what = measured, "the fields of where and those that the condition measures"
	}
	for i := range s.Where {
		kinds &= s.Where[i].Field.On()
	}
	if kinds == 0 {
		p.at(n, "no kind of event among %s carries all of %s, so that none ever passes; ask for fewer fields at once", s.Kinds, what)
	}
	return kinds != 0
}

// asks says whether the selector puts the test to the field.
func (s *Selector) asks(f Field, test Test) bool {
	for i := range s.Where {
		if s.Where[i].Field == f && s.Where[i].Test == test {
			return true
		}
	}
	return false
}

// checkAsked refuses a condition that no judged event can ask for, because it
// does not carry the fields of by:, or other values of them.
func (p *parser) checkAsked(c *condDraft, d *draft) {
	for _, f := range c.By {
		if d.On.Kinds&c.known(f) == 0 {
			p.at(c.keys["by"], "%sno %s event, which the rule judges, carries the field %q, so that the condition never holds; judge %s instead", c.ofFact(), d.On.Kinds, f, f.On())
			return
		}
		if d.On.asks(f, Absent) {
			p.at(c.keys["by"], "%sthe rule judges only events without the field %q, so that the condition never holds; remove it from the rule's where, or from by", c.ofFact(), f)
			return
		}
		ours, theirs := d.On.oneOf(f), c.Of.oneOf(f)
		if ours != nil && theirs != nil && !meet(ours, theirs) {
			p.at(c.keys["where"], "%sthe rule judges %s %s and the condition measures %s, so that they never share a window; mend one of them",
				c.ofFact(), f, strings.Join(ours, ", "), strings.Join(theirs, ", "))
			return
		}
	}
}

// oneOf returns the values that a selector allows a text field; nil is any.
func (s *Selector) oneOf(f Field) []string {
	for i := range s.Where {
		if s.Where[i].Field == f && s.Where[i].Test == OneOf {
			return s.Where[i].Values
		}
	}
	return nil
}

// meet says whether two sorted lists share a value.
func meet(a, b []string) bool {
	for len(a) > 0 && len(b) > 0 {
		switch strings.Compare(a[0], b[0]) {
		case -1:
			a = a[1:]
		case 1:
			b = b[1:]
		default:
			return true
		}
	}
	return false
}

// fieldList writes fields as rules do.
func fieldList(list []Field) string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.String()
	}
	return strings.Join(names, ", ")
}

// checkTogether refuses a rule for which no kind of judged event carries the
// fields of all its conditions.
func (p *parser) checkTogether(d *draft) {
	kinds, conds := d.On.Kinds, slices.Concat(d.conds, d.given)
	for _, c := range conds {
		if c.any {
			continue
		}
		if kinds = c.askedAt(kinds); kinds == 0 {
			p.at(c.keys["by"], "%sno kind of event among %s carries the fields of this condition and of those before it, so that they never hold together; judge one kind of event", c.ofFact(), d.On.Kinds)
			return
		}
	}
	for _, c := range conds {
		if c.any && c.askedAt(kinds) == 0 {
			p.at(c.keys["by"], "%sno %s event that can meet the conditions of all carries the fields of this one, so that it never holds", c.ofFact(), d.On.Kinds)
		}
	}
	if kinds&withOrder != d.On.Kinds&withOrder {
		for i := range d.On.Where {
			if f := d.On.Where[i].Field; carriers(kinds, f) == 0 {
				p.at(d.keys["where"], "no kind of event carries both %q and the fields of the conditions, so that the rule never fires", f)
			}
		}
	}
}

// checkFlags refuses a rule that has no order to flag.
func (p *parser) checkFlags(d *draft) {
	if d.On.Kinds&withOrder != 0 {
		return
	}
	for _, c := range d.conds {
		if !c.Context && c.Of.Kinds&withOrder != 0 {
			return
		}
	}
	p.at(d.keys["on"], "an account event has no order, and no condition of the rule counts events that have one, so that there is never an order to flag; judge order.created, or add such a condition")
}
