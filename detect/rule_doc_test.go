package detect

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRulesPageParses holds that every example of the rules reference is a rule
// file as it stands.
func TestRulesPageParses(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	require.NotEmpty(t, blocks)
	for i, b := range blocks {
		_, err := ParseRules(fmt.Sprintf("docs/rules.md example %d", i+1), b[1])
		require.NoError(t, err)
	}
	for _, name := range append(fieldNames, kindNames...) {
		require.NotEmpty(t, name)
		require.Contains(t, string(page), name)
	}
}
