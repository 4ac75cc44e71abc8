package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
)

// rulesOf parses rules that must be without a fault.
func rulesOf(t testing.TB, text string) *detect.RuleSet {
	t.Helper()
	set, err := detect.ParseRules("rules.yaml", []byte(text))
	require.NoError(t, err)
	return set
}

const backtestOld = `rules:
  - id: burst
    scenario: malicious_order
    on: order.created
    all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 4}]
  - id: gone
    scenario: harassment
    on: order.created
    where: {note: [x]}
`

const backtestNew = `rules:
  - id: burst
    scenario: malicious_order
    on: order.created
    all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 3}]
  - id: quiet
    shadow: true
    scenario: malicious_order
    on: order.created
    all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 2}]
`

func TestBacktest(t *testing.T) {
	var events, labels bytes.Buffer
	n := 0
	for i, orders := range []int{5, 3, 2} { // of three buyers, the second's with a note
		for range orders {
			n++
			fmt.Fprintf(&events, `{"type":"order","id":"e-%d","ts":%d,"shop":"s","buyer":"b-%d","order":"o-%d","status":"created","note":"%s"}`+"\n",
				n, 1_700_000_000_000+n*1000, i, n, []string{"", "x", ""}[i])
		}
	}
	events.WriteString("no event\n")
	for i := 1; i <= 8; i++ {
		fmt.Fprintf(&labels, `{"order":"o-%d","buyer":"b","scenario":"malicious_order","attack":"a"}`+"\n", i)
	}
	for _, o := range []BacktestOptions{{}, {Workers: 2}, {Workers: 2, Lateness: time.Hour}} {
		b, err := NewBacktest(rulesOf(t, backtestOld), rulesOf(t, backtestNew), o)
		require.NoError(t, err)
		require.NoError(t, b.Read(t.Context(), "test", io.NopCloser(bytes.NewReader(events.Bytes()))))
		r, err := b.Report(bytes.NewReader(labels.Bytes()))
		require.NoError(t, err)
		b.Close()
		require.Equal(t, int64(10), r.Events)
		require.Equal(t, int64(1), r.Rejected)
		require.Equal(t, []ScenarioChange{
			{orderguard.MaliciousOrder, Change{Newly: 3, Both: 5, NewlyOrders: []string{"o-6", "o-7", "o-8"}}},
			{orderguard.Harassment, Change{NoLonger: 3, NoLongerOrders: []string{"o-6", "o-7", "o-8"}}},
		}, r.Scenarios)
		rows := map[string]RuleChange{}
		for _, c := range r.Rules {
			rows[c.Rule] = c
		}
		require.Equal(t, 3, rows["burst"].Newly)
		require.Equal(t, "changed", new(rows["burst"]).note())
		require.Equal(t, "removed", new(rows["gone"]).note())
		require.Equal(t, "added", new(rows["quiet"]).note())
		require.Equal(t, [2]uint64{0, 10}, rows["quiet"].Shadow)
		require.InDelta(t, 5.0/8, *r.Before.Scenarios[0].Recall, 1e-9)
		require.InDelta(t, 1.0, *r.After.Scenarios[0].Recall, 1e-9)
		require.InDelta(t, 1.0, *r.After.Overall.Precision, 1e-9)
		var text strings.Builder
		require.NoError(t, r.WriteText(&text))
		require.Contains(t, text.String(), "newly flagged, malicious_order: o-6, o-7, o-8")
		require.Regexp(t, `burst +malicious_order +3 +0 +5 +0 +0 +changed`, text.String())
		require.Regexp(t, `malicious_order +1.000 +1.000 +0.625 +1.000`, text.String())
	}
}

// TestBacktestOfTheSame holds that a set of rules does not differ from itself,
// and finds what it finds alone.
func TestBacktestOfTheSame(t *testing.T) {
	var events, labels bytes.Buffer
	_, err := Generate(&events, &labels, GenOptions{Seed: 5, Orders: 8000})
	require.NoError(t, err)
	b, err := NewBacktest(detect.ShippedRules(), detect.ShippedRules(), BacktestOptions{Workers: 2})
	require.NoError(t, err)
	defer b.Close()
	require.NoError(t, b.Read(t.Context(), "test", io.NopCloser(&events)))
	r, err := b.Report(&labels)
	require.NoError(t, err)
	require.NotEmpty(t, r.Scenarios)
	for _, c := range r.Scenarios {
		require.Zero(t, c.Newly+c.NoLonger, c.Scenario)
		require.Positive(t, c.Both)
	}
	require.Equal(t, r.Before, r.After)
	require.Positive(t, r.Before.Overall.Right)
	_, err = json.Marshal(r)
	require.NoError(t, err)
}

func TestBacktestFaults(t *testing.T) {
	_, err := NewBacktest(detect.ShippedRules(), &detect.RuleSet{}, BacktestOptions{})
	require.Error(t, err)
	b, err := NewBacktest(detect.ShippedRules(), detect.ShippedRules(), BacktestOptions{})
	require.NoError(t, err)
	defer b.Close()
	_, err = b.Report(strings.NewReader("{}\n"))
	require.ErrorContains(t, err, "labels: line 1")
	_, err = b.Report(strings.NewReader(""))
	require.ErrorContains(t, err, "the labels are empty")
}
