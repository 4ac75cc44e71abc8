package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// hookStore is a store of what there is to tell, and of how far it was told.
type hookStore struct {
	*fake
	name   string            // of the store
	steps  map[string][]Step // by alert
	place  uint64
	news   map[string][]News
	begins map[string]Mark // by endpoint
	marks  map[string]Mark // by endpoint and shop
	down   bool            // nothing can be saved
	reads  int             // of news
	read   func()          // called after each
	slow   time.Duration   // what saving takes
}

func newHookStore() *hookStore {
	return &hookStore{fake: newFake(), steps: map[string][]Step{}, news: map[string][]News{}, marks: map[string]Mark{}, begins: map[string]Mark{}}
}

// set says whether nothing can be saved, and how reads fail.
func (s *hookStore) set(down bool, fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.fail = down, fail
}

// put flags an order, or answers its alert.
func (s *hookStore) put(shop, id string, scenario orderguard.Scenario) orderguard.Alert {
	a := s.fake.put(shop, id, scenario)
	s.mu.Lock()
	defer s.mu.Unlock()
	step := Step{Kind: "flagged", Revision: a.Revision, Seq: a.Seq, Score: a.Score}
	if a.Revision > 1 {
		step.Kind, step.Verdict, step.At = "verdict", orderguard.Answer(a.Revision%2+1), 1_700_000_000_000+orderguard.Millis(a.Seq)
	}
	s.steps[id] = append(s.steps[id], step)
	return a
}

// Alert returns an alert with all its steps.
func (s *hookStore) Alert(shop, id string) ([]byte, []Step, error) {
	text, _, err := s.fake.Alert(shop, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return text, slices.Clone(s.steps[id]), err
}

// tell adds news of a shop, in the order of all.
func (s *hookStore) tell(shop string, n News) News {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.place++
	n.Place, n.After = s.place, s.seq
	s.news[shop] = append(s.news[shop], n)
	return n
}

func (s *hookStore) decide(shop, id, alert string) News {
	return s.tell(shop, News{Decision: &orderguard.Decision{ID: id, Kind: orderguard.CloseOrder, Shop: shop, Order: "o", Cause: "verdict/" + alert, At: 1_700_000_000_000}})
}

func (s *hookStore) News(shop string, after uint64, limit int) (list []News, next uint64, more bool, err error) {
	if s.read != nil {
		defer s.read()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	next = after
	for _, n := range s.news[shop] {
		if n.Place <= after {
			continue
		}
		if len(list) == limit {
			return list, next, true, nil
		}
		list, next = append(list, n), n.Place
	}
	return list, next, false, s.fail
}

func (s *hookStore) Behind(endpoint string, fn func(string, bool, bool)) error {
	s.mu.Lock()
	heads, last := map[string]uint64{}, map[string]uint64{}
	for shop, head := range s.heads {
		heads[shop] = head
	}
	for shop, list := range s.news {
		last[shop] = list[len(list)-1].Place
	}
	s.mu.Unlock()
	for shop, head := range heads {
		if at, _ := s.Mark(endpoint, shop); head > at.Change {
			fn(shop, true, false)
		}
	}
	for shop, place := range last {
		if at, _ := s.Mark(endpoint, shop); place > at.News {
			fn(shop, false, true)
		}
	}
	return nil
}

func (s *hookStore) Enrol(endpoint string, everything bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.begins[endpoint]; !known {
		s.begins[endpoint] = Mark{}
		if !everything {
			s.begins[endpoint] = Mark{s.seq, s.place}
		}
	}
	return nil
}

func (s *hookStore) Mark(endpoint, shop string) (Mark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.marks[endpoint+"/"+shop]; ok {
		return at, nil
	}
	return s.begins[endpoint], nil
}

func (s *hookStore) SaveMarks(endpoint string, at map[string]Mark) error {
	time.Sleep(s.slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("the disk is full")
	}
	for shop, mark := range at {
		s.marks[endpoint+"/"+shop] = mark
	}
	return nil
}

// hookSecret is what fake endpoints sign with.
const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func hookKey(t testing.TB, secret string) []byte {
	e := endpointFile{Secrets: texts{secret}}
	keys, err := e.secrets(Sources{})
	require.NoError(t, err)
	return keys[0]
}

// received is what an endpoint got.
type received struct {
	id   string
	at   time.Time
	body []byte
	Type string
	Data json.RawMessage
	of   struct {
		Shop     string
		Alert    string
		Decision string
		Report   string
		Verdict  json.RawMessage
		Seq      uint64
	}
}

// receiver is an endpoint's side, and the way there.
type receiver struct {
	t      testing.TB
	mu     sync.Mutex
	tried  []received
	taken  []received
	answer func(r received) *http.Response // nil takes all
}

// status is an answer without a text.
func status(code int, pairs ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: http.NoBody}
}

// RoundTrip takes a delivery. What it gets is held to the specification by the
// library of those who wrote it.
func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	require.NoError(r.t, err)
	hook, err := standardwebhooks.NewWebhook(hookSecret)
	require.NoError(r.t, err)
	require.NoError(r.t, hook.Verify(body, q.Header))
	require.Error(r.t, hook.Verify(append(bytes.Clone(body), ' '), q.Header))
	got := received{id: q.Header.Get("webhook-id"), at: time.Now(), body: body}
	require.NoError(r.t, json.Unmarshal(body, &got))
	require.NoError(r.t, json.Unmarshal(got.Data, &got.of))
	r.mu.Lock()
	r.tried = append(r.tried, got)
	answer := r.answer
	r.mu.Unlock()
	w := status(http.StatusNoContent)
	if answer != nil {
		if w = answer(got); w == nil {
			<-q.Context().Done()
			return nil, q.Context().Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.StatusCode < 300 {
		r.taken = append(r.taken, got)
	}
	w.Request = q
	return w, nil
}

// ids lists what was taken.
func (r *receiver) ids() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, got := range r.taken {
		list = append(list, got.id)
	}
	return list
}

// attempts lists when something was tried, since the first time.
func (r *receiver) attempts() (list []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, got := range r.tried {
		list = append(list, got.at.Sub(r.tried[0].at))
	}
	return list
}

// hooks is webhooks that run.
type hooks struct {
	*Webhooks
	stop func()
	log  bytes.Buffer
}

// startHooks runs webhooks to endpoints, each of which sees all shops unless it
// says otherwise.
func startHooks(t *testing.T, s *hookStore, r *receiver, endpoints ...Endpoint) *hooks {
	t.Helper()
	h := &hooks{}
	for i := range endpoints {
		e := &endpoints[i]
		e.URL = fmt.Sprintf("https://%s.example/hooks?token=hidden", e.Name)
		if e.Secrets == nil {
			e.Secrets = [][]byte{hookKey(t, hookSecret)}
		}
	}
	var err error
	h.Webhooks, err = NewWebhooks(endpoints, WebhookOptions{
		Alerts: s, News: s, Marks: s, Store: s.name, Transport: r, Logger: slog.New(slog.NewTextHandler(&h.log, nil)),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	h.stop = func() {
		cancel()
		require.NoError(t, <-done)
	}
	return h
}
