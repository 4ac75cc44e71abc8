package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// manyLines are so many lines of orders of a shop that a record of them lies in a value log.
func manyLines(shop string, from, n int) []byte {
	var b bytes.Buffer
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, `{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":%q,"buyer":"b-%x","order":"o-%d"}`+"\n", i, march, shop, uint64(i)*0x9e3779b97f4a7c15, i)
	}
	return b.Bytes()
}

// loseARecord makes a store of which a record, with the orders o-1000 to o-1999, cannot be read. The
// order o-2000 has a line before it and one behind.
func loseARecord(t *testing.T, dir string) {
	s, err := store.Open(dir, store.Options{Reserve: -1})
	require.NoError(t, err)
	again := []byte(fmt.Sprintf(`{"type":"order","status":"shipped","id":"e-x","ts":%d,"shop":"s-1","buyer":"b","order":"o-5"}`+"\n", march))
	records := []store.Record{
		{Kind: store.Lines, Feed: "f", Raw: manyLines("s-1", 0, 20)},
		{Kind: store.Lines, Feed: "f", Raw: manyLines("s-1", 1000, 1000)},
		{Kind: store.Lines, Feed: "f", Raw: again},
	}
	for i := range records {
		records[i].Positions = map[string]store.FeedPosition{"f": {Lines: 9999}}
	}
	_, err = s.Append(records)
	require.NoError(t, err)
	_, err = s.Commit(nil, 3)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	path := filepath.Join(dir, "000001.vlog")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[len(bytes.TrimRight(data, "\x00"))/2] ^= 8
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

// TestReportOfALostOrder reports orders while records are lost: none is said to be too old, or never to have been.
func TestReportOfALostOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	loseARecord(t, dir)
	s, err := store.Open(dir, store.Options{Reserve: -1, Orders: ordersOf, AcceptLoss: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	c := &cases{store: s, book: newCasebook(), ready: func() error { return nil }}
	for _, order := range []string{"o-1500", "o-never"} {
		_, err := c.File(t.Context(), "tk_1", "s-1", api.Filing{Order: order, Scenario: orderguard.Harassment, Statement: api.Statement{Statement: "insults"}})
		require.ErrorIs(t, err, api.ErrLost)
		events, _, err := ordersIn{s}.Order(order)
		require.ErrorIs(t, err, api.ErrLost)
		require.Empty(t, events)
	}
	events, _, err := ordersIn{s}.Order("o-5")
	require.ErrorIs(t, err, api.ErrLost)
	require.Len(t, events, 2)
	o, _, err := c.order("s-1", "o-5")
	require.NoError(t, err, "its creation is known")
	require.Equal(t, casework.Order{Order: "o-5", Shop: "s-1", Buyer: o.Buyer, Created: march, Known: true, Shipped: true}, o)
	flags, err := c.asTheyStand(t.Context(), []flagged{{Flag: casework.Flag{Order: casework.Order{Order: "o-1500", Shop: "s-1", Buyer: "b"}}}})
	require.NoError(t, err, "a verdict needs no line")
	require.False(t, flags[0].Order.Known, "and closes nothing that is not known")
}

// TestCommandsNameLostRecords copies, restores and checks a store of which a record cannot be read.
func TestCommandsNameLostRecords(t *testing.T) {
	t.Parallel()
	dir, folder := t.TempDir(), t.TempDir()
	loseARecord(t, dir)
	run := func(want int, args ...string) string {
		var out, errs bytes.Buffer
		root := newRootCommand()
		root.SetOut(&out)
		root.SetErr(&errs)
		require.Equal(t, want, execute(t.Context(), root, args), "%q: %s", args, &errs)
		return errs.String() + out.String()
	}
	copied, restored := filepath.Join(folder, "copy"), filepath.Join(folder, "restored")
	require.Contains(t, run(exitFailed, "check", "--data", dir), "record 2 of the journal cannot be read")
	text := run(exitFailed, "backup", "--data", dir, copied)
	require.Contains(t, text, "copied ")
	require.Contains(t, text, "not in the copy, since lost: record 2 of the journal")
	require.Contains(t, run(exitFailed, "backup", "--data", dir, "-"), "not in the copy, since lost: record 2 of the journal")
	require.Contains(t, run(exitDone, "restore", "--data", restored, copied), "lacks what was lost before it was copied: record 2 of the journal")
	require.Contains(t, run(exitDone, "check", "--data", restored), "known: record 2 of the journal")
	require.Contains(t, run(exitDone, "backup", "--data", restored, filepath.Join(folder, "second")), "not in the copy, since lost: record 2 of the journal")
}

// TestLostAlertsAndReports goes on without an alert and a report that lie in the value log of a folder of former
// days, where a bit is bad in each: what others know of them stands there.
func TestLostAlertsAndReports(t *testing.T) {
	t.Parallel()
	for _, of := range []string{`"alert":"al_`, "STATEMENT1"} {
		dir := t.TempDir()
		require.NoError(t, exec.Command("tar", "-C", dir, "-xzSf", "../../store/testdata/layout4.tar.gz").Run())
		path := filepath.Join(dir, "000001.vlog")
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		at := bytes.Index(data, []byte(of)) // many lines come behind that of its order
		require.Positive(t, at)
		data[at+len(of)+20] ^= 1
		require.NoError(t, os.WriteFile(path, data, 0o600))
		o := store.Options{Reserve: -1, Orders: ordersOf, Committed: committedBy}
		_, err = store.Open(dir, o)
		require.ErrorIs(t, err, store.ErrDamaged)
		o.AcceptLoss = true
		s, err := store.Open(dir, o)
		require.NoError(t, err)
		p, err := newPipeline(pipelineOptions{
			rules: detect.ShippedRules(), workers: 1, store: s, casework: true, acceptLoss: true, log: slog.New(slog.DiscardHandler),
			publish: func([]orderguard.Alert) error { return nil },
		})
		require.NoError(t, err)
		_, err = p.recover(t.Context(), s, p.options.log)
		require.NoError(t, err)
		require.NoError(t, p.mendLost())
		n := 0
		_, _, err = s.Changes("s-1", 0, store.Query{Limit: store.MaxLimit}, func(_ uint64, text []byte) {
			var a orderguard.Alert
			require.NoError(t, json.Unmarshal(text, &a))
			require.Equal(t, detect.AlertID(a.Order, a.Scenario), a.ID)
			n++
		})
		require.NoError(t, err)
		require.Equal(t, 160, n)
		list, _, _, err := s.ShopReports("s-2", 0, 9)
		require.NoError(t, err)
		require.Len(t, list, 2)
		for i, r := range list {
			require.Contains(t, r.Statement, fmt.Sprint("STATEMENT", i))
		}
		result, err := checkAll(t.Context(), s, p)
		require.NoError(t, err)
		require.Empty(t, result.Faults)
		p.close()
		require.NoError(t, s.Close())
	}
}
