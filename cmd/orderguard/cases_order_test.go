package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// An order is what its own events at a shop say, whatever stands where in their
// lines.
func TestSaidOf(t *testing.T) {
	said := saidOf([][]byte{
		[]byte(`{"id":"e-2","note":"a rather long remark that moves all that comes after it","order":"o-1","buyer":"B-1","shop":"s-1","ts":1770000001000,"status":"paid","type":"order"}`),
		[]byte(`{"type":"order","status":"created","id":"e-1","ts":1770000000000,"shop":"s-1","buyer":"C81bd54411d44aca5","order":"o-1"}`),
		[]byte(`{"type":"order","status":"shipped","id":"e-3","ts":1770000002000,"shop":"s-2","buyer":"other","order":"o-1"}`),
		[]byte(`no event`),
		[]byte(`{"order":"o-1","buyer":"C81bd54411d44aca5","shop":"s-1","ts":1770000003000,"type":"order","status":"delivered","id":"e-4"}`),
		[]byte(`{"type":"dispute","dispute":"q-1","status":"opened","reason":"quality","id":"e-5","ts":1760009000000,"shop":"s-1","buyer":"b","order":"o-1"}`),
		[]byte(`{"type":"order","status":"cancelled","actor":"buyer","id":"e-6","ts":1770000003000,"shop":"s-2","buyer":"b","order":"o-2"}`),
		[]byte(`{"type":"message","from":"buyer","text":"?","id":"e-7","ts":1,"shop":"s-3","buyer":"b","order":"o-1"}`),
	}, "o-1")
	require.Equal(t, []saidOrder{
		{shop: "s-1", buyer: "C81bd54411d44aca5", created: 1770000000000, first: 1760009000000, shipped: true},
		{shop: "s-2", buyer: "other", first: 1770000002000, shipped: true},
	}, said)
}

// caseTest is casework over a store, fed by hand.
type caseTest struct {
	*testing.T
	*cases
	n int // events so far
}

func newCaseTest(t *testing.T) *caseTest {
	s, err := store.Open(t.TempDir(), store.Options{Reserve: -1, Orders: ordersOf})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return &caseTest{t, &cases{store: s, book: newCasebook(), ready: func() error { return nil }}, 0}
}

// march is the day around which the orders of these tests are.
const march = orderguard.Millis(1_770_000_000_000)

const oneDay = orderguard.Millis(24 * 3600 * 1000)

// feed takes an event of an order so many days after march: into the journal, and if
// a marketplace sent it, into the ledger.
func (c *caseTest) feed(feed, kind, shop, buyer, order string, days orderguard.Millis) {
	c.Helper()
	c.n++
	line := fmt.Sprintf(`{"type":"order","status":%q,"id":"e-%d","ts":%d,"shop":%q,"buyer":%q,"order":%q}`, kind, c.n, march+days*oneDay, shop, buyer, order)
	if kind == "opened" {
		line = strings.Replace(line, `"type":"order"`, `"type":"dispute","dispute":"q-1","reason":"quality"`, 1)
	}
	raw := []byte(line + "\n")
	_, err := c.store.Append([]store.Record{{Kind: store.Lines, Feed: feed, Source: feed, Wall: int64(c.n), Raw: raw}})
	require.NoError(c, err)
	var redecoder ingest.Redecoder
	batch, err := redecoder.Decode(raw, feed, feed, 1, 0)
	require.NoError(c, err)
	require.Len(c, batch.Events, 1)
	if feed != screenFeed {
		c.book.events(&run{record: uint64(c.n)}, batch.Events, nil)
	}
}

// trim lets all records of the journal go but the last two, which are of another order.
func (c *caseTest) trim() {
	c.Helper()
	for range 2 {
		c.feed("tcp", "created", "s-0", "b-0", "another", 0)
		_, last, _ := c.store.Journal()
		_, err := c.store.Commit(nil, last)
		require.NoError(c, err)
		require.NoError(c, c.store.SaveSnapshot(last, func(w io.Writer) error {
			_, err := w.Write([]byte("state"))
			return err
		}))
	}
	n, err := c.store.Trim(c.Context(), store.Retention{Bytes: 1})
	require.NoError(c, err)
	require.Positive(c, n)
}

