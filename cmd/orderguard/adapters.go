package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// The adapters join the API's words to those of the store and of ingest.

// alertsOf lets the API read alerts from the store.
type alertsOf struct{ *store.Store }

func (a alertsOf) Changes(shop string, after uint64, q api.Query, fn func(seq uint64, json []byte)) (uint64, bool, error) {
	return a.Store.Changes(shop, after, store.Query{Limit: q.Limit, Status: q.Status, Scenario: q.Scenario}, fn)
}

func (a alertsOf) Alert(shop, id string) ([]byte, []api.Step, error) {
	alert, entries, err := a.Store.Alert(shop, id)
	steps := make([]api.Step, 0, len(entries))
	for _, e := range entries {
		steps = append(steps, api.Step(e))
	}
	return alert, steps, toAPI(err)
}

// guard knows the tokens of the store, and the secret that the daemon made for
// the commands of its own machine.
type guard struct {
	store  *store.Store
	secret string
}

func (g guard) LookupToken(secret string) (api.Token, error) {
	if subtle.ConstantTimeCompare([]byte(secret), []byte(g.secret)) == 1 {
		return api.Token{ID: "daemon", Role: "admin", Name: "the daemon's own"}, nil
	}
	t, err := g.store.LookupToken(secret)
	return api.Token(t), toAPI(err)
}

// tokensOf lets the API manage the store's tokens.
type tokensOf struct{ *store.Store }

func (t tokensOf) CreateToken(r api.TokenRequest) (string, api.Token, error) {
	secret, token, err := t.Store.CreateToken(store.TokenRequest(r))
	return secret, api.Token(token), toAPI(err)
}

func (t tokensOf) Tokens() ([]api.Token, error) {
	list, err := t.Store.Tokens()
	tokens := make([]api.Token, 0, len(list))
	for _, token := range list {
		tokens = append(tokens, api.Token(token))
	}
	return tokens, err
}

func (t tokensOf) RevokeToken(id string) error { return toAPI(t.Store.RevokeToken(id)) }

// copiesOf lets the API copy and check the store.
type copiesOf struct{ *store.Store }

func (c copiesOf) Backup(ctx context.Context, w io.Writer, id string, since uint64) error {
	_, err := c.Store.Backup(ctx, w, store.Copy{Store: id, Version: since})
	return toAPI(err)
}

// toAPI turns the store's errors into those that the API answers by.
func toAPI(err error) error {
	for from, to := range map[error]error{
		store.ErrNotFound: api.ErrNotFound, store.ErrBadToken: api.ErrInvalid, store.ErrOtherStore: api.ErrInvalid, store.ErrFull: api.ErrFull,
	} {
		if errors.Is(err, from) {
			return fmt.Errorf("%w: %w", to, err)
		}
	}
	return err
}

// httpIntake takes posted events through the flow.
type httpIntake struct {
	flow   *flow
	ready  func() error
	mu     sync.RWMutex // held by each call
	closed bool
}

// Ingest takes a body of lines. When it returns, they are durable and judged.
// The receipt is right also with an error.
func (h *httpIntake) Ingest(ctx context.Context, body io.Reader) (api.Receipt, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.closed {
		return api.Receipt{}, fmt.Errorf("%w: the daemon stops", api.ErrBusy)
	}
	if err := h.ready(); err != nil {
		return api.Receipt{}, fmt.Errorf("%w: %w", api.ErrBusy, err)
	}
	r := ingest.NewReader(whileOpen{ctx, body}, ingest.ReaderOptions{Feed: "http", Source: "http", Workers: 1})
	defer r.Close()
	var sum receiptSum
	err := h.flow.drain(ctx, "http", r, sum.of)
	return sum.receipt(), errors.Join(err, sum.err)
}

// receiptSum adds up what became of the batches of a body.
type receiptSum struct {
	mu  sync.Mutex
	sum api.Receipt
	err error // of the first batch that was not judged
}

// of returns what is to be told of a batch.
func (s *receiptSum) of(b *orderguard.Batch) told {
	part := api.Receipt{Accepted: int64(len(b.Events)), RejectedTotal: int64(len(b.Rejects))}
	for i := range b.Rejects[:min(len(b.Rejects), maxRejected)] {
		part.Rejected = append(part.Rejected, api.Rejection{Line: b.Rejects[i].Line, Error: b.Rejects[i].Detail})
	}
	return told{
		durable: func(_ store.FeedPosition, err error) {
			if err == nil {
				s.add(part)
			}
		},
		judged: func(duplicates int64, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.sum.Duplicates += duplicates
			s.err = cmp.Or(s.err, err)
		},
	}
}

// add adds a batch that is durable. Batches become so in their order.
func (s *receiptSum) add(part api.Receipt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.Accepted += part.Accepted
	s.sum.RejectedTotal += part.RejectedTotal
	s.sum.Rejected = append(s.sum.Rejected, part.Rejected...)
	s.sum.Rejected = s.sum.Rejected[:min(len(s.sum.Rejected), maxRejected)]
}

func (s *receiptSum) receipt() api.Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum.Rejected == nil {
		s.sum.Rejected = []api.Rejection{}
	}
	return s.sum
}

// close waits for the calls under way, and refuses those that come later.
func (h *httpIntake) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// whileOpen reads a body until its call ends.
type whileOpen struct {
	ctx  context.Context
	body io.Reader
}

func (w whileOpen) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.body.Read(b)
}

// maxRejected is how many bad lines the answer to a post lists.
const maxRejected = 1000

// newSecret returns a random secret.
func newSecret() string { return "og_" + rand.Text() }
