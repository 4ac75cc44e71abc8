package api

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMe asks as every role what it is; the shops of a seller are no path here,
// so that none of them has to be named.
func TestMe(t *testing.T) {
	f := newFake()
	f.tokens["og_two"] = Token{ID: "tk_two", Role: seller, Shops: []string{"s-1", "s-2"}, Name: "till"}
	f.tokens["og_king"] = Token{ID: "tk_king", Role: "king"}
	a := newAPI(t, f, Options{})
	me := func(role string) (m Me) {
		w := call(a, role, "GET", "/v1/me", nil)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &m))
		return m
	}
	require.Equal(t, Me{"tk_two", "seller", []string{"s-1", "s-2"}, "till"}, me("two"))
	for _, role := range []string{reviewer, engineer, enforcer, feeder, admin} {
		m := me(role)
		require.Equal(t, role, m.Role)
		require.Equal(t, []string{}, m.Shops)
	}
	refused(t, call(a, "king", "GET", "/v1/me", nil), http.StatusForbidden, "role king")
}
