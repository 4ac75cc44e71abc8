package store

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// oldFolder unpacks a data folder of a former layout: alerts of shop s-1, by
// orderguard detect --data, and a token; of layout 3, two alerts, a decision and a report.
func oldFolder(t *testing.T, layout int) string {
	dir := t.TempDir()
	require.NoError(t, exec.Command("tar", "-C", dir, "-xzSf", fmt.Sprintf("testdata/layout%d.tar.gz", layout)).Run())
	return dir
}

// Alerts of layout 2 are found by their buyer and their attack in the next.
func TestLayout2(t *testing.T) {
	s := open(t, oldFolder(t, 2))
	ids, _ := poll(t, s, "s-1", 0, Query{Limit: 20})
	require.Len(t, ids, 12)
	token, err := s.LookupToken("og_SioRs42ZSv8g1jiKvogaTXP5yb2kjsl15C9mqbEGhCk")
	require.NoError(t, err)
	require.Equal(t, "till", token.Name)
	alerts, err := s.BuyerAlerts("b-1", 5)
	require.NoError(t, err)
	require.Len(t, alerts, 5)
	require.Greater(t, alerts[0].Seq, alerts[4].Seq)
	of, err := s.AttackAlerts("s-1", alerts[0].Attack)
	require.NoError(t, err)
	require.ElementsMatch(t, ids, of)
	requireSound(t, s)
}

// News of layout 3, which did not say what they follow, come before whatever
// changes next.
func TestLayout3(t *testing.T) {
	s := open(t, oldFolder(t, 3))
	put(t, s, alert("s-1", "al_3", 50, "r"))
	filePapers(t, s, 2, decide(2, 0, orderguard.Decision{Seq: 2, Shop: "s-1", Order: "o-1"}))
	list, _, _, err := s.News("s-1", 0, 9)
	require.NoError(t, err)
	var after []string
	for _, n := range list {
		after = append(after, fmt.Sprint(n.Decision != nil, n.After))
	}
	require.Equal(t, []string{"true 2", "false 2", "true 3"}, after)
	requireSound(t, s)
}

func TestOldLayout(t *testing.T) {
	dir := oldFolder(t, 1)
	for range 2 {
		s := open(t, dir)
		ids, _ := poll(t, s, "s-1", 0, Query{Limit: 4})
		require.Len(t, ids, 10)
		require.EqualValues(t, 10, s.Seq())
		token, err := s.LookupToken("og_9AoYtdfMy_SlcGX0-28bySEUywOZMY5230rO99TmZ7w")
		require.NoError(t, err)
		require.Equal(t, "till", token.Name)
		feeds, err := s.Feeds()
		require.NoError(t, err)
		require.Empty(t, feeds, "they left blank lines out")
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}

func TestNewerLayout(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, alert("s-1", "al_1", 50, "r"))
	require.NoError(t, s.db.Update(func(txn *badger.Txn) error { return txn.Set(layoutKey, seqValue(layout+1)) }))
	require.NoError(t, s.Close())

	_, err := Open(dir, Options{})
	require.ErrorIs(t, err, ErrNewer)
	require.ErrorContains(t, err, fmt.Sprint("layout ", layout+1))

	// The lock is free again, and what is there was not touched.
	lock, err := lockDir(dir)
	require.NoError(t, err)
	require.NoError(t, lock.Close())
	db, err := badger.Open(badgerOptions(dir, Options{}.withDefaults()))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.View(func(txn *badger.Txn) error {
		_, err := txn.Get(alertKey("s-1", "al_1"))
		return err
	}))
}

func TestEveryLayoutHasItsStep(t *testing.T) {
	for n := uint64(1); n < layout; n++ {
		require.Contains(t, migrations, n)
	}
	for n := 1; n < layout; n++ {
		_, err := os.Stat(fmt.Sprintf("testdata/layout%d.tar.gz", n))
		require.NoError(t, err, "each former layout is tried on a folder that was really made by it")
	}
}
