package detect

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnreadable holds that a text that cannot be read costs what it would have said, and is counted.
func TestUnreadable(t *testing.T) {
	before := Unread()
	places := []textKind{textAbuse}
	require.Equal(t, textNone, readSafely(func(s string) textKind { return places[len(s)] }, "two"))
	require.Equal(t, before+1, Unread())
	require.Equal(t, textAbuse, readSafely(func(s string) textKind { return places[len(s)] }, ""))
	require.Equal(t, before+1, Unread())
	require.Zero(t, testing.AllocsPerRun(10, func() { readSafely(kindOfText, "as ordinary as it gets") }))
}
