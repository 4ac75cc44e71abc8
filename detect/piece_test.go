package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestPieces holds that workers share a table only where it has much of what a batch has to do.
func TestPieces(t *testing.T) {
	e, err := New(parse(t, `
rules:
  - id: much
    scenario: malicious_order
    on: order.created
    all: [{count: order.created, by: [buyer], within: 1h, at_least: 99}]
  - id: little
    scenario: malicious_dispute
    on: dispute.withdrawn
    all: [{count: dispute.withdrawn, by: [shop], within: 1h, at_least: 99}]
`), Options{})
	require.NoError(t, err)
	require.Equal(t, 4, e.cut(2), "nothing is known yet: each table is shared")
	r := NewRunner(e, 2)
	defer r.Close()
	r.Process(&orderguard.Batch{Events: randomEvents(rand.New(rand.NewPCG(1, 2)), 2000)})
	require.Equal(t, 3, e.cut(2))
	require.Equal(t, []piece{{0, 0, 2}, {0, 1, 2}, {1, 0, 1}}, e.measured)
	require.Equal(t, 2, e.cut(1))
}
