package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSuggest(t *testing.T) {
	known := []string{"serve", "detect", "gen", "eval"}
	require.Equal(t, "did you mean detect?", suggest("detcet", known))
	require.Equal(t, "did you mean gen?", suggest("gne", known))
	require.Equal(t, "did you mean serve?", suggest("Server", known))
	require.Equal(t, "want one of serve, detect, gen, eval", suggest("zzzzzz", known))
	require.Equal(t, "want one of serve, detect, gen, eval", suggest("", known))
}

// A distance is 0 only between equal words, the same both ways, and no longer
// than the longer word.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringN(0, 12, 24)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		require.Equal(t, a == b, distance(a, b) == 0)
		require.Equal(t, distance(a, b), distance(b, a))
		require.LessOrEqual(t, distance(a, b), max(len(a), len(b)))
	})
}
