package detect

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/orderguard/orderguard"
)

// Reason returns what the rule found, as a sentence in English and in Chinese.
// cond is the leading condition, counted over All and then Any, and value what
// it measured; -1 stands for a rule without conditions, and the reason then
// has no limit and no window.
func (r *Rule) Reason(e *orderguard.Event, cond int, value int64) orderguard.Reason {
	return r.reason(cond, value, 0)
}

// reason is Reason with the count at which a Surprise was measured, 0 if that is
// not known.
func (r *Rule) reason(cond int, value, count int64) orderguard.Reason {
	reason := orderguard.Reason{Rule: r.ID, Version: r.Version, Value: value, Text: r.Title, TextZh: r.TitleZh}
	if reason.Text == "" {
		reason.Text = whole[r.Scenario]
	}
	if reason.TextZh == "" {
		reason.TextZh = wholeZh[r.Scenario]
	}
	if cond < 0 {
		return reason
	}
	c := r.Condition(cond)
	reason.Limit, reason.Within = c.Limit, c.WithinText
	if c.onOrder() && c.Of.Kinds == created {
		return reason // that there is one order of this order tells nobody anything
	}
	en, zh := c.sentence(value), c.sentenceZh(value)
	if c.Measure == Surprise {
		en, zh = c.surpriseSentence(value, count), c.surpriseSentenceZh(value, count)
	}
	if r.Title != "" {
		en = strings.TrimRight(r.Title, ".:") + ": " + en
	}
	if r.TitleZh != "" {
		zh = strings.TrimRight(r.TitleZh, "。：") + "：" + zh
	}
	reason.Text, reason.TextZh = en, zh
	return reason
}

// whole says, by scenario, what a rule without title and conditions found.
var whole = [orderguard.Scenarios]string{
	orderguard.MaliciousOrder:   "This order looks placed without the intention to buy",
	orderguard.MaliciousRefund:  "This order fits a pattern of refund abuse",
	orderguard.MaliciousDispute: "This dispute fits a pattern of dispute abuse",
	orderguard.MaliciousReview:  "This review fits a pattern of review abuse",
	orderguard.Harassment:       "The remark on this order looks like harassment or advertising",
	orderguard.Unfulfillable:    "This order cannot be fulfilled as it stands",
}

