package detect

import (
	"strconv"
	"strings"
)

// withLimit adds the limit to a sentence, in parentheses.
func (c *Condition) withLimit(sentence string) string {
	if c.Op == "" {
		return sentence
	}
	return sentence + " (" + c.limit() + ")"
}

func (c *Condition) withLimitZh(sentence string) string {
	if c.Op == "" {
		return sentence
	}
	return sentence + "（" + c.limitZh() + "）"
}

// who says of whom a condition speaks: "by this buyer at this shop".
func (c *Condition) who(words map[Field]string) string {
	var b strings.Builder
	for _, f := range byOrder {
		if c.groups(f) {
			b.WriteString(words[f])
		}
	}
	return b.String()
}

// rateSentence says what a Rate measured: "Of the paid orders by this buyer
// within 90 days, at least 43% led to refunded orders, by a cautious estimate (limit 25)".
func (c *Condition) rateSentence(value int64) string {
	hits, all := nounOf(&c.Of), nounOf(&c.Over)
	return c.withLimit("Of the " + all.english(2) + c.who(byEnglish) + " within " + english(c.Within) + ", at least " +
		strconv.FormatInt(value, 10) + "% led to " + hits.english(2) + ", by a cautious estimate")
}

func (c *Condition) rateSentenceZh(value int64) string {
	hits, all := nounOf(&c.Of), nounOf(&c.Over)
	return c.withLimitZh(c.who(byChinese) + " " + chinese(c.Within) + "内的" + all.chinese() + "中，保守估计至少 " +
		strconv.FormatInt(value, 10) + "% 引起" + hits.chinese())
}

// spreadSentence says what a Spread measured.
func (c *Condition) spreadSentence(value int64) string {
	return c.withLimit("The linked accounts that ordered within " + english(c.Within) + " were registered within " +
		plural(value+1, "day") + " of each other")
}

func (c *Condition) spreadSentenceZh(value int64) string {
	return c.withLimitZh(chinese(c.Within) + "内下单的关联账户的注册时间相差不到 " + strconv.FormatInt(value+1, 10) + " 天")
}

// lockstepSentence says what a Lockstep measured. It names no other shop.
func (c *Condition) lockstepSentence(value int64) string {
	placed := " ordered"
	if c.Of.Kinds != created {
		n := nounOf(&c.Of)
		placed = " had " + n.english(2)
	}
	if c.State != 0 {
		placed = " placed " + c.State.String() + " orders"
	}
	return c.withLimit(plural(value, "account") + placed + " at the same " + strconv.Itoa(c.Shops) + " or more shops, each time within " +
		english(c.Apart) + " of each other, within " + english(c.Within))
}

func (c *Condition) lockstepSentenceZh(value int64) string {
	var n noun
	n.of(c.State)
	did := "下单"
	if c.State != 0 {
		did += "（只计" + n.zhBefore + "订单）"
	}
	if c.Of.Kinds != created {
		n = nounOf(&c.Of)
		did = "有" + spaced(n.chinese())
	}
	return c.withLimitZh(chinese(c.Within) + "内有 " + strconv.FormatInt(value, 10) + " 个账户在相同的 " + strconv.Itoa(c.Shops) +
		" 家或更多店铺、每次相隔不到 " + chinese(c.Apart) + did)
}
