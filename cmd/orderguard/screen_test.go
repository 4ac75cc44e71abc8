package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/store"
)

// heldJournal makes records durable when it is told to.
type heldJournal struct {
	appended chan []store.Record
	answer   chan error
}

func (j *heldJournal) Append(records []store.Record) (int, error) {
	j.appended <- records
	if err := <-j.answer; err != nil {
		return 0, err
	}
	return len(records), nil
}

func (j *heldJournal) Record(uint64) (store.Record, error) {
	return store.Record{}, store.ErrNotFound
}
func (j *heldJournal) Feeds() (map[string]store.FeedPosition, error) {
	return map[string]store.FeedPosition{}, nil
}

func attemptLine(n int) []byte {
	return fmt.Appendf(nil, `{"type":"order","status":"created","id":"x-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"x-%d"}`, n, march, n)
}

// Who is blocked is told so when that is durable; attempts that come while others are
// made durable share one record.
func TestBlockedAttemptsGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &heldJournal{make(chan []store.Record), make(chan error)}
		f, err := newFlow(j, nil, nil, new(deadFile), slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		work, end := context.WithCancel(t.Context())
		defer end()
		go func() { _ = f.keep(work, work) }()
		b := newBlockedAttempts(work, f)
		var mu sync.Mutex
		answered := map[int]error{}
		ask := func(n int) {
			go func() {
				err := b.keep(t.Context(), attemptLine(n))
				mu.Lock()
				defer mu.Unlock()
				answered[n] = err
			}()
		}
		ask(0)
		first := <-j.appended
		for n := 1; n <= 2*maxAttempts; n++ {
			ask(n)
		}
		synctest.Wait()
		require.Empty(t, answered)
		require.Equal(t, string(attemptLine(0))+"\n", string(first[0].Raw))
		require.Equal(t, screenFeed, first[0].Feed)
		j.answer <- nil
		var counts []int
		for range 2 {
			records := <-j.appended
			require.Len(t, records, 1)
			counts = append(counts, bytes.Count(records[0].Raw, []byte("\n")))
			synctest.Wait()
			require.Len(t, answered, 1+maxAttempts*(len(counts)-1))
			j.answer <- nil
		}
		synctest.Wait()
		require.Equal(t, []int{maxAttempts, maxAttempts}, counts)
		require.Len(t, answered, 2*maxAttempts+1)
		for _, err := range answered {
			require.NoError(t, err)
		}

		ask(-1)
		<-j.appended
		end() // before it could be made durable
		j.answer <- errors.New("the disk fails")
		synctest.Wait()
		require.ErrorContains(t, answered[-1], "the disk fails")
	})
}

// An answer that blocks is durable: killed at once, the daemon knows the attempt.
func TestServeBlocksDurably(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	admin := newToken(t, dir, "admin")
	d := startDaemon(t, dir)
	w := d.call("PUT", "/v1/buyers/b-1/sanction", admin, strings.NewReader(`{"level":"freeze","until":"2099-01-01T00:00:00Z","grounds":{"text":"threats"}}`))
	require.Equal(t, http.StatusOK, w.status, w.body)
	const askers, each = 8, 5
	var all sync.WaitGroup
	for a := range askers {
		all.Go(func() {
			for i := range each {
				w := d.call("POST", "/v1/screen", admin, bytes.NewReader(attemptLine(a*each+i)), "Content-Type", "application/json")
				if w.status != http.StatusOK || !strings.Contains(w.body, `"action":"block"`) {
					t.Errorf("attempt: %d %s", w.status, w.body)
				}
			}
		})
	}
	all.Wait()
	_ = d.end(syscall.SIGKILL)
	d = startDaemon(t, dir)
	for n := range askers * each {
		w := d.call("GET", fmt.Sprint("/v1/orders/x-", n), admin, nil)
		require.Equal(t, http.StatusOK, w.status, w.body)
	}
	d.stop()
}
