package bench

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each stage does what the one before it does, and more: the same events, no
// alert before there are rules, and by two rules those of the obvious program.
func TestStages(t *testing.T) {
	path, in, err := Made{Orders: 5000}.input("", t.TempDir())
	require.NoError(t, err)
	require.Len(t, in.SHA256, 64)
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	flagged := int64(0)
	require.NoError(t, Obvious(f, func(string, string) { flagged++ }))
	for _, stage := range stages {
		run, err := RunStage(t.Context(), StageOptions{Stage: stage, Input: path, Workers: 2})
		require.NoError(t, err)
		require.Equal(t, in.Events, run.Events, stage)
		require.Equal(t, in.Bytes, run.Bytes, stage)
		require.Positive(t, run.PeakMemory)
		switch stage {
		case "two":
			require.Equal(t, flagged, run.Alerts)
		case "shipped":
			require.Positive(t, run.Alerts)
		default:
			require.Zero(t, run.Alerts, stage)
		}
	}
	_, err = RunStage(t.Context(), StageOptions{Stage: "all", Input: path})
	require.ErrorContains(t, err, `stage "all": want one of lines, decode`)
}

// Windows have a key for each buyer, and let go of those that are idle.
func TestRunState(t *testing.T) {
	// So many that tables do not grow to twice their size any more.
	run, err := RunState(t.Context(), StateOptions{Buyers: 100_000})
	require.NoError(t, err)
	require.EqualValues(t, 200_000, run.Events)
	require.Equal(t, 100_000, run.Keys)
	require.Less(t, run.Idle, 50_000)
	require.Positive(t, run.Update)
	require.Positive(t, run.Decode)
	pairs, err := RunState(t.Context(), StateOptions{Buyers: 2000, Shops: 500, Pairs: true})
	require.NoError(t, err)
	require.EqualValues(t, 4000, pairs.Events)
	require.Positive(t, pairs.Tables["order.created{} by buyer,shop"])
}

// Things are run as often as was asked for, in turn, and none is always first.
func TestInTurn(t *testing.T) {
	var order []int
	require.NoError(t, inTurn(3, 3, func(i int) error { order = append(order, i); return nil }))
	require.Equal(t, []int{0, 1, 2, 1, 2, 0, 2, 0, 1}, order)
}
