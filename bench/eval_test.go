package bench

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

const (
	evalLabels = `{"order":"o1","buyer":"b1","scenario":"malicious_order","attack":"burst-1"}
{"order":"o2","buyer":"b1","scenario":"malicious_order","attack":"burst-1"}
{"order":"o3","buyer":"b1","scenario":"malicious_order","attack":"burst-1"}
{"order":"o4","buyer":"b1","scenario":"malicious_order","attack":"burst-1"}

{"order":"o5","buyer":"b2","scenario":"harassment","attack":"junk-12"}
{"order":"o6","buyer":"b3","scenario":"harassment","attack":"ads"}
`
	// o1 and o2 rightly, o3 under another scenario, o9 without a label under
	// two scenarios, o5 rightly and twice.
	evalAlerts = `{"alert":"a1","scenario":"malicious_order","order":"o1","flagged_at":"2026-11-02T00:05:00.000Z","reasons":[{"rule":"r1"}]}
{"alert":"a2","scenario":"malicious_order","order":"o2","flagged_at":"2026-11-02T00:02:00.000Z","reasons":[{"rule":"r1"}]}
{"alert":"a3","scenario":"harassment","order":"o3","flagged_at":"2026-11-02T00:02:00.000Z","reasons":[{"rule":"r2"}]}
{"alert":"a4","scenario":"malicious_order","order":"o9","flagged_at":"2026-11-02T00:02:00.000Z","reasons":[{"rule":"r1"},{"rule":"r3"}]}
{"alert":"a5","scenario":"harassment","order":"o9","flagged_at":"2026-11-02T00:02:00.000Z","reasons":[{"rule":"r2"}]}
{"alert":"a6","scenario":"harassment","order":"o5","flagged_at":"2026-11-02T01:00:00.000Z","reasons":[{"rule":"r2"}]}
{"alert":"a6","scenario":"harassment","order":"o5","flagged_at":"2026-11-02T00:30:00.000Z","reasons":[{"rule":"r4"}]}
`
	evalEvents = `{"type":"account","id":"x","ts":1,"role":"seller","shop":"s"}
not json "created"
{"type":"order","id":"1","ts":"2026-11-02T00:00:00Z","shop":"s","buyer":"b1","order":"o1","status":"created"}
{"type":"order","id":"2","ts":"2026-11-02T00:02:00Z","shop":"s","buyer":"b1","order":"o2","status":"created"}
{"type":"order","id":"3","ts":"2026-11-02T00:04:00Z","shop":"s","buyer":"b1","order":"o3","status":"created"}
{"type":"order","id":"4","ts":"2026-11-02T00:06:00Z","shop":"s","buyer":"b1","order":"o4","status":"created"}
{"type":"order","id":"5","ts":1793577600000,"shop":"s","buyer":"b2","order":"o5","status":"created"}
{"type":"order","id":"6","ts":1793577600000,"shop":"s","buyer":"b3","order":"o6","status":"created"}
`
)

func TestScore(t *testing.T) {
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(evalAlerts))
	require.NoError(t, err)
	require.Equal(t, Tally{Labelled: 6, Flagged: 5, Right: 4, Precision: new(.8), Recall: new(4. / 6), F1: new(8. / 11)}, r.Overall)
	require.Equal(t, []ScenarioTally{
		{orderguard.MaliciousOrder, Tally{Labelled: 4, Flagged: 3, Right: 2, Precision: new(2. / 3), Recall: new(.5), F1: new(4. / 7)}},
		{orderguard.Harassment, Tally{Labelled: 2, Flagged: 3, Right: 1, Precision: new(1. / 3), Recall: new(.5), F1: new(.4)}},
	}, r.Scenarios)
	require.Equal(t, []Mismatch{{"o3", "burst-1", orderguard.MaliciousOrder, orderguard.Harassment, []string{"r2"}}}, r.Mismatches)
	require.Equal(t, []RuleCount{
		{orderguard.MaliciousOrder, "r1", 1}, {orderguard.MaliciousOrder, "r3", 1}, {orderguard.Harassment, "r2", 1},
	}, r.WrongByRule)
	require.Len(t, r.WrongOrders, 2)

	require.Len(t, r.Attacks, 3)
	burst := r.Attacks[0]
	require.Equal(t, "burst", burst.Kind)
	require.Equal(t, 2, burst.Found)
	require.Equal(t, "2026-11-02T00:02:00.000Z", burst.FirstAlert.String())
	require.Equal(t, "2026-11-02T00:05:00.000Z", burst.HalfFlagged.String())
	require.Nil(t, burst.FirstDelay, "no events were given")
	require.Equal(t, "2026-11-02T00:30:00.000Z", r.Attacks[1].FirstAlert.String(), "the earlier of two")
	require.Zero(t, r.Attacks[2].Found)
	require.Nil(t, r.Attacks[2].FirstAlert)

	require.Equal(t, []string{"burst", "ads", "junk"}, []string{r.Kinds[0].Kind, r.Kinds[1].Kind, r.Kinds[2].Kind})
	require.Equal(t, 1, r.Kinds[0].AttacksFound)
	require.Zero(t, r.Kinds[1].AttacksFound)
}

