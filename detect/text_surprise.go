package detect

import (
	"math"
	"strings"
)

// leads are the first digits of ten to the power of tenths.
var leads = [10]string{"1", "1", "2", "2", "3", "3", "4", "5", "6", "8"}

const (
	// mostTold is the highest surprise, in decibans, that sentences tell as a
	// chance: one in a billion. Beyond, the number says nothing more to anybody.
	mostTold = 90
	// leastTold is the lowest that is called unusual: one in ten.
	leastTold = 10
)

// oneIn returns how many times as rare as the certain a surprise is: "1,000,000"
// for 60 decibans; not exact beyond mostTold.
func oneIn(decibans int64) (times string, exact bool) {
	d := min(max(decibans, 0), mostTold)
	digits := leads[d%10] + strings.Repeat("0", int(d/10))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits, decibans <= mostTold
}

// chance says a surprise in words: "a chance of about 1 in 1,000,000".
func chance(decibans int64) string {
	times, exact := oneIn(decibans)
	if !exact {
		return "a chance below 1 in " + times
	}
	return "a chance of about 1 in " + times
}

func chanceZh(decibans int64) string {
	times, exact := oneIn(decibans)
	if !exact {
		return "偶然发生的概率低于 1/" + times
	}
	return "偶然发生的概率约为 1/" + times
}

// surpriseLimit says what a surprise was held against.
func (c *Condition) surpriseLimit() string {
	times, exact := oneIn(c.Limit)
	one := "1 in " + times
	switch {
	case c.Op == "":
		return ""
	case !exact && c.Lo > math.MinInt64:
		return " (limit: far below " + one + ")"
	case !exact:
		return " (limit: not too far below " + one + ")"
	}
	return map[string]string{
		"at_least": " (limit ", "above": " (limit: below ", "at_most": " (limit: not below ", "below": " (limit: above ",
	}[c.Op] + one + ")"
}

func (c *Condition) surpriseLimitZh() string {
	times, exact := oneIn(c.Limit)
	one := " 1/" + times + "）"
	switch {
	case c.Op == "":
		return ""
	case !exact && c.Lo > math.MinInt64:
		return "（阈值：远低于" + one
	case !exact:
		return "（阈值：不远低于" + one
	}
	return map[string]string{
		"at_least": "（阈值", "above": "（阈值：低于", "at_most": "（阈值：不低于", "below": "（阈值：高于",
	}[c.Op] + one
}

// counting is the condition as if it counted, without a limit.
func (c *Condition) counting() *Condition {
	return &Condition{Measure: Count, Of: c.Of, By: c.By, Within: c.Within}
}

// surpriseSentence says what a Surprise measured, at a count, 0 if that is not
// known: "40 orders at this shop within 10 minutes are unusual for this shop at
// this time of day: a chance of about 1 in 1,000,000 (limit 1 in 10,000)".
func (c *Condition) surpriseSentence(value, count int64) string {
	n, usual := nounOf(&c.Of), value < leastTold
	what, verb, whose := n.english(2)+c.who(byEnglish), " are ", " for the two"
	if !c.ofEdge() {
		what += " within " + english(c.Within)
		whose = " for this " + fields[c.By[0]].en + " at this time of day"
	} else if !usual {
		what += " in so short a time"
	}
	switch {
	case count > 0:
		if what = c.counting().sentence(count); count == 1 {
			verb = " is "
		}
	case usual:
		what = "The " + what
	default:
		what = "So many " + what
	}
	if usual {
		return what + verb + "nothing unusual" + whose + c.surpriseLimit()
	}
	return what + verb + "unusual" + whose + ": " + chance(value) + c.surpriseLimit()
}

// surpriseSentenceZh is surpriseSentence in Chinese: "本店 10 分钟内下单 40
// 笔，就该店铺这一时段的以往情况而言并不寻常：偶然发生的概率约为 1/1,000,000（阈值 1/10,000）".
func (c *Condition) surpriseSentenceZh(value, count int64) string {
	what, whose := c.whoZh(), "，就双方的以往情况而言"
	if c.ofEdge() {
		what += "短时间内"
	} else {
		what += " " + chinese(c.Within) + "内"
		whose = "，就该" + spaced(fields[c.By[0]].zh) + "这一时段的以往情况而言"
	}
	n := nounOf(&c.Of)
	switch {
	case count > 0:
		what = c.counting().sentenceZh(count)
	case value < leastTold:
		what += spaced(n.chinese()) + "的次数"
	default:
		what += "如此频繁" + spaced(n.chinese())
	}
	if value < leastTold {
		return what + whose + "并无异常" + c.surpriseLimitZh()
	}
	return what + whose + "并不寻常：" + chanceZh(value) + c.surpriseLimitZh()
}
