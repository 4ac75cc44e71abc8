package detect

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// start is when the orders of orderAt begin: 2023-11-14T22:13:20Z.
const listRules = `rules:
  - id: order-burst
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 5}
  - id: refunds
    scenario: malicious_refund
    on: order.refunded
    all:
      - {count: order.refunded, by: [buyer], within: 10m, at_least: 2}
`

// judge puts events through an engine in batches of two, and returns which
// orders were flagged, with the last reason of each.
func judge(t testing.TB, rules *RuleSet, events []orderguard.Event) (map[string]orderguard.Reason, *Engine) {
	t.Helper()
	e, err := New(rules, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	flagged := map[string]orderguard.Reason{}
	for i := 0; i < len(events); i += 2 {
		for _, a := range r.Process(&orderguard.Batch{Events: events[i:min(i+2, len(events))]}) {
			flagged[a.Scenario.String()+" "+a.Order] = a.Reasons[len(a.Reasons)-1]
		}
	}
	return flagged, e
}

func TestAllowList(t *testing.T) {
	var events []orderguard.Event
	for i := range 10 {
		o := orderAt(i, orderguard.Millis(i)*10_000)
		o.Device, o.Address = "d-1", "a-1"
		events = append(events, o)
	}
	for i := range 3 {
		e := orderAt(i, 100_000+orderguard.Millis(i))
		e.Kind, e.ID = orderguard.OrderRefunded, fmt.Sprint("r-", i)
		events = append(events, e)
	}
	for _, c := range []struct {
		entry            string
		flagged, refunds int
	}{
		{`{allow: buyer, values: [b-2], until: 2030-01-01, reason: x}`, 10, 3},
		{`{allow: buyer, values: [b-2, b-1], until: 2030-01-01, reason: x}`, 0, 0},
		{`{allow: shop, values: s-1, until: 2030-01-01, reason: x}`, 0, 0},
		{`{allow: device, values: [d-1], until: 2030-01-01, reason: x}`, 0, 0},
		{`{allow: address, values: [a-1], until: 2030-01-01, reason: x}`, 0, 0},
		{`{allow: buyer, values: [b-1], until: 2030-01-01, reason: x, scenarios: [malicious_refund]}`, 10, 0},
		{`{allow: buyer, values: [b-1], until: 2023-11-14T22:14:05Z, reason: x}`, 5, 3}, // orders from 45 s on
		{`{allow: buyer, values: [b-1], until: 2023-11-14T22:13:20Z, reason: x}`, 10, 3},
	} {
		set := parse(t, listRules+"lists:\n  - "+c.entry)
		flagged, e := judge(t, set, events)
		refunds := 0
		for k := range flagged {
			if strings.HasPrefix(k, "malicious_refund") {
				refunds++
			}
		}
		require.Equal(t, c.refunds, refunds, c.entry)
		require.Equal(t, c.flagged, len(flagged)-refunds, c.entry)
		require.Equal(t, uint64(13-c.flagged-c.refunds), e.Stats().Spared, c.entry)
	}
}

func TestBlockList(t *testing.T) {
	set := parse(t, listRules+`lists:
  - {block: device, values: [d-9], until: 2023-11-14T22:13:40Z, reason: seen in the attack on s-77}
  - {block: address, values: [a-9], until: 2030-01-01, reason: x, scenarios: [unfulfillable, malicious_order]}
  - {allow: buyer, values: [b-2], until: 2030-01-01, reason: x}
`)
	var events []orderguard.Event
	for i := range 4 { // at 0, 10, 20 and 30 s
		o := orderAt(i, orderguard.Millis(i)*10_000)
		o.Device = "d-9"
		events = append(events, o)
	}
	events[1].Buyer = "b-2"
	events[3].Address = "a-9"
	flagged, e := judge(t, set, events)
	require.Len(t, flagged, 3)
	reason := flagged["malicious_order o-0"]
	require.Equal(t, "The device of this order is on the marketplace's block list", reason.Text)
	require.Equal(t, "该订单使用的设备已被平台列入黑名单", reason.TextZh)
	require.Equal(t, set.Lists[0].Version, reason.Version)
	require.NotContains(t, reason.Text+reason.TextZh, "s-77", "a seller sees nothing of other shops")
	require.Contains(t, flagged, "unfulfillable o-3")
	require.Contains(t, flagged, "malicious_order o-3")
	require.Equal(t, uint64(1), e.Stats().Spared, "who is allowed is not blocked")
	require.Len(t, e.Stats().Rules, 5)

	// Lists are reloaded with the rules.
	require.NoError(t, e.Reload(parse(t, listRules)))
	require.Len(t, e.Stats().Rules, 2)
	r := NewRunner(e, 1)
	defer r.Close()
	late := orderAt(9, 50_000)
	late.Address = "a-9"
	require.Empty(t, r.Process(&orderguard.Batch{Events: []orderguard.Event{late}}))
}

func TestListVersions(t *testing.T) {
	version := func(entry string) string { return parse(t, listRules+"lists:\n  - "+entry).Version }
	same := version(`{allow: buyer, values: [b-1, b-2], until: 2030-01-01, reason: x}`)
	require.Equal(t, same, version(`{reason: x, until: 2030-01-01T00:00:00Z, values: [b-2, b-1, b-2], allow: buyer}`))
	require.NotEqual(t, same, parse(t, listRules).Version)
	for _, other := range []string{
		`{block: buyer, values: [b-1, b-2], until: 2030-01-01, reason: x}`,
		`{allow: shop, values: [b-1, b-2], until: 2030-01-01, reason: x}`,
		`{allow: buyer, values: [b-1], until: 2030-01-01, reason: x}`,
		`{allow: buyer, values: [b-1, b-2], until: 2030-01-02, reason: x}`,
		`{allow: buyer, values: [b-1, b-2], until: 2030-01-01, reason: y}`,
		`{allow: buyer, values: [b-1, b-2], until: 2030-01-01, reason: x, scenarios: [harassment]}`,
	} {
		require.NotEqual(t, same, version(other), other)
	}
}

// TestManyListed holds that a long list is searched rightly.
func TestManyListed(t *testing.T) {
	var values []string
	for i := range 2000 {
		values = append(values, fmt.Sprint("b-", i*2))
	}
	set := parse(t, listRules+"lists:\n  - {block: buyer, until: 2030-01-01, reason: x, values: ["+strings.Join(values, ", ")+"]}")
	var events []orderguard.Event
	for i := range 300 {
		o := orderAt(i, orderguard.Millis(i))
		o.Buyer = fmt.Sprint("b-", i)
		events = append(events, o)
	}
	flagged, _ := judge(t, set, events)
	require.Len(t, flagged, 150)
}

func TestListsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	require.NoError(t, err)
	for _, key := range append(listKeys, listFields...) {
		require.Contains(t, string(page), "`"+key+"`", "docs/rules.md")
	}
}

// TestAllowListLooksAtNoLaterEvent creates an order once more, from an allowed
// device, after it was flagged: whether both come in one batch must not matter.
func TestAllowListLooksAtNoLaterEvent(t *testing.T) {
	var events []orderguard.Event
	for i := range 6 {
		events = append(events, orderAt(i, orderguard.Millis(i)*1000))
	}
	again := orderAt(6, 6000)
	again.Order, again.Device = events[2].Order, "d-1"
	events = append(events, again)
	rules := parse(t, listRules+"lists:\n  - {allow: device, values: [d-1], until: 2030-01-01, reason: x}")
	for _, size := range []int{1, len(events)} {
		e, err := New(rules, Options{})
		require.NoError(t, err)
		r := NewRunner(e, 1)
		for i := 0; i < len(events); i += size {
			r.Process(&orderguard.Batch{Events: events[i : i+size]})
		}
		r.Close()
		require.Equal(t, uint64(6), e.Stats().Alerts, "batches of %d", size)
	}
}
