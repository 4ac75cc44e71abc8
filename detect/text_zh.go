package detect

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orderguard/orderguard"
)

// wholeZh says, by scenario, what a rule without title and conditions found.
var wholeZh = [orderguard.Scenarios]string{
	orderguard.MaliciousOrder:   "该订单疑似无购买意图的恶拍订单",
	orderguard.MaliciousRefund:  "该订单符合恶意退款的特征",
	orderguard.MaliciousDispute: "该纠纷符合恶意纠纷的特征",
	orderguard.MaliciousReview:  "该评价符合恶意评价的特征",
	orderguard.Harassment:       "该订单备注疑似骚扰或广告",
	orderguard.Unfulfillable:    "该订单按现有信息无法履约",
}

// partiesZh names parties: "买家或平台".
func partiesZh(names []string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = map[string]string{"buyer": "买家", "seller": "卖家", "platform": "平台"}[n]
	}
	return strings.Join(parts, "或")
}

// byChinese are the fields of By as what an event happens within. The order of
// naming is byOrder; a shop or category stands after who acts.
var byChinese = map[Field]string{
	FieldOrder: "该订单",
	FieldBuyer: "该买家", FieldSKU: "对同一商品", FieldCategory: "在同一类目", FieldShop: "在本店",
	FieldDevice: "通过同一设备", FieldIP: "通过同一 IP 地址", FieldAddress: "以同一收货地址",
	FieldPayment: "以同一支付账户", FieldPhone: "以同一电话", FieldEvidence: "以相同证据", FieldWording: "以雷同措辞", FieldCluster: "由关联账户",
	FieldAccountDevice: "以该账户申报的设备", FieldAccountIP: "以该账户申报的 IP 地址", FieldAccountAddress: "以该账户申报的地址",
	FieldAccountPayment: "以该账户申报的支付账户",
}

// byChineseAlone are those that read better where no other field stands before
// them.
var byChineseAlone = map[Field]string{
	FieldSKU: "同一商品", FieldCategory: "同一类目", FieldShop: "本店", FieldDevice: "同一设备",
	FieldIP: "同一 IP 地址", FieldAddress: "同一收货地址", FieldPayment: "同一支付账户", FieldPhone: "同一电话",
}

var sumNamesZh = map[Field]string{
	FieldRating: "评分", FieldQty: "件数", FieldAmount: "金额", FieldRefund: "退款",
}

// whoZh says of whom a condition speaks: "该买家在本店".
func (c *Condition) whoZh() string {
	var b strings.Builder
	for _, f := range byOrder {
		switch {
		case !c.groups(f):
		case b.Len() == 0 && byChineseAlone[f] != "":
			b.WriteString(byChineseAlone[f])
		default:
			b.WriteString(byChinese[f])
		}
	}
	return b.String()
}

// sentenceZh is sentence in Chinese: "该买家在本店 10 分钟内下单 12 笔（阈值 10）".
func (c *Condition) sentenceZh(value int64) string {
	switch c.Measure {
	case Rate:
		return c.rateSentenceZh(value)
	case Spread:
		return c.spreadSentenceZh(value)
	case Lockstep:
		return c.lockstepSentenceZh(value)
	case Surprise:
		return c.surpriseSentenceZh(value, 0)
	}
	n := nounOf(&c.Of)
	n.of(c.State)
	number := strconv.FormatInt(value, 10)
	var b strings.Builder
	b.WriteString(c.whoZh() + " " + chinese(c.Within) + "内")
	if c.Aged > 0 {
		b.WriteString("、至少 " + chinese(c.Aged) + "前")
	}
	switch {
	case c.Since > 0:
		b.WriteString("、" + chinese(c.Lone) + "内仅在最近" + chinese(c.Since) + "有已付款订单的买家")
	case c.Lone > 0:
		b.WriteString("、" + chinese(c.Lone) + "内没有其他已付款订单的买家")
	case c.PaidAfter > 0:
		b.WriteString("、下单" + chinese(c.PaidAfter) + "后才付款的订单")
	}
	what := n.chinese()
	switch {
	case c.Measure == Count && n.partly:
		b.WriteString(spaced(what) + number + " " + n.unit)
	case c.Measure == Count:
		b.WriteString(spaced(what) + " " + number + " " + n.unit)
	case c.Measure == Distinct && c.Value == FieldBuyer:
		b.WriteString("有 " + number + " 个不同买家" + spaced(what))
	case c.Measure == Distinct:
		b.WriteString(spaced(what) + "涉及 " + number + " 个不同" + spaced(fields[c.Value].zh))
	case c.Measure == Sum:
		b.WriteString(spaced(what) + sumNamesZh[c.Value] + "合计 " + number)
	}
	if c.Op != "" {
		b.WriteString("（" + c.limitZh() + "）")
	}
	return b.String()
}

// chinese puts the noun after what narrows it.
func (n *noun) chinese() string {
	if n.partly {
		return n.zhBefore + n.zh + "（符合规则条件）"
	}
	return n.zhBefore + n.zh
}

// spaced parts a number or Latin letter at the beginning of s from the Chinese
// before it.
func spaced(s string) string {
	if s != "" && s[0] < utf8.RuneSelf {
		return " " + s
	}
	return s
}

// limitZh is limit in Chinese.
func (c *Condition) limitZh() string {
	number := strconv.FormatInt(c.Limit, 10)
	switch c.Op {
	case "above":
		return "阈值：超过 " + number
	case "at_most":
		return "阈值：不超过 " + number
	case "below":
		return "阈值：低于 " + number
	}
	return "阈值 " + number
}

// chinese says a length of time in its largest whole units.
func chinese(d orderguard.Millis) string {
	var b strings.Builder
	for _, u := range units {
		if n := int64(d / u.length); n > 0 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(strconv.FormatInt(n, 10) + " " + u.zh)
			d %= u.length
		}
	}
	return b.String()
}