func TestScoreDelays(t *testing.T) {
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(evalAlerts), strings.NewReader(evalEvents))
	require.NoError(t, err)
	burst := r.Attacks[0]
	require.Equal(t, 120., *burst.FirstDelay)
	require.Equal(t, 300., *burst.HalfDelay)
	require.Equal(t, .5, *burst.PlacedAtFirst, "o1 and o2 of four, the one at that moment too")
	require.Equal(t, .75, *burst.PlacedAtHalf)
	require.Equal(t, 1., *r.Attacks[1].PlacedAtFirst)
}

func TestScoreNothing(t *testing.T) {
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(""))
	require.NoError(t, err)
	require.Nil(t, r.Overall.Precision)
	require.Zero(t, *r.Overall.Recall)
	require.Zero(t, *r.Overall.F1)
	raw, err := json.Marshal(r.Overall)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"precision":null,"recall":0,"f1":0`)
	require.Len(t, r.Attacks, 3)
	r, err = Score(strings.NewReader(""), strings.NewReader(evalAlerts))
	require.NoError(t, err)
	require.Equal(t, 5, r.Overall.Flagged)
	require.Nil(t, r.Overall.Recall)
	require.Zero(t, *r.Overall.Precision)
}

func TestScoreErrorsNameTheLine(t *testing.T) {
	for want, in := range map[string][3]string{
		"eval: labels: line 2: ":                          {"{\"order\":\"o\",\"scenario\":\"harassment\",\"attack\":\"a\"}\n{", "", ""},
		"labels: line 1: scenario \"x\"":                  {`{"order":"o","scenario":"x","attack":"a"}`, "", ""},
		"labels: line 1: a label needs":                   {`{"order":"o"}`, "", ""},
		"labels: line 8: order \"o1\" has a second label": {strings.TrimSpace(evalLabels) + "\n" + linesOf([]byte(evalLabels))[0], "", ""},
		"alerts: line 8: an alert needs":                  {evalLabels, evalAlerts + "{}", ""},
		"is not in the events":                            {evalLabels, evalAlerts, "{}"},
	} {
		_, err := Score(strings.NewReader(in[0]), strings.NewReader(in[1]), strings.NewReader(in[2]))
		require.ErrorContains(t, err, want)
	}
}

func TestReportText(t *testing.T) {
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(evalAlerts), strings.NewReader(evalEvents))
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	for _, want := range []string{"malicious_order", "any scenario", "0.667", "burst-1", "2m0s", "75%", "flagged under another scenario"} {
		require.Contains(t, b.String(), want)
	}
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(raw, &back))
	r.flagged = nil // which no file holds
	require.Equal(t, r, back)
}

// Perfect alerts of a generated marketplace score 1.
func TestScoreOfTheTruth(t *testing.T) {
	events, labels, stats := generate(t, GenOptions{Orders: 500})
	var alerts strings.Builder
	for _, line := range linesOf(labels) {
		var l evalLabel
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		alerts.WriteString(`{"order":"` + l.Order + `","scenario":"` + l.Scenario.String() + `","flagged_at":"2030-01-01T00:00:00Z"}` + "\n")
	}
	r, err := Score(bytes.NewReader(labels), strings.NewReader(alerts.String()), bytes.NewReader(events))
	require.NoError(t, err)
	require.Equal(t, 1., *r.Overall.F1)
	require.EqualValues(t, stats.Labelled, r.Overall.Right)
	require.Empty(t, r.WrongOrders)
	for _, a := range r.Attacks {
		require.Equal(t, 1., *a.PlacedAtHalf)
	}
}
