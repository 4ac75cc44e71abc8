package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// life is what a test remembers of one order.
type life struct {
	family   string
	created  event
	at       time.Time
	paid     bool
	refunded bool
	evidence []string
	messages []event
}

// livesOf returns the orders of a marketplace's families, in order of time.
func livesOf(tb testing.TB, o GenOptions) []*life {
	tb.Helper()
	var origins bytes.Buffer
	_, err := GenerateOrigins(io.Discard, io.Discard, &origins, o)
	require.NoError(tb, err)
	byOrder := map[string]*life{}
	for _, line := range linesOf(origins.Bytes()) {
		var x struct{ Order, Family string }
		require.NoError(tb, json.Unmarshal([]byte(line), &x))
		byOrder[x.Order] = &life{family: x.Family}
	}
	events, _, _ := generate(tb, o)
	var all []*life
	for _, line := range linesOf(events) {
		e := decode(tb, []byte(line))
		l := byOrder[e.Order]
		switch {
		case l == nil:
		case e.Type == "message":
			l.messages = append(l.messages, e)
		case e.Type == "dispute":
			l.evidence = append(l.evidence, e.Evidence...)
		case e.Status == "created":
			l.created = e
			l.at, _ = time.Parse(time.RFC3339, e.TS)
			all = append(all, l)
		case e.Status == "paid":
			l.paid = true
		case e.Status == "refunded":
			l.refunded = true
		}
	}
	return all
}

// A look-alike must be lawful in what matters, or it would be an attack without
// a label.
func TestLookAlikesAreLawful(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	orders, paid := map[string]int{}, map[string]int{}
	devices, refunds, evidence := map[string]map[string]bool{}, map[string]int{}, map[string]bool{}
	for _, l := range livesOf(t, GenOptions{Seed: 9, Orders: 20_000, NoAttacks: true}) {
		orders[l.family]++
		if l.paid {
			paid[l.family]++
		}
		if devices[l.family] == nil {
			devices[l.family] = map[string]bool{}
		}
		devices[l.family][l.created.Device] = true
		switch l.family {
		case "unlucky":
			if l.refunded {
				refunds[l.created.Buyer]++
			}
		case "bad-batch":
			for _, h := range l.evidence {
				require.False(t, evidence[h], "two buyers share a picture")
				evidence[h] = true
			}
		case "campaign":
			if l.created.BuyerSince == "" {
				continue
			}
			since, err := time.Parse(time.RFC3339, l.created.BuyerSince)
			require.NoError(t, err)
			require.LessOrEqual(t, l.at.Sub(since), 5*time.Hour+time.Second)
		case "late-answer":
			require.Len(t, l.messages, 3)
			require.Equal(t, "buyer", l.messages[2].From)
			asked, _ := time.Parse(time.RFC3339, l.messages[1].TS)
			answered, _ := time.Parse(time.RFC3339, l.messages[2].TS)
			require.Less(t, answered.Sub(asked), 48*time.Hour)
		case "rude-place":
			require.NotEmpty(t, l.created.ShipTo["line1"])
			require.NotEmpty(t, l.created.ShipTo["postcode"])
		case "hamlet":
			require.Empty(t, l.created.ShipTo["line1"])
			require.NotEmpty(t, l.created.ShipTo["city"])
			require.NotEmpty(t, l.created.ShipTo["postcode"])
		case "short-address":
			require.NotEmpty(t, l.created.ShipTo["line1"])
			require.NotEmpty(t, l.created.ShipTo["city"])
		}
	}
	for _, f := range []string{"flash-sale", "campaign", "wholesale", "household", "campus", "carrier", "kiosk", "seller-buys", "odd-note", "short-address"} {
		require.Greater(t, float64(paid[f])/float64(orders[f]), .7, f)
	}
	require.Equal(t, orders["wholesale"], paid["wholesale"])
	require.Equal(t, orders["campaign"], len(devices["campaign"]), "a device each")
	require.Len(t, devices["kiosk"], 1)
	for _, n := range refunds {
		require.LessOrEqual(t, n, 5)
	}
}

// The smallest marketplace must still hold every family.
func TestSmallestMarketplace(t *testing.T) {
	for seed := range uint64(5) {
		s, err := Generate(io.Discard, io.Discard, GenOptions{Seed: seed, Orders: 1, Shops: 6, Buyers: 50, Duration: Duration(time.Hour)})
		require.NoError(t, err)
		require.Len(t, s.Instances, len(families))
		require.Len(t, s.FamilyOrders, len(families))
	}
}
