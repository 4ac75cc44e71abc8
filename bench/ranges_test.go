package bench

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestDurationText(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 168 * time.Hour, "1.5d": 36 * time.Hour, "90s": 90 * time.Second, "0s": 0} {
		var d Duration
		require.NoError(t, d.UnmarshalText([]byte(text)))
		require.Equal(t, want, time.Duration(d))
		var back Duration
		require.NoError(t, back.UnmarshalText([]byte(d.String())))
		require.Equal(t, d, back)
	}
	for _, text := range []string{"", "d", "7", "a week"} {
		var d Duration
		require.ErrorContains(t, d.UnmarshalText([]byte(text)), "want a form like")
	}
}

func TestOptionsAreFiles(t *testing.T) {
	want := GenOptions{
		Seed: 3, Duration: 2 * Day,
		Families: map[string]Family{"burst": {Count: 5, Orders: some(12, 20), Span: span(time.Minute, 90*time.Second), Pays: new(0.)}, "campus": {Off: true}},
	}
	var y GenOptions
	require.NoError(t, yaml.Unmarshal([]byte(`
seed: 3
duration: 2d
families:
  burst: {count: 5, orders: {min: 12, max: 20}, span: {min: 1m, max: 90s}, pays: 0}
  campus: {off: true}
`), &y))
	require.Equal(t, want, y)
	raw, err := json.Marshal(want)
	require.NoError(t, err)
	var j GenOptions
	require.NoError(t, json.Unmarshal(raw, &j))
	require.Equal(t, want, j)
	require.NoError(t, j.Validate())
}

func TestDaysHaveAnEnd(t *testing.T) {
	d, err := Days(1.5)
	require.NoError(t, err)
	require.Equal(t, Day*3/2, d)
	for _, n := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e9, -1e9} {
		_, err := Days(n)
		require.ErrorContains(t, err, "want at most")
	}
	require.ErrorContains(t, d.UnmarshalText([]byte("1e9d")), "want at most")
}
