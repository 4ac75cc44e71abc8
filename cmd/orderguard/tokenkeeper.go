package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/store"
)

// How long to wait for a store that another process holds without serving its
// API: another token command, or a daemon that starts or ends.
const (
	lockedWait  = 5 * time.Second
	lockedPause = 50 * time.Millisecond
)

// withTokens gives do the tokens of a data folder: the store, or the daemon
// that has it open.
func withTokens(ctx context.Context, dir string, do func(tokenKeeper) error) error {
	deadline := time.Now().Add(lockedWait)
	for {
		s, err := store.Open(dir, store.Options{})
		if err == nil {
			return errors.Join(do(s), s.Close())
		}
		if !errors.Is(err, store.ErrLocked) {
			return err
		}
		d, fileErr := readDaemonFile(dir)
		if fileErr == nil {
			fileErr = do(&remoteTokens{ctx: ctx, daemon: d, client: daemonClient()})
			var absent *absentError
			if !errors.As(fileErr, &absent) {
				return fileErr
			}
		}
		if time.Now().After(deadline) {
			return errors.Join(err, fileErr)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockedPause):
		}
	}
}

// daemonClient talks to this machine, so it goes through no proxy.
func daemonClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

// remoteTokens manages tokens over a daemon's API.
type remoteTokens struct {
	ctx    context.Context
	daemon daemonFile
	client *http.Client
}

// absentError says that no daemon has answered, so that nothing was done.
type absentError struct{ err error }

func (e *absentError) Error() string { return "asking the daemon: " + e.err.Error() }
func (e *absentError) Unwrap() error { return e.err }

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

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

// call sends a request with a JSON body, if any, and reads a JSON answer into
// answer, if any.
func (t *remoteTokens) call(method, path string, body, answer any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return fmt.Errorf("asking the daemon: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(t.ctx, method, "http://"+t.daemon.HTTP+path, &sent)
	if err != nil {
		return fmt.Errorf("asking the daemon: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+t.daemon.Token)
	r.Header.Set("Content-Type", "application/json")
	w, err := t.client.Do(r)
	if err != nil {
		return &absentError{err}
	}
	defer w.Body.Close()
	data, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("reading the daemon's answer: %w", err)
	case w.StatusCode == http.StatusUnauthorized:
		// A stale file: what listens there now is another daemon.
		return &absentError{errors.New(w.Status)}
	case w.StatusCode == http.StatusNotFound:
		return store.ErrNotFound
	case w.StatusCode >= 300:
		var p api.Problem
		if json.Unmarshal(data, &p) != nil || p.Detail == "" {
			p.Detail = w.Status
		}
		return fmt.Errorf("the daemon refused: %s", p.Detail)
	case answer == nil:
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	return nil
}
