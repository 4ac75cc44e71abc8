package detect

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJoinRulesKeepsTheLinks(t *testing.T) {
	t.Parallel()
	parse := func(id, links string) *RuleSet {
		set, err := ParseRules(id+".yaml", []byte(links+`rules:
  - id: `+id+`
    scenario: malicious_order
    on: order.created
    all: [{count: order.created, by: [cluster], within: 1h, at_least: 3}]
`))
		require.NoError(t, err)
		return set
	}
	plain, strict, wide := parse("a", ""), parse("b", "links: {crowd: 5}\n"), parse("c", "links: {crowd: 9}\n")
	one, err := JoinRules([]*RuleSet{strict})
	require.NoError(t, err)
	require.Same(t, strict, one)
	for _, sets := range [][]*RuleSet{{plain, strict}, {strict, plain}, {strict, plain, parse("d", "links: {crowd: 5}\n")}} {
		all, err := JoinRules(sets)
		require.NoError(t, err)
		require.Equal(t, strict.Links, all.Links)
		require.Len(t, all.Rules, len(sets))
	}
	all, err := JoinRules([]*RuleSet{plain, parse("e", "")})
	require.NoError(t, err)
	require.Equal(t, defaultLinks(), all.Links)
	_, err = JoinRules([]*RuleSet{strict, wide})
	require.ErrorContains(t, err, "say it in one of them")
}
