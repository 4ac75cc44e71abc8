package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// What is told is the record as the API gives it, at once, under an id that all
// endpoints see, signed with each secret.
func TestWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const newer = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
		s, r := newHookStore(), &receiver{t: t}
		s.put("s-1", "al_old", orderguard.Harassment)
		var headers http.Header
		h := startHooks(t, s, r, Endpoint{Name: "a", Secrets: [][]byte{hookKey(t, newer), hookKey(t, hookSecret)}}, Endpoint{Name: "b"})
		defer h.stop()
		h.couriers[0].client.Transport = tripper(func(q *http.Request) (*http.Response, error) {
			headers = q.Header.Clone()
			return r.RoundTrip(q)
		})
		synctest.Wait()
		require.Empty(t, r.ids(), "what came before an endpoint is not told")

		h.Publish([]orderguard.Alert{s.put("s-1", "al_1", orderguard.Harassment)})
		synctest.Wait()
		require.Equal(t, []string{"al_1-1", "al_1-1"}, r.ids())
		require.Len(t, strings.Fields(headers.Get("webhook-signature")), 2)
		require.Equal(t, "application/json", headers.Get("Content-Type"))
		require.Equal(t, "orderguard/dev", headers.Get("User-Agent"))
		hook, err := standardwebhooks.NewWebhook(newer)
		require.NoError(t, err)
		require.NoError(t, hook.Verify(r.taken[0].body, headers))
		alert, _, err := s.Alert("s-1", "al_1")
		require.NoError(t, err)
		require.JSONEq(t, `{"type":"alert.changed","timestamp":"2023-11-14T22:13:20.000Z","data":`+string(alert)+`}`, string(r.taken[0].body))

		report := orderguard.Report{ID: "rp_1", Shop: "s-1", Scenario: orderguard.Harassment, State: orderguard.Upheld, FiledAt: 1_700_000_000_000, Revision: 3,
			Rulings: []orderguard.Ruling{{Upheld: true, At: 1_700_000_060_000}}}
		s.tell("s-1", News{Report: &report})
		h.PublishNews("s-1")
		synctest.Wait()
		got := r.taken[len(r.taken)-1]
		require.Equal(t, "rp_1-3", got.id)
		report.Evidence = []string{}
		data, err := json.Marshal(report)
		require.NoError(t, err)
		require.JSONEq(t, `{"type":"report.changed","timestamp":"2023-11-14T22:14:20.000Z","data":`+string(data)+`}`, string(got.body))
		require.Equal(t, EndpointStats{Name: "a", Delivered: 2}, h.Stats()[0])
	})
}

// tripper is a function that makes calls.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An endpoint of some shops is told of no other, and of no buyer; each is told
// only what it asks for.
func TestWebhookSeesItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		for _, shop := range []string{"s-1", "s-2"} {
			s.put(shop, "al_"+shop, orderguard.Harassment)
			s.decide(shop, "dc_"+shop, "al")
			s.tell(shop, News{Report: &orderguard.Report{ID: "rp_" + shop, Shop: shop, Revision: 1}})
		}
		s.decide("", "dc_buyer", "al")
		for i, x := range []struct {
			shops, events []string
			want          []string
		}{
			{nil, nil, []string{"al_s-1-1", "al_s-2-1", "dc_buyer", "dc_s-1", "dc_s-2", "rp_s-1-1", "rp_s-2-1"}},
			{nil, []string{decisionMade}, []string{"dc_buyer", "dc_s-1", "dc_s-2"}},
			{[]string{"s-2"}, nil, []string{"al_s-2-1", "dc_s-2", "rp_s-2-1"}},
			{[]string{"s-2", "s-3"}, []string{alertChanged}, []string{"al_s-2-1"}},
			{[]string{"s-1"}, []string{reportChanged}, []string{"rp_s-1-1"}},
		} {
			r.taken = nil
			name := fmt.Sprint("e", i)
			h := startHooks(t, s, r, Endpoint{Name: name, Shops: x.shops, Events: x.events, Beginning: true})
			// Waking for everything tells no more, and nothing twice.
			h.Publish([]orderguard.Alert{{Shop: "s-1"}, {Shop: "s-2"}})
			for _, shop := range []string{"", "s-1", "s-2"} {
				h.PublishNews(shop)
			}
			synctest.Wait()
			h.stop()
			got := r.ids()
			slices.Sort(got)
			require.Equal(t, x.want, got, "%q", x)
			h = startHooks(t, s, r, Endpoint{Name: name, Shops: x.shops, Events: x.events, Beginning: true})
			synctest.Wait()
			h.stop()
			require.Len(t, r.taken, len(x.want), "after a restart it goes on where it was")
		}
	})
}

