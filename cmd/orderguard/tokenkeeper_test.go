package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/orderguard/orderguard/store"
	"github.com/stretchr/testify/require"
)

// fakeDaemon is the daemon's side of the token calls, as the API documents it.
func fakeDaemon(t testing.TB) daemonFile {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/tokens", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"secret":"og_x","id":"tk_1","role":"seller","shops":["s-1"],"name":"","created":"2026-11-02T00:00:00Z"}`))
	})
	mux.HandleFunc("GET /v1/tokens", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"tokens":[{"id":"tk_1","role":"admin","shops":[],"name":"n","created":"2026-11-02T00:00:00Z"}]}`))
	})
	mux.HandleFunc("DELETE /v1/tokens/{id}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("id") {
		case "tk_1":
			w.WriteHeader(http.StatusNoContent)
		case "full":
			w.WriteHeader(http.StatusInsufficientStorage)
			_, _ = w.Write([]byte(`{"detail":"The disk is full.","cure":"Free space."}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer og_admin" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return daemonFile{HTTP: strings.TrimPrefix(server.URL, "http://"), Token: "og_admin"}
}

func TestRemoteTokens(t *testing.T) {
	remote := &remoteTokens{&daemonAPI{ctx: t.Context(), daemon: fakeDaemon(t), client: daemonClient()}}
	secret, made, err := remote.CreateToken(store.TokenRequest{Role: "seller", Shops: []string{"s-1"}})
	require.NoError(t, err)
	require.Equal(t, "og_x", secret)
	require.Equal(t, "tk_1", made.ID)
	tokens, err := remote.Tokens()
	require.NoError(t, err)
	require.Len(t, tokens, 1)
	require.Equal(t, "admin", tokens[0].Role)
	require.NoError(t, remote.RevokeToken("tk_1"))
	require.ErrorIs(t, remote.RevokeToken("tk_2"), store.ErrNotFound)
	require.ErrorContains(t, remote.RevokeToken("full"), "the daemon refused: The disk is full. Free space.")
}

// A stale file leads nowhere, or to another daemon: nothing was done then.
func TestRemoteTokensAbsent(t *testing.T) {
	var absent *absentError
	stale := fakeDaemon(t)
	stale.Token = "og_old"
	remote := &remoteTokens{&daemonAPI{ctx: t.Context(), daemon: stale, client: daemonClient()}}
	require.ErrorAs(t, remote.RevokeToken("tk_1"), &absent)
	remote.daemon.HTTP = "127.0.0.1:1"
	require.ErrorAs(t, remote.RevokeToken("tk_1"), &absent)
}

func TestWithTokensLocked(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, writeDaemonFile(dir, fakeDaemon(t)))
	err = withTokens(t.Context(), dir, store.Open, func(k tokenKeeper) error {
		tokens, err := k.Tokens()
		require.Len(t, tokens, 1, "they are the daemon's")
		return err
	})
	require.NoError(t, err)

	require.NoError(t, removeDaemonFile(dir))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = withTokens(ctx, dir, store.Open, func(tokenKeeper) error { panic("BUG: there is no keeper") })
	require.ErrorIs(t, err, context.Canceled)
}
