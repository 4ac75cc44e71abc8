package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

func TestBlame(t *testing.T) {
	r, err := Score(strings.NewReader(evalLabels), strings.NewReader(evalAlerts))
	require.NoError(t, err)
	require.NoError(t, r.Blame(strings.NewReader(`{"order":"o9","family":"flash-sale"}`+"\n"+`{"order":"o1","family":"burst"}`)))
	require.Equal(t, []FamilyCount{
		{"flash-sale", RuleCount{orderguard.MaliciousOrder, "r1", 1}},
		{"flash-sale", RuleCount{orderguard.MaliciousOrder, "r3", 1}},
		{"flash-sale", RuleCount{orderguard.Harassment, "r2", 1}},
	}, r.WrongByFamily)
	require.NoError(t, r.Blame(strings.NewReader("")))
	require.Equal(t, "trade", r.WrongByFamily[0].Family)
	require.EqualError(t, r.Blame(strings.NewReader("{}")), `eval: origins: line 1: an origin needs "order" and "family"`)
}

// Origins must be of the very orders of Generate, and no attack without label
// other than an attacker's camouflage.
func TestOrigins(t *testing.T) {
	o := GenOptions{Seed: 6, Orders: 1000}
	_, labels, stats := generate(t, o)
	var origins bytes.Buffer
	_, err := GenerateOrigins(io.Discard, io.Discard, &origins, o)
	require.NoError(t, err)
	family := map[string]string{}
	count := map[string]int64{}
	for _, line := range linesOf(origins.Bytes()) {
		var x struct{ Order, Family, Status string }
		require.NoError(t, json.Unmarshal([]byte(line), &x))
		family[x.Order] = x.Family
		if x.Status == "created" {
			count[x.Family]++
		}
	}
	require.Equal(t, stats.FamilyOrders, count)
	for _, line := range linesOf(labels) {
		var l evalLabel
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		require.Equal(t, kindOf(l.Attack), family[l.Order])
	}
}