// A delivery that fails is made again by the schedule, the same under the same id,
// and holds up nothing but its shop, which stays in order.
func TestWebhookRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		var bad atomic.Bool
		bad.Store(true)
		r.answer = func(got received) *http.Response {
			if bad.Load() && got.of.Shop == "s-bad" {
				return status(http.StatusInternalServerError)
			}
			return status(http.StatusOK)
		}
		h := startHooks(t, s, r, Endpoint{Name: "a"})
		defer h.stop()
		h.Publish([]orderguard.Alert{s.put("s-bad", "al_1", orderguard.Harassment)})
		synctest.Wait()
		time.Sleep(4 * 24 * time.Hour)
		want := []time.Duration{0}
		for _, wait := range append(slices.Clone(retries), 24*time.Hour) {
			if next := want[len(want)-1] + wait; next < 4*24*time.Hour {
				want = append(want, next)
			}
		}
		require.Len(t, want, 10)
		require.Equal(t, want, r.attempts())
		for _, got := range r.tried {
			require.Equal(t, r.tried[0].id, got.id)
			require.Equal(t, r.tried[0].body, got.body)
		}
		stats := h.Stats()[0]
		require.Equal(t, EndpointStats{Name: "a", Failed: 10, Shops: 1, Waiting: 4 * 24 * time.Hour}, stats)

		h.Publish([]orderguard.Alert{s.put("s-bad", "al_2", orderguard.Harassment), s.put("s-good", "al_3", orderguard.Harassment)})
		synctest.Wait()
		require.Equal(t, []string{"al_3-1"}, r.ids(), "another shop is not held up, and the shop's next waits")
		bad.Store(false)
		time.Sleep(24 * time.Hour)
		require.Equal(t, []string{"al_3-1", "al_1-1", "al_2-1"}, r.ids())
		require.Contains(t, h.log.String(), "it answered 500 Internal Server Error")
		require.NotContains(t, h.log.String(), "hidden")
		require.Zero(t, h.Stats()[0].Shops)
	})
}

// What an endpoint answers decides how it goes on.
func TestWebhookAnswers(t *testing.T) {
	for name, x := range map[string]struct {
		answer func() *http.Response
		second time.Duration // when it is tried again, 0 for never
		log    string
	}{
		"redirect": {func() *http.Response { return status(302, "Location", "https://b.example/") }, 5 * time.Second, "a redirect is not followed"},
		"gone":     {func() *http.Response { return status(http.StatusGone) }, 0, "answered 410"},
		"later":    {func() *http.Response { return status(429, "Retry-After", "90") }, 90 * time.Second, "429 Too Many Requests"},
		"sooner":   {func() *http.Response { return status(503, "Retry-After", "1") }, 5 * time.Second, "503 Service Unavailable"},
		"never":    {func() *http.Response { return status(503, "Retry-After", "999999999999") }, 24 * time.Hour, "503"},
		"silent":   {func() *http.Response { return nil }, 20 * time.Second, "did not answer within 15s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, r := newHookStore(), &receiver{t: t}
				var later atomic.Bool
				r.answer = func(received) *http.Response {
					if !later.Swap(true) {
						return x.answer()
					}
					return status(http.StatusAccepted)
				}
				h := startHooks(t, s, r, Endpoint{Name: "a"})
				defer h.stop()
				h.Publish([]orderguard.Alert{s.put("s-1", "al_1", orderguard.Harassment)})
				time.Sleep(48 * time.Hour)
				h.Publish([]orderguard.Alert{s.put("s-2", "al_2", orderguard.Harassment)})
				synctest.Wait()
				require.Contains(t, h.log.String(), x.log)
				if x.second == 0 {
					require.Len(t, r.tried, 1)
					require.True(t, h.Stats()[0].Gone)
					return
				}
				require.Equal(t, x.second, r.attempts()[1])
				require.Equal(t, []string{"al_1-1", "al_2-1"}, r.ids())
			})
		})
	}
}

// What another store gives the same id comes under another webhook-id.
func TestWebhookStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{t: t}
		for _, store := range []string{"1f3a9c0e77", "5b21aa0977"} {
			s := newHookStore()
			s.name = store
			s.decide("s-1", "dc_1", "al")
			h := startHooks(t, s, r, Endpoint{Name: "a", Beginning: true})
			synctest.Wait()
			h.stop()
		}
		require.Equal(t, []string{"dc_1-1f3a9c0e", "dc_1-5b21aa09"}, r.ids())
	})
}

// Once an endpoint that was away takes something, the other shops need not wait
// out their pauses.
func TestWebhookRevives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		var up atomic.Bool
		r.answer = func(received) *http.Response {
			if !up.Load() {
				return status(http.StatusBadGateway)
			}
			return status(http.StatusOK)
		}
		h := startHooks(t, s, r, Endpoint{Name: "a"})
		defer h.stop()
		for i := range 20 {
			h.Publish([]orderguard.Alert{s.put(fmt.Sprint("s-", i), fmt.Sprint("al_", i), orderguard.Harassment)})
		}
		time.Sleep(3 * time.Hour) // each waits for hours now
		up.Store(true)
		synctest.Wait()
		require.Empty(t, r.ids())
		h.Publish([]orderguard.Alert{s.put("s-new", "al_new", orderguard.Harassment)})
		synctest.Wait()
		require.Len(t, r.ids(), 21)
		require.Equal(t, "al_new-1", r.ids()[0])
	})
}

