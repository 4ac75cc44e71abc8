package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ruleCase is 40 alerts of one rule alone at 1.2 times its limit, 30 of them
// right, and one with two rules.
func ruleCase() (labels, alerts, events string) {
	var l, a, e strings.Builder
	for i := range 41 {
		rules := `{"rule":"r","value":12,"limit":10,"text":"twelve"}`
		if i == 40 {
			rules += `,{"rule":"other","value":30,"limit":10}`
		}
		at := 1793577600000 + int64(i)*86_400_000
		fmt.Fprintf(&a, `{"scenario":"malicious_order","order":"o%d","attack":"at%d","score":70,"flagged_at":%q,"reasons":[%s]}`+"\n",
			i, i/10, time.UnixMilli(at+1000).UTC().Format(time.RFC3339), rules)
		fmt.Fprintf(&e, `{"type":"order","status":"created","order":"o%d","ts":%d}`+"\n", i, at)
		if i < 30 {
			fmt.Fprintf(&l, `{"order":"o%d","buyer":"b","scenario":"malicious_order","attack":"x-1"}`+"\n", i)
		}
	}
	return l.String(), a.String(), e.String()
}

func TestRuleScores(t *testing.T) {
	labels, alerts, _ := ruleCase()
	r, err := Score(strings.NewReader(labels), strings.NewReader(alerts))
	require.NoError(t, err)
	require.Len(t, r.Rules, 2)
	other, x := r.Rules[0], r.Rules[1]
	require.Equal(t, "other", other.Rule)
	require.Equal(t, 1, other.Over[3].Alerts)
	require.Zero(t, other.Alone)
	require.Equal(t, []int{41, 30, 5, 40, 30}, []int{x.Alerts, x.Right, x.Attacks, x.Alone, x.AloneRight})
	require.Equal(t, 41, x.Over[0].Alerts)

	share, expected, score := x.Suggest()
	require.Equal(t, .75, share)
	require.InDelta(t, (.75*5+1)/7, expected, 1e-9, "Laplace's rule for five attacks")
	require.Equal(t, 65, score, "three points less than that, which the engine adds")

	var a Accuracy
	a.Add(1, false, 100, r)
	a.Add(2, false, 100, r)
	a.Add(3, true, 100, r)
	require.Equal(t, 10, a.rules[RuleCount{Scenario: 1, Rule: "r"}].Attacks, "without the market that has none")
	_, wider, _ := a.rules[RuleCount{Scenario: 1, Rule: "r"}].Suggest()
	require.Greater(t, wider, expected, "more attacks, less doubt")
	var b strings.Builder
	require.NoError(t, a.WriteRules(&b))
	require.Contains(t, b.String(), "| r | malicious_order | 82 | 73% | 10 | 80 | 75.0% |")
}

func TestMonths(t *testing.T) {
	labels, alerts, events := ruleCase()
	r, err := Score(strings.NewReader(labels), strings.NewReader(alerts), strings.NewReader(events))
	require.NoError(t, err)
	require.Len(t, r.Months, 2)
	require.Equal(t, "2026-11", r.Months[0].Month)
	require.Equal(t, []int{29, 29, 29}, []int{r.Months[0].Labelled, r.Months[0].Flagged, r.Months[0].Right})
	require.Equal(t, []int{1, 12, 1}, []int{r.Months[1].Labelled, r.Months[1].Flagged, r.Months[1].Right})
	var b strings.Builder
	require.NoError(t, r.WriteMonths(&b))
	require.Contains(t, b.String(), "all later ones")
	b.Reset()
	require.NoError(t, r.WriteFlaggedFrom(&b, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)))
	require.Contains(t, b.String(), "12 flagged orders were placed from 2026-12-01 on.")
	require.Contains(t, b.String(), "o29  malicious_order  labelled  score 70\n    r: twelve\n")
	require.Contains(t, b.String(), "o30  malicious_order  no label")
	require.NotContains(t, b.String(), "o28 ")
}

// What counts in reviews, disputes and refunds is when they are made, not when
// the orders were placed.
func TestDelaysCountActs(t *testing.T) {
	var labels, events strings.Builder
	for i := range 4 {
		fmt.Fprintf(&labels, `{"order":"o%d","buyer":"b","scenario":"malicious_review","attack":"reviews-1"}`+"\n", i)
		fmt.Fprintf(&events, `{"type":"order","status":"created","order":"o%d","ts":1793577600000}`+"\n", i)
	}
	for i := range 4 {
		fmt.Fprintf(&events, `{"type":"review","rating":1,"order":"o%d","ts":%d}`+"\n", i, 1793664000000+i*60_000)
	}
	alert := `{"scenario":"malicious_review","order":"o0","flagged_at":"2026-11-03T00:01:00Z","reasons":[{"rule":"r"}]}`
	r, err := Score(strings.NewReader(labels.String()), strings.NewReader(alert), strings.NewReader(events.String()))
	require.NoError(t, err)
	require.Equal(t, .5, *r.Attacks[0].PlacedAtFirst)
	require.Equal(t, 60., *r.Attacks[0].FirstDelay)
}
