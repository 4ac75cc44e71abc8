package store

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, LogFile: 4 << 20})
	require.NoError(t, err)
	return s
}

func openTemp(t testing.TB) *Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// alert makes an alert of a shop with a reason of each rule.
func alert(shop, id string, score int, rules ...string) orderguard.Alert {
	a := orderguard.Alert{
		ID: id, Scenario: orderguard.MaliciousOrder, Order: "o-" + id, Shop: shop, Buyer: "b-1",
		Attack: "at_1", Score: score, Severity: orderguard.Medium, FlaggedAt: 1_700_000_000_123,
		Evidence: orderguard.Evidence{Orders: []string{"o-" + id}, Buyers: []string{"b-1"}},
	}
	for _, r := range rules {
		a.Reasons = append(a.Reasons, orderguard.Reason{
			Rule: r, Version: "v1", Text: "too <many>", TextZh: "太多", Value: 12, Limit: 10, Within: "10m",
		})
	}
	return a
}

func put(t testing.TB, s *Store, alerts ...orderguard.Alert) []orderguard.Alert {
	t.Helper()
	changed, err := s.Commit(alerts, 0)
	require.NoError(t, err)
	return changed
}

// poll follows the cursor from after until there is no more.
func poll(t testing.TB, s *Store, shop string, after uint64, q Query) (ids []string, next uint64) {
	t.Helper()
	for {
		at, more, err := s.Changes(shop, after, q, func(seq uint64, b []byte) {
			var a orderguard.Alert
			require.NoError(t, json.Unmarshal(b, &a))
			require.Equal(t, a.Seq, seq)
			require.Greater(t, a.Seq, after)
			ids = append(ids, a.ID)
		})
		require.NoError(t, err)
		require.GreaterOrEqual(t, at, after)
		if !more {
			return ids, at
		}
		require.Greater(t, at, after, "more without getting on")
		after = at
	}
}

func TestRoundTrip(t *testing.T) {
	s := openTemp(t)
	in := alert("s-1", "al_1", 80, "r1")
	changed := put(t, s, in)

	want := in
	want.Seq, want.Revision, want.Status = 1, 1, orderguard.Open
	require.Equal(t, []orderguard.Alert{want}, changed)

	raw, timeline, err := s.Alert("s-1", "al_1")
	require.NoError(t, err)
	var got orderguard.Alert
	require.NoError(t, json.Unmarshal(raw, &got))
	require.Equal(t, want, got)
	require.Equal(t, []Entry{{At: in.FlaggedAt, Kind: "flagged", Revision: 1, Seq: 1, Score: 80, Rules: []string{"r1"}}}, timeline)

	_, _, err = s.Alert("s-1", "al_2")
	require.ErrorIs(t, err, ErrNotFound)
	_, _, err = s.Alert("s-2", "al_1")
	require.ErrorIs(t, err, ErrNotFound)
}

func TestListsAreNeverNull(t *testing.T) {
	s := openTemp(t)
	put(t, s, orderguard.Alert{ID: "al_1", Shop: "s", Scenario: orderguard.Harassment, Severity: orderguard.Low})
	raw, _, err := s.Alert("s", "al_1")
	require.NoError(t, err)
	require.Contains(t, string(raw), `"reasons":[],"evidence":{"orders":[],"buyers":[]}`)
}

func TestMerge(t *testing.T) {
	s := openTemp(t)
	put(t, s, alert("s-1", "al_1", 80, "r1"), alert("s-1", "al_2", 80, "r1"))

	require.Empty(t, put(t, s, alert("s-1", "al_1", 80, "r1")), "the same finding is no change")
	require.Empty(t, put(t, s, alert("s-1", "al_1", 10, "r1")), "a lower score is no change")
	require.EqualValues(t, 2, s.Seq())

	later := alert("s-1", "al_1", 70, "r1", "r2")
	later.FlaggedAt += 5000
	later.Severity = orderguard.Critical
	later.Evidence.Orders = []string{"o-al_1", "o-9"}
	changed := put(t, s, later)
	require.Len(t, changed, 1)
	a := changed[0]
	require.EqualValues(t, 3, a.Seq)
	require.Equal(t, 2, a.Revision)
	require.Equal(t, 80, a.Score)
	require.Equal(t, orderguard.Critical, a.Severity)
	require.EqualValues(t, 1_700_000_000_123, a.FlaggedAt, "when it was first recognised")
	require.Equal(t, []string{"o-al_1", "o-9"}, a.Evidence.Orders)
	require.Len(t, a.Reasons, 2)

	require.Empty(t, put(t, s, later), "a replay is no change")
	ids, next := poll(t, s, "s-1", 0, Query{Limit: 10})
	require.Equal(t, []string{"al_2", "al_1"}, ids, "in order of change, each once")
	require.EqualValues(t, 3, next)

	_, timeline, err := s.Alert("s-1", "al_1")
	require.NoError(t, err)
	require.Len(t, timeline, 2)
	require.Equal(t, Entry{At: later.FlaggedAt, Kind: "revised", Revision: 2, Seq: 3, Score: 80, Rules: []string{"r2"}}, timeline[1])
}

