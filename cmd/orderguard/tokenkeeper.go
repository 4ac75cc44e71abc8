package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/store"
)

// withTokens gives do the tokens of a data folder: the store, or the daemon
// that has it open.
func withTokens(ctx context.Context, dir string, open opener, do func(tokenKeeper) error) error {
	return withStore(ctx, dir, open, storeOptions(nil),
		func(s *store.Store) error { return do(s) },
		func(d *daemonAPI) error { return do(&remoteTokens{d}) })
}

// remoteTokens manages tokens over a daemon's API.
type remoteTokens struct{ *daemonAPI }

// CreateToken makes a token.
func (t *remoteTokens) CreateToken(r store.TokenRequest) (string, store.Token, error) {
	var answer struct {
		Secret string `json:"secret"`
		store.Token
	}
	err := t.call(http.MethodPost, "/v1/tokens", api.TokenRequest(r), &answer)
	return answer.Secret, answer.Token, err
}

// Tokens lists all tokens.
func (t *remoteTokens) Tokens() ([]store.Token, error) {
	var answer struct {
		Tokens []store.Token `json:"tokens"`
	}
	err := t.call(http.MethodGet, "/v1/tokens", nil, &answer)
	return answer.Tokens, err
}

// RevokeToken ends a token; the error is store.ErrNotFound when there is none.
func (t *remoteTokens) RevokeToken(id string) error {
	return t.call(http.MethodDelete, "/v1/tokens/"+url.PathEscape(id), nil, nil)
}
