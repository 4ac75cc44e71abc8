package api

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// While an endpoint is away, alerts are answered and answered again. Then it is told
// each state that decisions follow from, before them, and nothing before what came
// before it.
func TestWebhookPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		s.put("s-1", "al_1", orderguard.Harassment)
		s.put("s-1", "al_2", orderguard.Harassment)
		h := startHooks(t, s, r, Endpoint{Name: "a"})
		defer h.stop()
		var up atomic.Bool
		r.answer = func(received) *http.Response {
			if !up.Load() {
				return status(http.StatusBadGateway)
			}
			return status(http.StatusOK)
		}
		act := func(alert string, decisions ...string) {
			a := s.put("s-1", alert, orderguard.Harassment)
			for _, id := range decisions {
				s.decide("s-1", id, alert)
			}
			h.Publish([]orderguard.Alert{a})
			h.PublishNews("s-1")
			synctest.Wait()
			time.Sleep(time.Second)
		}
		act("al_1", "dc_1", "dc_2")
		act("al_2", "dc_3", "dc_4")
		act("al_1", "dc_5", "dc_6")
		up.Store(true)
		time.Sleep(time.Hour)
		require.Equal(t, []string{"al_1-2", "dc_1", "dc_2", "al_2-2", "dc_3", "dc_4", "al_1-3", "dc_5", "dc_6"}, r.ids())
		first := r.taken[0]
		require.JSONEq(t, `{"alert":"al_1","order":"o-al_1","shop":"s-1","buyer":"b-1","scenario":"harassment","verdict":"normal","by":"","at":"2023-11-14T22:13:20.003Z","number":1}`,
			string(first.of.Verdict))
		require.EqualValues(t, 3, first.of.Seq)
	})
}

// Through failures and crashes, whatever the schedule: every shop is told all that
// stands, in order, and no decision before the verdict that it follows from.
func TestWebhookOrder(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) { orderRun(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

// cause is what a decision follows from.
type cause struct {
	alert string
	seq   uint64
}

func orderRun(t *testing.T, rng *rand.Rand) {
	s, r := newHookStore(), &receiver{t: t}
	causes := map[string]cause{}
	told := map[string]uint64{} // alerts, their latest seq
	var fine atomic.Bool
	var mu sync.Mutex
	luck := rand.New(rand.NewPCG(rng.Uint64(), 8))
	r.answer = func(got received) *http.Response {
		mu.Lock()
		took, bad := luck.IntN(900), luck.IntN(12)
		mu.Unlock()
		time.Sleep(time.Duration(took) * time.Millisecond)
		if bad < 4 && !fine.Load() {
			return status([]int{500, 404, 503, 429}[bad])
		}
		mu.Lock()
		defer mu.Unlock()
		if got.of.Alert != "" {
			told[got.of.Alert] = max(told[got.of.Alert], got.of.Seq)
		}
		if c, ok := causes[got.of.Decision]; ok {
			require.GreaterOrEqual(t, told[c.alert], c.seq, "decision %s before its verdict", got.of.Decision)
		}
		return status(http.StatusOK)
	}
	h := startHooks(t, s, r, Endpoint{Name: "a"})
	for i := range 150 {
		shop := fmt.Sprint("s-", rng.IntN(4))
		a := s.put(shop, fmt.Sprint("al_", shop, "_", rng.IntN(12)), orderguard.Harassment)
		if rng.IntN(3) == 0 {
			id := fmt.Sprint("dc_", i)
			mu.Lock()
			causes[id] = cause{a.ID, a.Seq}
			mu.Unlock()
			s.decide(shop, id, a.ID)
		}
		h.Publish([]orderguard.Alert{a})
		h.PublishNews(shop)
		switch rng.IntN(12) {
		case 0:
			time.Sleep(time.Duration(rng.IntN(400)) * time.Second)
		case 1, 2, 3:
			time.Sleep(time.Duration(rng.IntN(800)) * time.Millisecond)
		case 4:
			s.set(rng.IntN(2) == 0, nil) // a crash, or an end in order
			h.stop()
			s.set(false, nil)
			h = startHooks(t, s, r, Endpoint{Name: "a"})
		}
	}
	fine.Store(true)
	time.Sleep(200 * time.Hour)
	h.stop()
	requireOrdered(t, s, r)
}

// requireOrdered holds what was taken, each the first time, against what stands.
func requireOrdered(t *testing.T, s *hookStore, r *receiver) {
	seen := map[string]bool{}
	lastAlert, places := map[string]uint64{}, map[string][]string{}
	for _, got := range r.taken {
		if seen[got.id] {
			continue
		}
		seen[got.id] = true
		shop := got.of.Shop
		if got.of.Alert != "" {
			require.Greater(t, got.of.Seq, lastAlert[shop], got.id)
			lastAlert[shop] = got.of.Seq
			continue
		}
		n := s.news[shop][len(places[shop])]
		require.LessOrEqual(t, lastAlert[shop], n.After, "%s after what came later", got.id)
		for _, a := range s.alerts {
			require.True(t, a.Shop != shop || a.Seq > n.After || seen[fmt.Sprint(a.ID, "-", a.Revision)], "%s before %s", got.id, a.ID)
		}
		places[shop] = append(places[shop], got.id)
	}
	for _, a := range s.alerts {
		require.True(t, seen[fmt.Sprint(a.ID, "-", a.Revision)], "%s revision %d was not told", a.ID, a.Revision)
	}
	for shop, news := range s.news {
		var want []string
		for _, n := range news {
			want = append(want, n.Decision.ID)
		}
		require.Equal(t, want, places[shop])
	}
}
