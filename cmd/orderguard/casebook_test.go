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
	require.NoError(t, b.rebuild(disk.Acts, 5, 4))
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

// What a program before this one took stands, though it would be refused by now, and what it refused does
// not: in the acts before a snapshot, and in those that are judged again after it.
func TestWhatWasTakenIsNotJudgedAnew(t *testing.T) {
	const start = orderguard.Millis(1_770_000_000_000)
	acts := []keptAct{
		{Act: fileAct(start, "o-1")},
		{Act: decideAct(start+1, "o-1", "\u200b")},
		{Act: fileAct(start+2, "o-2")},
		{Act: decideAct(start+3, "o-2", "clear"), Refused: "the reviewer had to wait"},
	}
	for snapshot := range uint64(len(acts) + 1) {
		disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
		for i, a := range acts {
			text, err := json.Marshal(a)
			require.NoError(t, err)
			disk.acts[store.Place(uint64(i+1), 0)] = text
		}
		b := newCasebook()
		require.NoError(t, b.rebuild(disk.Acts, snapshot+1, uint64(len(acts))))
		for i := int(snapshot); i < len(acts); i++ {
			refusal, papers, err := b.act(uint64(i+1), 0, acts[i].Act, nil)
			require.NoError(t, err)
			require.Nil(t, refusal)
			require.JSONEq(t, string(disk.acts[store.Place(uint64(i+1), 0)]), string(papers[0].Act))
		}
		b.look(func(d *casework.Desk, _ *casework.Ledger) {
			require.Equal(t, orderguard.Upheld, d.Report(casework.ReportID("o-1", orderguard.Harassment)).State)
			require.Equal(t, orderguard.Submitted, d.Report(casework.ReportID("o-2", orderguard.Harassment)).State)
			require.Equal(t, orderguard.Warned, d.Buyer("b-1", start+4).Level)
		})
		refusal, _, err := b.act(uint64(len(acts)+1), 0, decideAct(start+5, "o-2", "\u200b"), nil)
		require.NoError(t, err)
		require.Equal(t, casework.Invalid, refusal.Problem, "what is new is held against the checks of now")
	}
}

func fileAct(at orderguard.Millis, order string) casework.Act {
	o := casework.Order{Order: order, Shop: "s-1", Buyer: "b-1", Created: at - 1000, Known: true}
	return casework.Act{At: at, By: "tk_seller", File: &casework.File{
		Shop: "s-1", Scenario: orderguard.Harassment, Statement: "rude", Evidence: []string{}, Order: o}}
}

func decideAct(at orderguard.Millis, order, grounds string) casework.Act {
	o := casework.Order{Order: order, Shop: "s-1", Buyer: "b-1", Created: at - 1000, Known: true}
	return casework.Act{At: at, By: "tk_reviewer", Decide: &casework.Decide{
		Report: casework.ReportID(order, orderguard.Harassment), Upheld: true, Grounds: orderguard.Wording{En: grounds}, Order: o}}
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
