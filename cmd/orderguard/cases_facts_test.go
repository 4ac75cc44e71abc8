package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/casework"
)

// An examination knows what became of the buyer's orders at every shop: of those that were
// completed, who kept them.
func TestExaminationKnowsWhatWasSentBack(t *testing.T) {
	c := newCaseTest(t)
	for i := range 12 {
		shop, order := fmt.Sprint("s-", i), fmt.Sprint("o-", i)
		for _, kind := range []string{"created", "paid", "shipped", "completed"} {
			c.feed("tcp", kind, shop, "b-1", order, 0)
		}
		if i < 5 {
			c.feed("tcp", "refunded", shop, "b-1", order, 1)
		}
		if i == 4 || i == 5 {
			c.feed("tcp", "opened", shop, "b-1", order, 1)
		}
	}
	o, alerts, err := c.order("s-0", "o-0")
	require.NoError(t, err)
	x, err := c.examination("rp_1", o, alerts)
	require.NoError(t, err)
	require.Equal(t, casework.BuyerRecord{Orders: 12, Completed: 6, Refunded: 5, Disputed: 2, Contested: 6}, x.Buyer)
}
