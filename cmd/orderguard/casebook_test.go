package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
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

// TestRepeatedEventsChangeNoIndicator sends an event's id again with another content, in
// batches of one record and of several.
func TestRepeatedEventsChangeNoIndicator(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir)
	token := newToken(t, dir, "admin")
	line := func(id, order, status string) []byte {
		return fmt.Appendf(nil, `{"type":"order","id":%q,"ts":%q,"shop":"s-1","buyer":"b-1","order":%q,"status":%q}`+"\n",
			id, time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), order, status)
	}
	d.post(token, line("e-1", "o-1", "created"), line("e-2", "o-1", "paid"), line("e-3", "o-2", "created"), line("e-4", "o-2", "paid"))
	receipt := d.post(token, line("e-5", "o-3", "created"), line("e-4", "o-2", "refunded"), line("e-6", "o-3", "paid"))
	require.Equal(t, 1, receipt.Duplicates)
	d.send(line("e-1", "o-1", "shipped"), line("e-1", "o-1", "refunded"), line("e-2", "o-3", "refunded"), line("e-2", "o-2", "refunded"))
	await(t, "all lines", func() bool { return d.metric("orderguard_duplicates_total") == "3" })
	a := d.call(http.MethodGet, "/v1/shops/s-1/indicators?days=7", token, nil)
	require.Contains(t, a.body, `"refund_rate","raw":{"numerator":1,"denominator":3,`)
	d.stop()
}