func TestSameAlertTwiceInOneCommit(t *testing.T) {
	s := openTemp(t)
	changed := put(t, s, alert("s", "al_1", 10, "r1"), alert("s", "al_1", 10, "r2"))
	require.Len(t, changed, 2)
	require.EqualValues(t, 2, s.Seq())
	ids, _ := poll(t, s, "s", 0, Query{Limit: 1})
	require.Equal(t, []string{"al_1"}, ids)
}

func TestFeeds(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, at := range []map[string]FeedPosition{
		{"tcp": {Lines: 3, Bytes: 700, Events: 2, Rejected: 1}, "http": {Lines: 1}}, {"http": {Lines: 2}},
	} {
		_, err := s.Append([]Record{{Kind: Lines, Positions: at}})
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())

	s = open(t, dir)
	defer s.Close()
	feeds, err := s.Feeds()
	require.NoError(t, err)
	require.Equal(t, map[string]FeedPosition{"tcp": {Lines: 3, Bytes: 700, Events: 2, Rejected: 1, Record: 1}, "http": {Lines: 2, Record: 2}}, feeds)
}

func TestShopsAreApart(t *testing.T) {
	s := openTemp(t)
	shops := []string{"a", "ab", "a\x00", "\x01a", "abc", strings.Repeat("a", 128), "\xff\xff", "店铺", "a\x00\x00\x00\x00\x00\x00\x00\x01"}
	for i, shop := range shops {
		put(t, s, alert(shop, fmt.Sprintf("al_%d", i), 50, "r"))
	}
	for i, shop := range shops {
		ids, _ := poll(t, s, shop, 0, Query{Limit: 10})
		require.Equal(t, []string{fmt.Sprintf("al_%d", i)}, ids, "shop %q", shop)
		head, err := s.Head(shop)
		require.NoError(t, err)
		require.EqualValues(t, i+1, head)
	}
	for _, shop := range []string{"", "b", strings.Repeat("a", 300)} {
		ids, next := poll(t, s, shop, 0, Query{Limit: 10})
		require.Empty(t, ids)
		require.Zero(t, next)
		_, _, err := s.Alert(shop, "al_0")
		require.ErrorIs(t, err, ErrNotFound)
	}
	_, err := s.Commit([]orderguard.Alert{alert(strings.Repeat("a", 129), "al", 1)}, 0)
	require.ErrorContains(t, err, "too long")
	_, err = s.Commit([]orderguard.Alert{{ID: "al_1", Shop: "s"}}, 0)
	require.ErrorContains(t, err, "not known")
}

func TestFilters(t *testing.T) {
	s := openTemp(t)
	for i := range 30 {
		a := alert("s", fmt.Sprintf("al_%02d", i), 50, "r")
		a.Scenario = orderguard.Scenario(1 + i%6)
		put(t, s, a)
	}
	q := Query{Limit: 2, Scenario: []orderguard.Scenario{orderguard.MaliciousReview, orderguard.Unfulfillable}}
	ids, next := poll(t, s, "s", 0, q)
	require.Equal(t, []string{"al_03", "al_05", "al_09", "al_11", "al_15", "al_17", "al_21", "al_23", "al_27", "al_29"}, ids)
	require.EqualValues(t, 30, next)

	q = Query{Limit: 5, Status: []orderguard.Status{orderguard.Abnormal}}
	ids, next = poll(t, s, "s", 0, q)
	require.Empty(t, ids)
	require.EqualValues(t, 30, next, "what does not match is passed")

	_, _, err := s.Changes("s", 0, Query{}, nil)
	require.ErrorContains(t, err, "limit 0")
}

