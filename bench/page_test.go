package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A page's parts are renewed, the rest of it stays, and a second time changes
// nothing.
func TestRenewPage(t *testing.T) {
	page := filepath.Join(t.TempDir(), "performance.md")
	const frame = "# Speed\n\n<!-- bench:detect -->\nold\n<!-- /bench:detect -->\n\nWhy.\n"
	require.NoError(t, os.WriteFile(page, []byte(frame), 0o600))
	require.ErrorContains(t, RenewPage(page, "feed", sample()), "has no part for feed: add")
	require.NoError(t, RenewPage(page, "detect", sample()))
	first, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Regexp(t, `(?s)^# Speed\n\n<!-- bench:detect -->\n.*shipped rules.*!\[Rate\]\(performance/detect.svg\)\n<!-- /bench:detect -->\n\nWhy.\n$`, string(first))
	require.NotContains(t, string(first), "old")
	require.FileExists(t, filepath.Join(filepath.Dir(page), "performance", "detect.svg"))
	require.NoError(t, RenewPage(page, "detect", sample()))
	second, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
}
