package bench

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocsNameEveryFamily(t *testing.T) {
	page, err := os.ReadFile("../docs/gen.md")
	require.NoError(t, err)
	for _, name := range FamilyNames() {
		require.Contains(t, string(page), "`"+name+"`")
	}
}
