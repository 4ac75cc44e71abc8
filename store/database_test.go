package store

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// A read does not wait for a commit under way, and sees nothing of it; another write does not either.
func TestReadsDoNotWaitForSyncs(t *testing.T) {
	held, release := make(chan struct{}), make(chan struct{})
	hold := false
	s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20, commit: func(txn *badger.Txn, at uint64) error {
		if hold {
			hold = false
			err := txn.CommitAt(at, nil) // it is in the tables, and not yet durable for all that anybody knows
			held <- struct{}{}
			<-release
			return err
		}
		return txn.CommitAt(at, nil)
	}})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	first := alert("s-1", "al_1", 50, "r")
	_, err = s.Commit([]orderguard.Alert{first}, 1)
	require.NoError(t, err)

	hold = true
	ended := make(chan error, 2)
	go func() {
		_, err := s.Append([]Record{{Kind: Acts, Raw: []byte("x")}})
		ended <- err
	}()
	<-held
	head, err := s.Head("s-1")
	require.NoError(t, err)
	require.EqualValues(t, 1, head)
	var seen bool
	require.NoError(t, s.view(func(txn *badger.Txn) error {
		_, err := txn.Get(recordKey(1))
		seen = err == nil
		return nil
	}))
	require.False(t, seen, "what is not durable is not seen")
	go func() {
		_, err := s.Commit([]orderguard.Alert{alert("s-1", "al_2", 50, "r")}, 2)
		ended <- err
	}()
	select {
	case <-ended:
		require.Fail(t, "a commit ends before one that began earlier: a read would not see it")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	require.NoError(t, <-ended)
	require.NoError(t, <-ended)
	head, err = s.Head("s-1")
	require.NoError(t, err)
	require.EqualValues(t, 2, head)
}

// However commits and reads overlap, a read sees a state that only has whole commits, and all that had ended; and
// no version is let go of that a read may see.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times times
		times.ended.L = &times.mu
		var mu sync.Mutex
		begun, ended, unread := map[uint64]bool{}, uint64(0), uint64(0)
		var all sync.WaitGroup
		for worker := range 20 {
			rng := rand.New(rand.NewPCG(3, uint64(worker)))
			pause := func() { time.Sleep(time.Duration(rng.IntN(1000)) * time.Microsecond) }
			all.Go(func() {
				for range 200 {
					if pause(); worker%2 == 0 {
						at := times.beginCommit()
						mu.Lock()
						require.False(t, begun[at])
						begun[at] = true
						mu.Unlock()
						pause()
						below := times.endCommit(at)
						mu.Lock()
						ended, unread = max(ended, at), max(unread, below)
						mu.Unlock()
						require.GreaterOrEqual(t, times.durable(), at)
						continue
					}
					mu.Lock()
					least := ended
					mu.Unlock()
					at := times.beginRead()
					require.GreaterOrEqual(t, at, least)
					pause()
					mu.Lock()
					require.LessOrEqual(t, unread, at)
					mu.Unlock()
					times.endRead(at)
				}
			})
		}
		all.Wait()
		require.Empty(t, times.reads)
		require.Empty(t, times.under)
		require.EqualValues(t, 2000, times.durable())
	})
}
