package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// TestReasons holds the sentences of findings in both languages, those of the
// shipped rules among them.
func TestReasons(t *testing.T) {
	var b strings.Builder
	write := func(set *RuleSet) {
		for i := range set.Rules {
			r := &set.Rules[i]
			n := len(r.All) + len(r.Any)
			for cond := -1; cond < n; cond++ {
				value := int64(1)
				if cond >= 0 {
					value = max(1, r.Condition(cond).Limit+2)
				}
				reason := r.Reason(&orderguard.Event{}, cond, value)
				fmt.Fprintf(&b, "%s %d value=%d limit=%d within=%q\n\t%s\n\t%s\n",
					reason.Rule, cond, reason.Value, reason.Limit, reason.Within, reason.Text, reason.TextZh)
			}
		}
	}
	write(parse(t, shortest))
	write(parse(t, `rules:
  - id: forms
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [sku, category, shop, device, ip, address, payment, buyer], within: 1d1h1m1s1ms, above: 1}
      - {count: order, by: [shop], within: 24h, at_most: 3}
      - {count: [order.created, review], by: [shop], within: 2m, below: 9}
      - {sum: amount, of: order.created, by: [payment], within: 1h, at_least: 100}
      - {distinct: ip, of: order.created, by: [sku], within: 1s, at_least: 4, where: {category: toys}}
      - {distinct: shop, of: order.cancelled, by: [buyer], within: 7d, at_least: 4, where: {actor: buyer}}
      - {count: dispute, by: [buyer, shop], within: 7d, at_least: 4}
      - {count: review, by: [buyer, shop], within: 7d, at_least: 4, where: {rating: 1}}
      - {surprise: order.created, by: [shop], within: 10m, at_least: 40}
      - {surprise: dispute.opened, by: [buyer], within: 1h, above: 95, where: {reason: not_received}}
      - {surprise: order.created, by: [buyer, shop], at_least: 18}
      - {surprise: order.created, by: [sku], within: 30m, at_most: 6}
      - {surprise: order.created, by: [shop, device], below: 3, where: {custom: true}}
`))
	write(ShippedRules())
	golden(t, "../testdata/rules/reasons.golden", b.String())
}

func TestReasonOfTheProductExample(t *testing.T) {
	r := &parse(t, shortest).Rules[0]
	reason := r.Reason(&orderguard.Event{}, 0, 12)
	require.Equal(t, orderguard.Reason{
		Rule: "order-burst", Version: r.Version, Value: 12, Limit: 10, Within: "10m",
		Text:   "12 orders by this buyer at this shop within 10 minutes (limit 10)",
		TextZh: "该买家在本店 10 分钟内下单 12 笔（阈值 10）",
	}, reason)
}
