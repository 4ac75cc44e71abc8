package detect

import (
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

func TestShippedRulesCoverAllScenarios(t *testing.T) {
	set, err := ParseRules("shipped.yaml", ShippedYAML)
	require.NoError(t, err)
	seen := map[orderguard.Scenario]bool{}
	for i := range set.Rules {
		seen[set.Rules[i].Scenario] = true
		require.Len(t, set.Rules[i].Version, 8)
	}
	require.Len(t, seen, orderguard.Scenarios-1)
	require.Same(t, ShippedRules(), ShippedRules())
}