func TestScanIsBounded(t *testing.T) {
	s := openTemp(t)
	alerts := make([]orderguard.Alert, maxScan+10)
	for i := range alerts {
		alerts[i] = alert("s", fmt.Sprintf("al_%d", i), 1)
	}
	alerts[len(alerts)-1].Scenario = orderguard.Harassment
	changed, err := s.Commit(alerts, 7)
	require.NoError(t, err, "a commit beyond one transaction is cut")
	require.Len(t, changed, len(alerts))
	require.EqualValues(t, len(alerts), s.Seq())

	q := Query{Limit: 5, Scenario: []orderguard.Scenario{orderguard.Harassment}}
	next, more, err := s.Changes("s", 0, q, func(uint64, []byte) { t.Fatal("not there yet") })
	require.NoError(t, err)
	require.True(t, more)
	require.EqualValues(t, maxScan, next)
	ids, _ := poll(t, s, "s", next, q)
	require.Len(t, ids, 1)
	require.EqualValues(t, 7, s.Position())
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := Open(dir, Options{})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, "stop it")
	require.NoError(t, s.Close())
	require.NoError(t, open(t, dir).Close())
}

func TestEmptyLogsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, alert("s", "al_1", 50, "r"))
	require.NoError(t, s.Close())
	for _, name := range []string{"00077.mem", "000078.vlog"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	var log strings.Builder
	s, err := Open(dir, Options{Reserve: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer s.Close()
	require.NoFileExists(t, filepath.Join(dir, "00077.mem"))
	require.Contains(t, log.String(), "00077.mem")
	require.Contains(t, log.String(), "000078.vlog")
	ids, _ := poll(t, s, "s", 0, Query{Limit: 5})
	require.Equal(t, []string{"al_1"}, ids)
}

func TestFullDisk(t *testing.T) {
	s := openTemp(t)
	put(t, s, alert("s", "al_1", 50, "r"))
	s.opts.Reserve = 1 << 60
	_, err := s.Commit([]orderguard.Alert{alert("s", "al_2", 50, "r")}, 0)
	require.ErrorIs(t, err, ErrFull)
	_, _, err = s.CreateToken(TokenRequest{Role: "admin"})
	require.ErrorIs(t, err, ErrFull)
	s.opts.Reserve = -1
	require.EqualValues(t, 2, put(t, s, alert("s", "al_3", 50, "r"))[0].Seq)
}

func TestAfterAFailedCommit(t *testing.T) {
	s := openTemp(t)
	huge := alert("s", "al_huge", 50, "r")
	huge.Reasons[0].Text = strings.Repeat("x", 65<<20) // larger than any record
	changed, err := s.Commit([]orderguard.Alert{alert("s", "al_1", 50, "r"), huge}, 1)
	require.ErrorContains(t, err, "al_huge")
	require.Len(t, changed, 1, "what is durable is told")
	require.Zero(t, s.Position())
	require.EqualValues(t, 2, put(t, s, alert("s", "al_1", 50, "r"), alert("s", "al_2", 50, "r"))[0].Seq, "seqs stay dense")
	ids, _ := poll(t, s, "s", 0, Query{Limit: 5})
	require.Equal(t, []string{"al_1", "al_2"}, ids)
}

func TestClosed(t *testing.T) {
	s := openTemp(t)
	require.NoError(t, s.Close())
	_, err := s.Commit([]orderguard.Alert{alert("s", "al_1", 50, "r")}, 0)
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.Head("s")
	require.ErrorIs(t, err, ErrClosed)
	_, _, err = s.CreateToken(TokenRequest{Role: "admin"})
	require.ErrorIs(t, err, ErrClosed)
}

// TestReadersSeeAllBelow polls while another goroutine commits: what a reader
// has seen never gets something before it.
func TestReadersSeeAllBelow(t *testing.T) {
	s := openTemp(t)
	const commits = 300
	done := make(chan error, 1)
	go func() {
		var err error
		for i := range commits {
			if _, err = s.Commit([]orderguard.Alert{alert("s", fmt.Sprintf("al_%d", i), 50, "r")}, 0); err != nil {
				break
			}
		}
		done <- err
	}()
	var next uint64
	seen := 0
	for seen < commits {
		var ids []string
		ids, next = poll(t, s, "s", next, Query{Limit: 7})
		for _, id := range ids {
			require.Equal(t, fmt.Sprintf("al_%d", seen), id)
			seen++
		}
	}
	require.NoError(t, <-done)
}

func TestExisting(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir, Options{Existing: true})
	require.ErrorIs(t, err, ErrNoStore)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, open(t, dir).Close())
	s, err := Open(dir, Options{Existing: true})
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func TestOptions(t *testing.T) {
	err := Options{MemTable: 5, LogFile: 1, Reserve: -2}.Validate()
	require.ErrorContains(t, err, "MemTable")
	require.ErrorContains(t, err, "Reserve")
	_, err = Open(t.TempDir(), Options{MemTable: 5})
	require.ErrorContains(t, err, "8 MiB")
}