// flag has an order flagged.
func (c *caseTest) flag(s orderguard.Scenario, shop, buyer, order string, days orderguard.Millis) {
	c.Helper()
	_, err := c.store.Commit([]orderguard.Alert{{
		ID: detect.AlertID(order, s), Scenario: s, Severity: orderguard.High,
		Order: order, Shop: shop, Buyer: buyer, FlaggedAt: march + days*oneDay,
	}}, 0)
	require.NoError(c, err)
}

// is requires what is known of an order.
func (c *caseTest) is(want casework.Order) {
	c.Helper()
	got, _, err := c.order(want.Shop, want.Order)
	require.NoError(c, err)
	require.Equal(c, want, got)
}

// What the journal has let go of, the ledger and the alert still say; an order that may
// have been shipped is never taken for one that was not.
func TestOrderWithoutItsLines(t *testing.T) {
	c := newCaseTest(t)
	const tcp = "tcp"
	for _, o := range []string{"flagged", "shipped", "alone", "stray", "again"} {
		c.feed(tcp, "created", "s-1", "b-1", o, 0)
	}
	c.feed(tcp, "shipped", "s-1", "b-1", "shipped", 1)
	c.feed(tcp, "shipped", "s-1", "b-1", "again", 1)
	c.flag(orderguard.MaliciousOrder, "s-1", "b-1", "flagged", 0)
	c.trim()
	c.feed(tcp, "opened", "s-1", "b-1", "shipped", 2)
	c.feed(tcp, "paid", "s-2", "b-2", "stray", 2)
	c.feed(tcp, "opened", "s-1", "b-1", "stray", 3)

	c.is(casework.Order{Order: "flagged", Shop: "s-1", Buyer: "b-1", Created: march, Known: true})
	c.is(casework.Order{Order: "shipped", Shop: "s-1", Buyer: "b-1", Created: march, Known: true, Shipped: true})
	c.is(casework.Order{Order: "stray", Shop: "s-2"})

	_, err := c.File(t.Context(), "tk_1", "s-1", api.Filing{Order: "alone", Scenario: orderguard.Harassment, Statement: api.Statement{Statement: "insults"}})
	var refusal *casework.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, casework.NotFound, refusal.Problem)
	require.ErrorContains(t, err, `the lines of order "alone" are gone`)

	// Long after, the ledger has let all of it go, and begins anew.
	c.feed(tcp, "opened", "s-1", "b-1", "again", 150)
	c.is(casework.Order{Order: "again", Shop: "s-1", Buyer: "b-1", Created: march + 150*oneDay, Known: true, Shipped: true})
	c.is(casework.Order{Order: "flagged", Shop: "s-1", Buyer: "b-1", Created: march, Known: true, Shipped: true})
	c.trim()
	c.flag(orderguard.MaliciousDispute, "s-1", "b-1", "again", 150)
	c.is(casework.Order{Order: "again", Shop: "s-1", Buyer: "b-1", Created: march + 150*oneDay, Known: true, Shipped: true})
}

// A verdict closes no order that the ledger has begun anew, unless its lines say that it
// was not shipped.
func TestFlagOfAnOldOrder(t *testing.T) {
	c := newCaseTest(t)
	stands := func(days orderguard.Millis) casework.Order {
		c.flag(orderguard.MaliciousDispute, "s-1", "b-1", "o-1", days)
		flags, err := c.flags("s-1", []string{detect.AlertID("o-1", orderguard.MaliciousDispute)})
		require.NoError(t, err)
		now, err := c.asTheyStand(t.Context(), flags)
		require.NoError(t, err)
		return now[0].Order
	}
	c.feed("tcp", "created", "s-1", "b-1", "o-1", 0)
	c.feed("tcp", "opened", "s-1", "b-1", "o-1", 150) // the ledger had let it go
	want := casework.Order{Order: "o-1", Shop: "s-1", Buyer: "b-1", Created: march, Known: true}
	require.Equal(t, want, stands(150))
	c.trim()
	want.Created, want.Shipped = march+150*oneDay, true
	require.Equal(t, want, stands(150))
}

