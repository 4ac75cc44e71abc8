package main

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// A ledger that begins anew, as no snapshot can be used and the journal has been
// trimmed, counts by the policy that was put in force before.
func TestRebuiltLedgerHasThePolicy(t *testing.T) {
	const start = orderguard.Millis(1_770_000_000_000)
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	text, err := json.Marshal(casework.Act{At: start, Adopt: &casework.Adopt{Name: "p", Text: "indicators: {ship_within: 2h}"}})
	require.NoError(t, err)
	disk.acts[store.Place(1, 0)] = text
	b := newCasebook()
	require.NoError(t, b.rebuild(disk.Acts, 5))
	later := start + orderguard.Millis((4 * time.Hour).Milliseconds())
	b.events(&run{record: 5}, []orderguard.Event{
		{Kind: orderguard.OrderCreated, Shop: "s-1", Buyer: "b-1", Order: "o-1", Time: start},
		{Kind: orderguard.OrderPaid, Shop: "s-1", Buyer: "b-1", Order: "o-1", Time: start},
		{Kind: orderguard.OrderCreated, Shop: "s-1", Buyer: "b-1", Order: "o-2", Time: later},
	}, nil)
	b.look(func(_ *casework.Desk, l *casework.Ledger) {
		unsold := l.Indicators("s-1", 7).Rates[orderguard.UnsoldRate-1]
		require.Equal(t, casework.Rate{Numerator: 1, Denominator: 1, Rate: 1}, unsold.Raw)
	})
}
