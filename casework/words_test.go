package casework

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// What sellers read counts nothing that is not there, and one thing as one.
func TestWordsOfAnExamination(t *testing.T) {
	p := DefaultPolicy()
	flagged := &Seen{Scenario: orderguard.Harassment, Severity: orderguard.High, Score: 75}
	for _, c := range []struct {
		alert        *Seen
		shops, here  int
		text, textZh string
	}{
		{nil, 0, 1, "No alert stands on this order; 1 other order of the buyer at your shop was flagged", "该订单无有效预警；该买家在本店有 1 笔其他订单被预警"},
		{nil, 0, 2, "No alert stands on this order; 2 other orders of the buyer at your shop were flagged", "该订单无有效预警；该买家在本店有 2 笔其他订单被预警"},
		{nil, 1, 2, "No alert stands on this order; 2 other orders of the buyer at your shop and orders at 1 other shop were flagged",
			"该订单无有效预警；该买家在本店有 2 笔其他订单、在其他 1 家店铺有订单被预警"},
		{nil, 3, 0, "No alert stands on this order; orders of the buyer at 3 other shops were flagged", "该订单无有效预警；该买家在其他 3 家店铺有订单被预警"},
		{flagged, 0, 2, "This order was flagged with the score 75, and no order of the buyer at another shop was flagged alike; that is not enough for a decision without a reviewer",
			"该订单被预警，风险分 75，该买家在其他店铺没有同类预警；不足以直接认定，转人工审核"},
		{flagged, 1, 0, "This order was flagged with the score 75, and orders of the buyer at 1 other shop were flagged alike; that is not enough for a decision without a reviewer",
			"该订单被预警，风险分 75，该买家在其他 1 家店铺有同类预警；不足以直接认定，转人工审核"},
		{flagged, 2, 0, "This order was flagged with the score 75, and orders of the buyer at 2 other shops were flagged alike; from 70 and 2 other shops a case is clear",
			"该订单被预警，风险分 75，且该买家在其他 2 家店铺有同类预警；达到 70 分且 2 家店铺即可认定"},
	} {
		var b BuyerRecord
		b.Shops[orderguard.Harassment], b.Here[orderguard.Harassment] = c.shops, c.here
		e := p.examinedFor(orderguard.Harassment, c.alert, &b)
		require.Equal(t, orderguard.Wording{En: c.text, Zh: c.textZh}, e.Wording)
	}
}

func TestLasting(t *testing.T) {
	for m, want := range map[orderguard.Millis]orderguard.Wording{
		30 * day:    {En: "30 days", Zh: "30 天"},
		day:         {En: "1 day", Zh: "1 天"},
		36 * hour:   {En: "36 hours", Zh: "36 小时"},
		hour:        {En: "1 hour", Zh: "1 小时"},
		90 * minute: {En: "90 minutes", Zh: "90 分钟"},
		1500:        {En: "1.5s", Zh: "1.5s"},
	} {
		require.Equal(t, want, lasting(m))
	}
}

// Of an attack of which one case is closed, the others can be answered.
func TestAClosedCaseOfAnAttack(t *testing.T) {
	x := newTable(t, "")
	judge := func(a orderguard.Answer, alerts ...string) Act {
		j := &Judge{Shop: "s-1", Answer: a}
		for _, id := range alerts {
			j.Flags = append(j.Flags, Flag{Alert: id, Attack: "at_1", Scenario: orderguard.MaliciousOrder, Severity: orderguard.High, Order: placed("o-" + id)})
		}
		return Act{Judge: j}
	}
	x.must("ann", judge(orderguard.AnswerIgnore, "1"))
	x.now += 31 * day
	_, err := x.do("ann", judge(orderguard.AnswerAbnormal, "1", "2"))
	require.ErrorContains(t, err, "could be changed for 30 days; the other orders of the attack can be answered one by one")
	_, err = x.do("ann", judge(orderguard.AnswerAbnormal, "1"))
	require.ErrorContains(t, err, "could be changed for 30 days")
	require.NotContains(t, err.Error(), "one by one")
	x.must("ann", judge(orderguard.AnswerAbnormal, "2"))
}
