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
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
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
func (*heldJournal) LastWall() (int64, error) { return 0, nil }

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
		f, err := newFlow(j, nil, new(snapshotKeeper), newDeadFile(nil), slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		work, end := context.WithCancel(t.Context())
		defer end()
		go f.keep(work, work)
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

// screenTest asks engine and casework, without a daemon.
type screenTest struct {
	*testing.T
	*screener
}

func newScreenTest(t *testing.T, rules string) *screenTest {
	set, err := loadRuleSource(writeRules(t, rules))
	require.NoError(t, err)
	p, err := newPipeline(pipelineOptions{rules: set.set, workers: 1, casework: true})
	require.NoError(t, err)
	t.Cleanup(p.close)
	return &screenTest{t, &screener{pipeline: p, book: p.book}}
}

// ask returns what is answered for an order, and the rules of the reasons.
func (s *screenTest) ask(buyer, order string) (action string, rules []string) {
	e := orderguard.Event{Kind: orderguard.OrderCreated, ID: "e-" + order, Time: march, Shop: "s-1", Buyer: buyer, Order: order}
	x := s.attempt(&e, s.pipeline.screener.Screen(&e), march)
	for _, r := range x.Reasons {
		name, _, _ := strings.Cut(r.Rule, "buyer-") // without the version of an entry
		rules = append(rules, name)
	}
	return x.Action.String(), rules
}

// burstOrder returns the n-th order of buyer b-1 at shop s-1.
func burstOrder(n int) orderguard.Event {
	id := fmt.Sprint("o-", n)
	return orderguard.Event{Kind: orderguard.OrderCreated, ID: id, Time: march, Shop: "s-1", Buyer: "b-1", Order: id}
}

// Who judges answers between two slices of a batch: the question sees those before it.
func TestAnswersWithinABatch(t *testing.T) {
	p := newScreenTest(t, burstRule).pipeline
	p.options.publish = func([]orderguard.Alert) error { return nil }
	b := &orderguard.Batch{Feed: "f"}
	for n := range 3 * slice {
		b.Events = append(b.Events, burstOrder(n))
	}
	e := burstOrder(len(b.Events))
	q := &question{asker: t.Context(), event: &e, answered: make(chan struct{})}
	p.asks.last.Store(time.Now().UnixMilli())
	p.asks.waiting <- q
	_, err := p.push(t.Context(), "f", b)
	require.NoError(t, err)
	<-q.answered
	require.EqualValues(t, slice+1, q.answer.Findings[0].Reasons[0].Value)
}

// It answers while it holds the engine; when it ends without having answered, who
// asks does.
func TestWhoAsksIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newScreenTest(t, burstRule).pipeline
		e := burstOrder(0)
		answered := make(chan struct{})
		ask := func() {
			_, err := p.screen(t.Context(), &e)
			assert.NoError(t, err)
			answered <- struct{}{}
		}
		p.mu.Lock()
		go ask()
		synctest.Wait()
		require.Len(t, p.asks.waiting, 1)
		p.answer()
		<-answered

		go ask()
		go ask()
		synctest.Wait()
		require.Len(t, p.asks.waiting, 2)
		p.mu.Unlock()
		<-answered
		<-answered
		require.Empty(t, p.asks.waiting)
		p.mu.Lock() // it is free

		// Who has gone waits for nothing, and is not answered.
		ctx, hangUp := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() {
			_, err := p.screen(ctx, nil)
			gone <- err
		}()
		synctest.Wait()
		hangUp()
		require.ErrorIs(t, <-gone, context.Canceled)
		p.answer()
		require.Empty(t, p.asks.waiting)
	})
}

// Whoever's question cannot be answered hears of it, and nobody else; the engine is let go of.
func TestQuestionThatPanics(t *testing.T) {
	p := newScreenTest(t, burstRule).pipeline
	require.Panics(t, func() { _, _ = p.screen(t.Context(), nil) })
	e := burstOrder(0)
	_, err := p.screen(t.Context(), &e)
	require.NoError(t, err)
	require.Empty(t, p.mu)
}

// sanction is a reviewer's override of what stands on an account.
func (s *screenTest) sanction(buyer string, level orderguard.Level) {
	_, _, err := s.book.act(1, 0, casework.Act{At: march, By: "tk_r", Sanction: &casework.Sanction{
		Buyer: buyer, Level: level, Until: march + oneDay, Grounds: orderguard.Wording{En: "g"},
	}}, nil)
	require.NoError(s, err)
}

// Where one entry of the lists allows an order and another blocks it, it is allowed, as
// in alerts, under the scenarios that both are about; a sanction stands above all.
func TestScreenAllowsWhatIsAllowedAndBlocked(t *testing.T) {
	s := newScreenTest(t, burstRule+`lists:
  - {allow: buyer, values: [allowed, both], until: 2030-12-31, reason: partner}
  - {allow: buyer, values: [orders, two], until: 2030-12-31, reason: partner, scenarios: [malicious_order]}
  - {allow: buyer, values: [other], until: 2030-12-31, reason: partner, scenarios: [harassment]}
  - {block: buyer, values: [blocked, both, orders, other], until: 2030-12-31, reason: crew}
  - {block: buyer, values: [two], until: 2030-12-31, reason: crew, scenarios: [malicious_order, malicious_review, harassment]}
`)
	for buyer, want := range map[string]string{
		"nobody": "allow", "allowed": "allow", "both": "allow", "orders": "allow", "blocked": "block", "other": "block", "two": "block",
	} {
		got, rules := s.ask(buyer, "o-1")
		require.Equal(t, want, got, buyer)
		if want == "block" {
			require.Equal(t, []string{"block-"}, rules, "each is told once")
		}
	}
	s.sanction("both", orderguard.Frozen)
	got, rules := s.ask("both", "o-1")
	require.Equal(t, "block", got)
	require.Equal(t, []string{"sanction-freeze"}, rules)
}

// A restricted buyer's order that was accepted does not count against itself when it is
// asked for again; all others do.
func TestScreenOfAnAcceptedOrder(t *testing.T) {
	s := newScreenTest(t, burstRule)
	s.sanction("b-1", orderguard.Restricted)
	limit := int(casework.DefaultPolicy().Sanctions.OrdersPerDay)
	for i := range limit {
		got, _ := s.ask("b-1", fmt.Sprint("o-", i))
		require.Equal(t, "allow", got)
		s.book.events(&run{record: uint64(i + 2)}, []orderguard.Event{
			{Kind: orderguard.OrderCreated, ID: fmt.Sprint("e-", i), Time: march, Shop: "s-1", Buyer: "b-1", Order: fmt.Sprint("o-", i)},
		}, nil)
	}
	got, rules := s.ask("b-1", "o-new")
	require.Equal(t, "block", got)
	require.Equal(t, []string{"sanction-restrict"}, rules)
	got, _ = s.ask("b-1", fmt.Sprint("o-", limit-1))
	require.Equal(t, "allow", got)
}

// While the disk is full nobody is told that the server is merely busy.
func TestScreenOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := &screener{ready: func() error { return fmt.Errorf("store: %w", store.ErrFull) }}
	_, err := s.Screen(t.Context(), nil)
	require.ErrorIs(t, err, api.ErrFull)
}