// Before anything is let go of, an order is what its lines say, however old it is.
func TestOrderOldWithAllLines(t *testing.T) {
	c := newCaseTest(t)
	c.feed("tcp", "created", "s-1", "b-1", "o-1", 0)
	c.feed("tcp", "created", "s-1", "b-1", "o-2", 0)
	c.feed("tcp", "shipped", "s-1", "b-1", "o-2", 1)
	c.feed("tcp", "created", "s-1", "b-1", "o-3", 150) // the ledger lets go of the others
	c.feed("tcp", "opened", "s-1", "b-1", "o-2", 151)
	c.is(casework.Order{Order: "o-1", Shop: "s-1", Buyer: "b-1", Created: march, Known: true})
	c.is(casework.Order{Order: "o-2", Shop: "s-1", Buyer: "b-1", Created: march, Known: true, Shipped: true})
}

// An order is the shop's that it was created at; if that is not known, the shop's of
// its alert, or of its earliest event.
func TestOrderIsOfOneShop(t *testing.T) {
	c := newCaseTest(t)
	c.feed("tcp", "paid", "s-2", "b-2", "o-1", 0)
	c.feed("tcp", "created", "s-1", "b-1", "o-1", 1)
	c.feed("tcp", "created", "s-3", "b-1", "o-1", 2)
	c.is(casework.Order{Order: "o-1", Shop: "s-1", Buyer: "b-1", Created: march + oneDay, Known: true})
	c.is(casework.Order{Order: "o-1", Shop: "s-2"})
	c.is(casework.Order{Order: "o-1", Shop: "s-3"})
	c.is(casework.Order{Order: "o-1", Shop: "s-4"})

	c.feed("tcp", "paid", "s-2", "b-2", "o-2", 1)
	c.feed("tcp", "paid", "s-1", "b-1", "o-2", 0)
	c.is(casework.Order{Order: "o-2", Shop: "s-1", Buyer: "b-1", Created: march, Known: true})
	c.is(casework.Order{Order: "o-2", Shop: "s-2"})
	c.flag(orderguard.MaliciousOrder, "s-2", "b-2", "o-2", 1)
	c.is(casework.Order{Order: "o-2", Shop: "s-2", Buyer: "b-2", Created: march + oneDay, Known: true})
}

// What was only asked for, and blocked, is no order, also when it was flagged.
func TestBlockedAttemptIsNoOrder(t *testing.T) {
	c := newCaseTest(t)
	c.feed(screenFeed, "created", "s-1", "b-1", "o-1", 0)
	c.flag(orderguard.MaliciousOrder, "s-1", "b-1", "o-1", 0)
	c.is(casework.Order{Order: "o-1", Shop: "s-1"})
	found, err := c.store.Order("o-1")
	require.NoError(t, err)
	require.Len(t, found, 1, "but its line can be seen")
	c.feed("tcp", "paid", "s-1", "b-1", "o-1", 1) // it was accepted all the same
	c.is(casework.Order{Order: "o-1", Shop: "s-1", Buyer: "b-1", Created: march + oneDay, Known: true})
}

// The journal keeps lines for longer than orders can be reported.
func TestJournalOutlastsReports(t *testing.T) {
	age := newServeCommand().Flags().Lookup("journal-age").DefValue
	kept, err := time.ParseDuration(age)
	require.NoError(t, err)
	require.Greater(t, kept.Milliseconds(), int64(casework.DefaultPolicy().Reports.OrderAge))
}