// Whoever asked for time is left alone for as long, also when the endpoint has taken
// something else meanwhile; but no longer then.
func TestWebhookRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		var busy atomic.Bool
		busy.Store(true)
		r.answer = func(got received) *http.Response {
			if got.of.Shop == "s-busy" && busy.Load() {
				return status(429, "Retry-After", "8")
			}
			return status(http.StatusOK)
		}
		h := startHooks(t, s, r, Endpoint{Name: "a"})
		defer h.stop()
		h.Publish([]orderguard.Alert{s.put("s-busy", "al_1", orderguard.Harassment)})
		synctest.Wait()
		h.Publish([]orderguard.Alert{s.put("s-2", "al_2", orderguard.Harassment)})
		time.Sleep(7 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"al_2-1"}, r.ids())
		require.Len(t, r.tried, 2, "the shop is not tried before it wants to be")
		time.Sleep(time.Minute) // it is refused again, by now for five minutes
		synctest.Wait()
		require.Len(t, r.tried, 3)
		busy.Store(false)
		time.Sleep(5 * time.Minute)
		require.Equal(t, []time.Duration{0, 0, 8 * time.Second, 308 * time.Second}, r.attempts())

		// Where the endpoint is there again before the time it asked for has passed, the
		// shop waits for that alone, not for its whole pause.
		busy.Store(true)
		time.Sleep(reviveEvery)
		synctest.Wait()
		r.tried = nil
		h.Publish([]orderguard.Alert{s.put("s-busy", "al_3", orderguard.Harassment)})
		time.Sleep(10 * time.Second) // refused twice: a pause of five minutes
		busy.Store(false)
		h.Publish([]orderguard.Alert{s.put("s-2", "al_4", orderguard.Harassment)})
		time.Sleep(time.Minute)
		require.Equal(t, []time.Duration{0, 8 * time.Second, 10 * time.Second, 16 * time.Second}, r.attempts())
	})
}

// A store that cannot keep how far an endpoint is holds up no delivery; what was
// told is told again only after a crash. An idle one is left alone.
func TestWebhookMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		s.set(true, nil)
		h := startHooks(t, s, r, Endpoint{Name: "a"})
		h.Publish([]orderguard.Alert{s.put("s-1", "al_1", orderguard.Harassment)})
		time.Sleep(time.Minute)
		h.Publish([]orderguard.Alert{s.put("s-1", "al_2", orderguard.Harassment)})
		synctest.Wait()
		require.Equal(t, []string{"al_1-1", "al_2-1"}, r.ids())
		h.stop() // a crash: nothing was saved
		require.Contains(t, h.log.String(), "the disk is full")

		s.set(false, nil)
		h = startHooks(t, s, r, Endpoint{Name: "a"})
		time.Sleep(time.Minute)
		require.Equal(t, []string{"al_1-1", "al_2-1", "al_1-1", "al_2-1"}, r.ids())
		synctest.Wait()
		reads := s.reads
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, reads, s.reads)
		s.set(false, errors.New("a read failed"))
		h.Publish([]orderguard.Alert{s.put("s-1", "al_3", orderguard.Harassment)})
		synctest.Wait()
		s.set(false, nil)
		time.Sleep(storePause)
		synctest.Wait()
		require.Equal(t, "al_3-1", r.ids()[4])
		h.Publish([]orderguard.Alert{s.put("s-1", "al_4", orderguard.Harassment)})
		synctest.Wait()
		h.stop() // in order: just then it is saved too
		h = startHooks(t, s, r, Endpoint{Name: "a"})
		synctest.Wait()
		h.stop()
		require.Equal(t, []string{"al_3-1", "al_4-1"}, r.ids()[4:])
	})
}

// A long backlog is told to its end, and what comes just when a shop seems to have
// been told everything is told too.
func TestWebhookBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newHookStore(), &receiver{t: t}
		var want []string
		for i := range 3*batch + 1 {
			want = append(want, s.put("s-1", fmt.Sprint("al_", i), orderguard.Harassment).ID+"-1")
		}
		for i := range 3*batch + 1 {
			want = append(want, s.decide("s-1", fmt.Sprint("dc_", i), "al").Decision.ID)
		}
		var h *hooks
		started, late := make(chan struct{}), false
		s.read = func() {
			if !late && len(r.ids()) == len(want) {
				late = true
				<-started
				s.decide("s-1", "dc_late", "al")
				h.PublishNews("s-1")
			}
		}
		// Much is told while it is saved how far it was before.
		s.slow = time.Second
		r.answer = func(received) *http.Response {
			time.Sleep(20 * time.Millisecond)
			return status(http.StatusOK)
		}
		h = startHooks(t, s, r, Endpoint{Name: "a", Beginning: true})
		close(started)
		time.Sleep(time.Minute)
		h.stop()
		require.Equal(t, append(want, "dc_late"), r.ids())
	})
}