// sentence says what the condition measured: "12 orders by this buyer at this
// shop within 10 minutes (limit 10)".
func (c *Condition) sentence(value int64) string {
	switch c.Measure {
	case Rate:
		return c.rateSentence(value)
	case Spread:
		return c.spreadSentence(value)
	case Lockstep:
		return c.lockstepSentence(value)
	case Surprise:
		return c.surpriseSentence(value, 0)
	}
	n := nounOf(&c.Of)
	n.of(c.State)
	number := strconv.FormatInt(value, 10)
	var b strings.Builder
	switch c.Measure {
	case Count:
		b.WriteString(number + " " + n.english(value))
	case Distinct:
		info := &fields[c.Value]
		name := info.ens
		if value == 1 {
			name = info.en
		}
		b.WriteString(number + " different " + name + " with " + n.english(2))
	case Sum:
		b.WriteString(sumNamesEn[c.Value] + " of " + number + " over " + n.english(2))
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
	b.WriteString(" within " + english(c.Within))
	if c.Aged > 0 {
		b.WriteString(", " + english(c.Aged) + " ago or longer")
	}
	b.WriteString(c.loneSentence())
	if c.Op != "" {
		b.WriteString(" (" + c.limit() + ")")
	}
	return b.String()
}

// loneSentence says which events count alone, of a condition with Lone or PaidAfter.
func (c *Condition) loneSentence() string {
	switch {
	case c.Since > 0:
		return ", of buyers who first paid for an order in the last " + english(c.Since) + " of " + english(c.Lone)
	case c.Lone > 0:
		return ", of buyers who paid for no other order in " + english(c.Lone)
	case c.PaidAfter > 0:
		return ", paid " + english(c.PaidAfter) + " after they were placed or later"
	}
	return ""
}

// limit says what the value was held against.
func (c *Condition) limit() string {
	number := strconv.FormatInt(c.Limit, 10)
	switch c.Op {
	case "above":
		return "limit: more than " + number
	case "at_most":
		return "limit: at most " + number
	case "below":
		return "limit: below " + number
	}
	return "limit " + number
}

// groups says whether f is one of the fields of By.
func (c *Condition) groups(f Field) bool {
	for _, b := range c.By {
		if b == f {
			return true
		}
	}
	return false
}

// byOrder is the order in which sentences name the fields of By.
var byOrder = []Field{
	FieldOrder, FieldBuyer, FieldSKU, FieldCategory, FieldShop, FieldDevice, FieldIP, FieldAddress, FieldPayment, FieldPhone,
	FieldAccountDevice, FieldAccountIP, FieldAccountAddress, FieldAccountPayment, FieldEvidence, FieldWording, FieldCluster,
}

var byEnglish = map[Field]string{
	FieldOrder: " on this order",
	FieldBuyer: " by this buyer", FieldSKU: " of this item", FieldCategory: " in this category",
	FieldCluster: " by linked accounts", FieldEvidence: " with the same evidence", FieldWording: " in like words", FieldShop: " at this shop", FieldDevice: " from this device", FieldIP: " from this IP address",
	FieldAddress: " to this delivery address", FieldPayment: " with this payment account", FieldPhone: " with this phone number",
	FieldAccountDevice: " with the device that this account declared", FieldAccountIP: " with the IP address that this account declared",
	FieldAccountAddress: " with the address that this account declared", FieldAccountPayment: " with the payment account that this account declared",
}

var sumNamesEn = map[Field]string{
	FieldRating: "a total rating", FieldQty: "a total quantity", FieldAmount: "a total amount",
	FieldRefund: "a total refund",
}

// noun is what a selector picks, in words.
type noun struct {
	one, many string // "order", "orders"
	zh        string // as something that is done: "下单"
	unit      string // the Chinese measure word
	after     string // what follows the noun in English: " rated 1 to 2"
	zhBefore  string // what goes before it in Chinese: "由买家"
	between   bool   // it is between the buyer and the shop, not by the buyer
	partly    bool   // filters that have no words here narrow it further
}

func (n *noun) english(value int64) string {
	word := n.many
	if value == 1 {
		word = n.one
	}
	if n.partly {
		word = "matching " + word
	}
	return word + n.after
}

// nouns are the words for the kinds that rules count, alone or together.
var nouns = map[KindSet]noun{
	created:                              {one: "order", many: "orders", zh: "下单", unit: "笔"},
	orders:                               {one: "order event", many: "order events", zh: "订单变动", unit: "次"},
	kindSet(orderguard.OrderPaid):        {one: "paid order", many: "paid orders", zh: "付款", unit: "笔"},
	kindSet(orderguard.OrderShipped):     {one: "shipped order", many: "shipped orders", zh: "发货", unit: "笔"},
	kindSet(orderguard.OrderDelivered):   {one: "delivered order", many: "delivered orders", zh: "签收", unit: "笔"},
	kindSet(orderguard.OrderCompleted):   {one: "completed order", many: "completed orders", zh: "完成交易", unit: "笔"},
	kindSet(orderguard.OrderCancelled):   {one: "cancelled order", many: "cancelled orders", zh: "取消订单", unit: "笔"},
	kindSet(orderguard.OrderRefunded):    {one: "refunded order", many: "refunded orders", zh: "退款", unit: "笔"},
	undone:                               {one: "cancelled or refunded order", many: "cancelled or refunded orders", zh: "取消或退款", unit: "笔"},
	kindSet(orderguard.DisputeOpened):    {one: "dispute", many: "disputes", zh: "发起纠纷", unit: "起"},
	kindSet(orderguard.DisputeEscalated): {one: "escalated dispute", many: "escalated disputes", zh: "提起裁决", unit: "起"},
	kindSet(orderguard.DisputeWithdrawn): {one: "withdrawn dispute", many: "withdrawn disputes", zh: "撤销纠纷", unit: "起"},
	kindSet(orderguard.DisputeClosed):    {one: "closed dispute", many: "closed disputes", zh: "纠纷结案", unit: "起"},
	disputes:                             {one: "dispute event", many: "dispute events", zh: "纠纷变动", unit: "次"},
	reviews:                              {one: "review", many: "reviews", zh: "评价", unit: "条"},
	messages:                             {one: "message", many: "messages", zh: "消息", unit: "条"},
	accounts:                             {one: "declared account", many: "declared accounts", zh: "账户登记", unit: "次"},
}

// nounOf puts a selector into words.
func nounOf(s *Selector) noun {
	n, known := nouns[s.Kinds]
	if !known {
		n = noun{one: "event", many: "events", zh: "操作", unit: "次"}
	}
	for i := range s.Where {
		n.narrow(&s.Where[i])
	}
	return n
}

// of adds the word for a state of orders.
func (n *noun) of(s State) {
	if s == 0 {
		return
	}
	n.one, n.many = s.String()+" "+n.one, s.String()+" "+n.many
	n.zhBefore += [...]string{
		Unpaid: "未付款的", Paid: "已付款的", Refunded: "已退款的", Disputed: "有纠纷的", Cancelled: "已取消的", Pending: "占用库存的",
		Kept: "已付款且未取消退款的", Trusted: "未付款即发货的", Sent: "已发货的", Unkept: "未付款或已取消退款的",
	}[s]
}

// narrow adds the words for a filter.
func (n *noun) narrow(f *Filter) {
	switch {
	case f.Test == Present && fields[f.Field].key:
		// Who counts devices counts orders that carry one: it goes without saying.
	case f.Field == FieldActor && f.Test == OneOf:
		by := strings.Join(f.Values, "- or ") + "-"
		n.one, n.many = by+n.one, by+n.many
		n.zhBefore += "由" + partiesZh(f.Values)
	case f.Field == FieldFrom && f.Test == OneOf:
		n.after += " from the " + strings.Join(f.Values, " or ")
		n.zhBefore += partiesZh(f.Values)
		n.between = true
	case f.Field == FieldRole && f.Test == OneOf:
		n.after += " of " + strings.Join(f.Values, "s or ") + "s"
		n.zhBefore += partiesZh(f.Values)
	case f.Field == FieldOutcome && f.Test == OneOf:
		n.after += " decided for the " + strings.Join(f.Values, " or ")
		n.zhBefore += "判" + partiesZh(f.Values) + "胜诉的"
	case f.Field == FieldCustom && f.Numbers[0] == 1:
		n.one, n.many = "made-to-order "+n.one, "made-to-order "+n.many
		n.zhBefore += "定制商品"
	case f.Field == FieldRating && f.Test == Between && f.Lo < f.Hi:
		n.after += fmt.Sprintf(" rated %d to %d", f.Lo, f.Hi)
		n.zhBefore += fmt.Sprintf("%d–%d 分", f.Lo, f.Hi)
	case f.Field == FieldRating && f.Test == Between:
		n.rated(f.Lo)
	case f.Field == FieldRating && f.Test == OneOfNumbers && len(f.Numbers) == 1:
		n.rated(f.Numbers[0])
	case f.Field == FieldBuyerAge && f.Test == Between && f.Lo == 0 && f.Hi < math.MaxInt32:
		n.after += " by accounts younger than " + plural(f.Hi+1, "day")
		n.zhBefore += fmt.Sprintf("以注册不足 %d 天的账户", f.Hi+1)
	default:
		n.partly = true
	}
}

// rated adds the words for one rating.
func (n *noun) rated(stars int64) {
	n.after += fmt.Sprintf(" rated %d", stars)
	n.zhBefore += fmt.Sprintf("%d 分", stars)
}

// english says a length of time in its largest whole units.
func english(d orderguard.Millis) string {
	var parts []string
	for _, u := range units {
		if n := int64(d / u.length); n > 0 {
			parts = append(parts, plural(n, u.en))
			d %= u.length
		}
	}
	return strings.Join(parts, " ")
}

// units are the units of time of sentences, the longest first.
var units = []struct {
	length orderguard.Millis
	en, zh string
}{
	{millisPerDay, "day", "天"}, {3_600_000, "hour", "小时"}, {60_000, "minute", "分钟"},
	{1000, "second", "秒"}, {1, "millisecond", "毫秒"},
}

// plural writes a number of things.
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + one + "s"
}
