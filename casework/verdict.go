package casework

import (
	"fmt"

	"github.com/orderguard/orderguard"
)

// verdicts is the case of one alert. The trail itself is with the store.
type verdicts struct {
	answer  orderguard.Answer
	number  int
	comment string
	by      string
	first   orderguard.Millis
	last    orderguard.Millis
	flag    Flag     // as it was at the last verdict
	finding *finding // of an abnormal one
	// pardonedFrom is that of the first finding, 0 without one: a seller who takes a verdict back and
	// gives it again says nothing that an override in between has not pardoned.
	pardonedFrom uint64
}

// judge gives an answer to each flag. If one of them cannot be changed any
// more, none is.
func (d *Desk) judge(by string, j *Judge) *Refusal {
	for i := range j.Flags {
		alert := j.Flags[i].Alert
		c := d.cases[alert]
		if c == nil && j.Flags[i].Verdicts > 0 {
			return refuse(TooOld, alert,
				fmt.Sprintf("the case of alert %q is closed: it was answered longer ago than records are kept", alert),
				"该预警已结案，核实时间已超过保存期限，不能再修改")
		}
		if c != nil && d.closed(c) && (c.answer != j.Answer || len(j.Flags) == 1 && !c.is(by, j)) {
			return d.closedCase(c, j, alert)
		}
	}
	for i := range j.Flags {
		d.answer(by, j, &j.Flags[i])
	}
	d.settle()
	return nil
}

// closedCase refuses a verdict on a closed case.
func (d *Desk) closedCase(c *verdicts, j *Judge, alert string) *Refusal {
	within := lasting(d.p.Verdicts.OpenFor)
	en := fmt.Sprintf("the case of alert %q is closed: its first verdict is from %s, and could be changed for %s", alert, c.first, within.En)
	zh := fmt.Sprintf("预警 %s 已结案，核实结果不能再修改（首次核实后 %s内可以修改）", alert, within.Zh)
	if len(j.Flags) > 1 {
		en, zh = en+"; the other orders of the attack can be answered one by one", zh+"；该攻击的其他订单可逐个核实"
	}
	return refuse(TooOld, alert, en, zh)
}

// closed says whether a case cannot be changed any more.
func (d *Desk) closed(c *verdicts) bool { return d.now > c.first+d.p.Verdicts.OpenFor }

// is says whether a case was answered so by somebody.
func (c *verdicts) is(by string, j *Judge) bool {
	return c.answer == j.Answer && c.comment == j.Comment && c.by == by
}

// answer gives one flag its answer: what the one before brought is taken back,
// and what this one brings follows. The same answer sent again brings nothing.
func (d *Desk) answer(by string, j *Judge, f *Flag) {
	c := d.cases[f.Alert]
	if c == nil {
		c = &verdicts{first: d.now}
		d.cases[f.Alert] = c
		d.schedule(entry{at: d.now + d.p.Records.Keep, do: lookAtCase, key: f.Alert})
	} else if c.is(by, j) || d.closed(c) {
		return // sent again, or of an attack, of which others are new
	}
	was := c.answer
	c.number++
	c.comment, c.by, c.last = j.Comment, by, d.now
	d.emit(Change{Verdict: &orderguard.Verdict{
		Alert: f.Alert, Order: f.Order.Order, Shop: f.Order.Shop, Buyer: f.Order.Buyer, Scenario: f.Scenario,
		Answer: j.Answer, Was: was, By: by, At: d.now, Comment: j.Comment, Number: c.number,
	}})
	if was == j.Answer {
		return
	}
	d.takeBack(c)
	c.answer, c.flag = j.Answer, *f
	switch j.Answer {
	case orderguard.AnswerAbnormal:
		c.finding = d.found(f.Order, "verdict/"+f.Alert, f.Scenario, f.Attack, d.weigh(f.Severity, f.Scenario, d.seller(f.Order.Shop).Weight, false))
		if c.pardonedFrom == 0 {
			c.pardonedFrom = c.finding.pardonedFrom
		}
		c.finding.pardonedFrom = c.pardonedFrom
		d.stand(c.finding)
		d.saysQuiet(f, true)
		d.countRules(f.Rules, 1, 0)
	case orderguard.AnswerNormal:
		d.saysQuiet(f, false)
		d.countRules(f.Rules, 0, 1)
	}
}

// takeBack undoes what the answer of a case brought.
func (d *Desk) takeBack(c *verdicts) {
	d.unsaysQuiet(&c.flag)
	switch c.answer {
	case orderguard.AnswerAbnormal:
		d.withdraw(c.finding)
		c.finding = nil
		d.countRules(c.flag.Rules, -1, 0)
	case orderguard.AnswerNormal:
		d.countRules(c.flag.Rules, 0, -1)
	}
}

// countRules moves the records of the rules behind an alert.
func (d *Desk) countRules(rules []RuleRef, abnormal, normal int) {
	for _, r := range rules {
		rec := d.rules[r]
		if rec == nil {
			rec = &orderguard.RuleRecord{Rule: r.Rule, Version: r.Version}
			d.rules[r] = rec
		}
		rec.Abnormal += abnormal
		rec.Normal += normal
		d.dirty.rules.mark(r, "")
	}
}

// caseDue lets the record of an alert go, once nobody has touched it for as
// long as records are kept. What it brought stays.
func (d *Desk) caseDue(alert string) {
	c := d.cases[alert]
	if c == nil {
		return
	}
	if end := c.last + d.p.Records.Keep; d.now < end {
		d.schedule(entry{at: end, do: lookAtCase, key: alert})
		return
	}
	delete(d.cases, alert)
	d.emit(Change{Gone: &Gone{Alert: alert, Shop: c.flag.Order.Shop, At: d.now}})
}

// Answer returns the verdict that stands on an alert, 0 for none.
func (d *Desk) Answer(alert string) orderguard.Answer {
	if c := d.cases[alert]; c != nil {
		return c.answer
	}
	return 0
}

// Rule returns how the verdicts that stand agree with a rule.
func (d *Desk) Rule(r RuleRef) orderguard.RuleRecord {
	if rec := d.rules[r]; rec != nil {
		return *rec
	}
	return orderguard.RuleRecord{Rule: r.Rule, Version: r.Version}
}
