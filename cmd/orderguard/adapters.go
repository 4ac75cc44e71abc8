package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/orderguard/orderguard/api"
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

// tokensOf lets the API manage the store's tokens. What is about to change stands
// in the audit log before; what is refused does not.
type tokensOf struct {
	store *store.Store
	flow  *flow
}

// maxNote is how long a change of tokens waits for the audit log, which takes
// nothing while the daemon starts or its disk fails. A token that is stolen must
// be revoked even then.
const maxNote = 2 * time.Second

// note puts a change of tokens into the audit log, or at least into that of the
// daemon. It waits for that though the caller hangs up: the change is made all the same.
func (t tokensOf) note(ctx context.Context, by, text string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxNote)
	defer cancel()
	if err := t.flow.note(ctx, by, "token", text); err != nil {
		t.flow.log.Warn("a change of tokens is not in the audit log", "by", by, "change", text, "error", err)
	}
}

func (t tokensOf) CreateToken(ctx context.Context, by string, r api.TokenRequest) (string, api.Token, error) {
	announced := ""
	secret, token, err := t.store.AnnounceToken(store.TokenRequest(r), func(token store.Token) {
		announced = token.ID
		t.note(ctx, by, fmt.Sprintf("create: %q, role %q, shops %q, name %q", token.ID, r.Role, r.Shops, r.Name))
	})
	if err != nil && announced != "" {
		t.note(ctx, by, fmt.Sprintf("create: %q failed: %v", announced, err))
	}
	return secret, api.Token(token), toAPI(err)
}

func (t tokensOf) Tokens() ([]api.Token, error) {
	list, err := t.store.Tokens()
	tokens := make([]api.Token, 0, len(list))
	for _, token := range list {
		tokens = append(tokens, api.Token(token))
	}
	return tokens, err
}

func (t tokensOf) RevokeToken(ctx context.Context, by, id string) error {
	// Where there is nothing to revoke, nothing stands in the log.
	if has, err := t.store.HasToken(id); err == nil && !has {
		return fmt.Errorf("revoke token %q: %w", id, api.ErrNotFound)
	}
	t.note(ctx, by, fmt.Sprintf("revoke: %q", id))
	err := t.store.RevokeToken(id)
	if err != nil {
		t.note(ctx, by, fmt.Sprintf("revoke: %q failed: %v", id, err))
	}
	return toAPI(err)
}

// copiesOf lets the API copy and check the store.
type copiesOf struct {
	*store.Store
	pipeline *pipeline
}

func (c copiesOf) Backup(ctx context.Context, w io.Writer, id string, since uint64) error {
	_, err := c.Store.Backup(ctx, w, store.Copy{Store: id, Version: since})
	if c.Harmed() != nil {
		return fmt.Errorf("%w: %w", api.ErrDamaged, err)
	}
	return toAPI(err)
}

func (c copiesOf) Check(ctx context.Context) (api.CheckResult, error) {
	return checkAll(ctx, c.Store, c.pipeline)
}

// ordersIn lets the API look up orders in the journal.
type ordersIn struct{ store *store.Store }

func (o ordersIn) Order(order string) (events []json.RawMessage, more bool, err error) {
	lines, err := o.store.Order(order)
	if more = errors.Is(err, store.ErrMany); more && !errors.Is(err, store.ErrIncomplete) {
		err = nil
	}
	for _, line := range lines {
		events = append(events, line)
	}
	return events, more, toAPI(err)
}

// toAPI turns the store's errors into those that the API answers by.
func toAPI(err error) error {
	for from, to := range map[error]error{
		store.ErrNotFound: api.ErrNotFound, store.ErrBadToken: api.ErrInvalid, store.ErrOtherStore: api.ErrInvalid, store.ErrFull: api.ErrFull, store.ErrBehind: api.ErrBusy, store.ErrIncomplete: api.ErrLost,
	} {
		if errors.Is(err, from) {
			return fmt.Errorf("%w: %w", to, err)
		}
	}
	return err
}

// notTaken says, in words of the API, that an error keeps anything from being taken now.
func notTaken(err error) error { return fmt.Errorf("%w: %w", api.ErrBusy, toAPI(err)) }

// newSecret returns a random secret.
func newSecret() string { return "og_" + rand.Text() }
