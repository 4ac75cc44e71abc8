package ingest

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// The reference of the format names every field, word and reason, and its
// examples are events.
func TestEventsPage(t *testing.T) {
	text, err := os.ReadFile("../docs/events.md")
	require.NoError(t, err)
	page := string(text)
	for f := fType; f <= fPostcode; f++ {
		require.Contains(t, page, "`"+specs[f].name+"`")
	}
	for k := orderguard.Kind(1); int(k) < orderguard.Kinds; k++ {
		for word := range strings.SplitSeq(k.String(), ".") {
			require.Contains(t, page, "`"+word+"`")
		}
	}
	for r := orderguard.DisputeReason(1); r.String() != ""; r++ {
		require.Contains(t, page, "`"+r.String()+"`")
	}
	for r := 1; r < orderguard.RejectReasons; r++ {
		require.Contains(t, page, "| `"+orderguard.RejectReason(r).String()+"` |")
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, blocks)
	var d Decoder
	for _, b := range blocks {
		for line := range strings.Lines(b[1]) {
			var e orderguard.Event
			require.NoError(t, d.Decode([]byte(line), &e), line)
		}
	}
}
