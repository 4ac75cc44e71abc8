package main

import (
	"encoding/json"
	"fmt"
	"net"
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

	texts := d.tokenNotes(admin)
	require.Len(t, texts, 3) // the admin's own, by the command, comes first
	require.Contains(t, texts[0], `role "admin"`)
	require.Equal(t, []string{`create: "` + token.ID + `", role "seller", shops ["s-1"], name "till"`, `revoke: "` + token.ID + `"`}, texts[1:])
	d.stop()
}

// tokenNotes returns what the audit log says of tokens.
func (d *testDaemon) tokenNotes(admin string) (texts []string) {
	var page struct {
		Entries []struct {
			Kind string
			Act  struct{ Note struct{ Text string } }
		}
	}
	require.NoError(d.t, json.Unmarshal([]byte(d.call("GET", "/v1/audit?limit=500", admin, nil).body), &page))
	for _, e := range page.Entries {
		if e.Kind == "token" {
			texts = append(texts, e.Act.Note.Text)
		}
	}
	return texts
}

// Who hangs up at once leaves an entry in the audit log all the same.
func TestTokenAuditOfWhoHangsUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir, "--rules", writeRules(t, burstRule))
	admin := newToken(t, dir, "admin")
	const calls = 40
	for i := range calls {
		conn, err := net.Dial("tcp", d.HTTP)
		require.NoError(t, err)
		body := fmt.Sprintf(`{"role":"admin","name":"n%d"}`, i)
		_, err = fmt.Fprintf(conn, "POST /v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", admin, len(body), body)
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).SetLinger(0))
		require.NoError(t, conn.Close())
	}
	var list struct{ Tokens []store.Token }
	settled := func() bool { // all that the daemon took up: some it may never have read
		before := len(list.Tokens)
		require.NoError(t, json.Unmarshal([]byte(d.call("GET", "/v1/tokens", admin, nil).body), &list))
		return len(list.Tokens) > 1 && len(list.Tokens) == before
	}
	await(t, "tokens", settled)
	notes := strings.Join(d.tokenNotes(admin), "\n")
	for _, token := range list.Tokens {
		require.Contains(t, notes, token.ID)
	}
	d.stop()
}
