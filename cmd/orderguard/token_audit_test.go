package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/store"
)

// The audit log has the tokens that were made and revoked, by their ids, and none that
// was refused.
func TestTokenAudit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir, "--rules", writeRules(t, burstRule))
	admin := newToken(t, dir, "admin")
	create := func(body string) answer {
		return d.call("POST", "/v1/tokens", admin, strings.NewReader(body), "Content-Type", "application/json")
	}
	w := create(`{"role":"seller","shops":["s-1"],"name":"till"}`)
	require.Equal(t, http.StatusCreated, w.status)
	var token store.Token
	require.NoError(t, json.Unmarshal([]byte(w.body), &token))
	require.Equal(t, http.StatusBadRequest, create(`{"role":"seller"}`).status)
	require.Equal(t, http.StatusNotFound, d.call("DELETE", "/v1/tokens/tk_none", admin, nil).status)
	require.Equal(t, http.StatusNoContent, d.call("DELETE", "/v1/tokens/"+token.ID, admin, nil).status)

	var page struct {
		Entries []struct {
			Kind string
			Act  struct{ Note struct{ Text string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(d.call("GET", "/v1/audit", admin, nil).body), &page))
	var texts []string
	for _, e := range page.Entries {
		if e.Kind == "token" {
			texts = append(texts, e.Act.Note.Text)
		}
	}
	require.Len(t, texts, 3) // the admin's own, by the command, comes first
	require.Contains(t, texts[0], `role "admin"`)
	require.Equal(t, []string{`create: "` + token.ID + `", role "seller", shops ["s-1"], name "till"`, `revoke: "` + token.ID + `"`}, texts[1:])
	d.stop()
}
