package bench

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func accuracyOf(tb testing.TB) *Accuracy {
	tb.Helper()
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(evalAlerts), strings.NewReader(evalEvents))
	require.NoError(tb, err)
	require.NoError(tb, r.Blame(strings.NewReader(`{"order":"o9","family":"flash-sale"}`)))
	var a Accuracy
	a.Add(1, false, 10, r)
	a.Add(2, false, 20, r)
	free := r
	free.Overall = Tally{Flagged: 1}
	free.Attacks = nil
	a.Add(3, true, 20_000, free)
	return &a
}

func TestAccuracySums(t *testing.T) {
	a := accuracyOf(t)
	all, orders := a.sum(false)
	require.EqualValues(t, 30, orders)
	require.Equal(t, 12, all.Labelled)
	require.Equal(t, .8, *all.Precision)
	bars := map[string]Bar{}
	for _, b := range a.Bars() {
		bars[b.Name] = b
	}
	require.Len(t, bars, 9)
	half := bars["placed when half of a burst was flagged, median"]
	require.Equal(t, .75, *half.Value)
	require.False(t, half.Met())
	free := bars["flagged of all orders where there are no attacks"]
	require.Equal(t, .5e-4, *free.Value)
	require.True(t, free.Met())
	junk := bars["recall of junk"]
	require.True(t, junk.Met())
	flood := bars["placed at the first alert of a flood, median"]
	require.False(t, flood.Met(), "what was not measured is not met")
	require.Equal(t, FamilyCount{"flash-sale", RuleCount{1, "r1", 3}}, a.blame()[0], "of free markets too")
}

// An attack without alerts counts as one that was over before the first.
func TestAccuracyDelayOfTheUnfound(t *testing.T) {
	a := accuracyOf(t)
	require.Equal(t, 1., *a.delay([]string{"ads"}, placedAtFirst))
}

func TestAccuracyMarkdown(t *testing.T) {
	var b strings.Builder
	require.NoError(t, accuracyOf(t).WriteMarkdown(&b, true))
	for _, want := range []string{
		"| recall of burst | 0.500 | at least 0.85 | **missed** |", "| 3 | 20000 | 1 | 0.50 |", "| all | 30 | 12 | 10 | 8 | 0.800 | 0.667 |",
		"| `burst` | malicious_order | 2 | 2 | 8 | 4 | 0.500 | 2m0s | 50% | 75% | 0 |", "| harassment | 4 | 6 | 2 | 0.333 | 0.500 | 0.400 |", "| the right one | 12 | 12 | 6 | 0.500 | 0.500 | 0.500 |", "| flash-sale | malicious_order | r1 | 3 |", "| burst-1 | 2 | 4 | 2 | 1 | 6m0s |",
	} {
		require.Contains(t, b.String(), want)
	}
}

func TestScoreCounts(t *testing.T) {
	alerts := `{"scenario":"malicious_order","order":"o1","score":70}
{"scenario":"malicious_order","order":"o1","score":79}
{"scenario":"malicious_order","order":"o9","score":100}
{"scenario":"harassment","order":"o2","score":0}
`
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(alerts))
	require.NoError(t, err)
	require.Equal(t, [10]ScoreCount{0: {Alerts: 1}, 7: {Alerts: 1, Right: 1, Sum: 79}, 9: {Alerts: 1, Sum: 100}}, r.Scores)
	_, err = Score(strings.NewReader(evalLabels), strings.NewReader(`{"scenario":"harassment","order":"o2","score":101}`))
	require.ErrorContains(t, err, "score 101: want 0 to 100")
}
