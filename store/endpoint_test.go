package store

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// decide files a decision at the nth place of a record.
func decide(record uint64, n int, d orderguard.Decision) Paper {
	d.ID = fmt.Sprint("dc_", d.Seq)
	if d.Kind == 0 {
		d.Kind = orderguard.CloseOrder
	}
	return Paper{Place: Place(record, n), Decision: &d}
}

// report files a report as it stands at the nth place of a record.
func reportAt(record uint64, n, revision int, shop, id string) Paper {
	return Paper{Place: Place(record, n), Report: &orderguard.Report{
		ID: id, Shop: shop, Scenario: orderguard.Harassment, State: orderguard.Submitted, Revision: revision}}
}

// newsOf reads all news of a shop, in pages of two.
func newsOf(t testing.TB, s *Store, shop string, after uint64) (names []string) {
	t.Helper()
	for more := true; more; {
		var list []News
		var err error
		list, after, more, err = s.News(shop, after, 2)
		require.NoError(t, err)
		for _, n := range list {
			if n.Report != nil {
				names = append(names, fmt.Sprint(n.Report.ID, "@", n.Report.Revision))
			} else {
				names = append(names, n.Decision.ID)
			}
		}
	}
	return names
}

// News are in order, of one shop; those on buyers are of none. A report that has
// changed again is told of once, one that is gone not at all, and keeping the same
// again adds nothing.
func TestNews(t *testing.T) {
	s := open(t, t.TempDir())
	appendRecords(t, s, 9)
	for range 2 {
		filePapers(t, s, 3, reportAt(3, 0, 1, "s-1", "rp_1"), decide(3, 1, orderguard.Decision{Seq: 1, Shop: "s-1", Order: "o-1"}),
			decide(3, 2, orderguard.Decision{Seq: 2, Buyer: "b-1", Kind: orderguard.FreezeBuyer}), reportAt(3, 3, 1, "s-2", "rp_2"))
		filePapers(t, s, 4, reportAt(4, 0, 2, "s-1", "rp_1"), reportAt(4, 1, 1, "s-1", "rp_3"), decide(4, 2, orderguard.Decision{Seq: 3, Shop: "s-1", Order: "o-2"}))
	}
	require.Equal(t, []string{"dc_1", "rp_1@2", "rp_3@1", "dc_3"}, newsOf(t, s, "s-1", 0))
	require.Equal(t, []string{"rp_3@1", "dc_3"}, newsOf(t, s, "s-1", Place(4, 0)))
	require.Equal(t, []string{"rp_2@1"}, newsOf(t, s, "s-2", 0))
	require.Equal(t, []string{"dc_2"}, newsOf(t, s, "", 0))
	require.Empty(t, newsOf(t, s, "s-3", 0))
	filePapers(t, s, 5, Paper{Gone: &Gone{Shop: "s-1", Report: "rp_3"}})
	require.Equal(t, []string{"dc_1", "rp_1@2", "dc_3"}, newsOf(t, s, "s-1", 0))
	requireSound(t, s)
}

// An endpoint begins where it was told to, and is behind with what has come since
// and what it was not told.
func TestBehind(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	appendRecords(t, s, 9)
	put(t, s, alert("s-1", "al_1", 50, "r"), alert("s-2", "al_2", 50, "r"))
	filePapers(t, s, 3, decide(3, 0, orderguard.Decision{Seq: 1, Shop: "s-1"}), decide(3, 1, orderguard.Decision{Seq: 2, Buyer: "b-1"}))
	behind := func(endpoint string) (list []string) {
		require.NoError(t, s.Behind(endpoint, func(shop string, changes, news bool) { list = append(list, fmt.Sprint(shop, changes, news)) }))
		slices.Sort(list)
		return list
	}
	require.Error(t, s.Enrol("", false))
	require.NoError(t, s.Enrol("old", true))
	require.NoError(t, s.Enrol("new", false))
	require.Equal(t, []string{"false true", "s-1false true", "s-1true false", "s-2true false"}, behind("old"))
	require.Empty(t, behind("new"))

	put(t, s, alert("s-2", "al_3", 50, "r"))
	filePapers(t, s, 4, reportAt(4, 0, 1, "s-3", "rp_1"))
	require.Equal(t, []string{"s-2true false", "s-3false true"}, behind("new"))
	require.NoError(t, s.SaveCursors("new", map[string]Cursor{"s-2": {Change: 3}}))
	require.NoError(t, s.SaveCursors("new", map[string]Cursor{"s-2": {Change: 3}, "s-3": {News: Place(4, 0)}}))
	require.NoError(t, s.Enrol("new", true), "it is known: it goes on")
	requireSound(t, s)

	require.NoError(t, s.Close())
	s = open(t, dir)
	require.Empty(t, behind("new"))
	at, err := s.Cursor("new", "s-3")
	require.NoError(t, err)
	require.Equal(t, Cursor{News: Place(4, 0)}, at)
	at, err = s.Cursor("new", "s-9")
	require.NoError(t, err)
	require.Equal(t, Cursor{Change: 2, News: Place(4, 0) - 1}, at)
	_, err = s.Cursor("other", "s-1")
	require.ErrorIs(t, err, ErrNotFound)
}
