package bench

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCounterParses(t *testing.T) {
	c := counter{event: "cache-misses"}
	n, ok := c.parse([]byte("# started on Thu\n\n104,,page-faults,358,100.00,,\n1234567,,cache-misses:u,100,100.00,,\n"))
	require.True(t, ok)
	require.EqualValues(t, 1234567, n)
	_, ok = c.parse([]byte("<not supported>,,cache-misses,0,100.00,,\n"))
	require.False(t, ok)
	require.Equal(t, "cache misses an event", c.String())
}

// A command that is counted prints what it prints, and is counted.
func TestCounterCounts(t *testing.T) {
	c := newCounter(t.Context(), "page-faults")
	if c == (counter{}) {
		t.Skip("perf is not there, or may not count")
	}
	cmd, read := c.wrap(exec.Command("echo", "-n", "here"))
	var out bytes.Buffer
	cmd.Stdout = &out
	require.NoError(t, cmd.Run())
	require.Equal(t, "here", out.String())
	require.Positive(t, read())
	require.Equal(t, counter{}, newCounter(t.Context(), "no-such-event"))
}
