package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// What has the same place in another store has another tag.
func TestTagOfAnotherStore(t *testing.T) {
	f := newFake()
	f.put("s-1", "al_1", orderguard.Harassment)
	for _, path := range []string{"/v1/shops/s-1/alerts", "/v1/shops/s-1/alerts/al_1"} {
		get := func(store, have string) (int, string) {
			w := call(newAPI(t, f, Options{Store: store}), "seller", "GET", path, nil, "If-None-Match", have)
			return w.Code, w.Header().Get("Etag")
		}
		_, tag := get("1f3a9c0e77", "none")
		code, _ := get("1f3a9c0e77", tag)
		require.Equal(t, http.StatusNotModified, code)
		code, other := get("1f3a9c0f77", tag)
		require.Equal(t, http.StatusOK, code)
		require.NotEqual(t, tag, other)
	}
}

// A cursor of the store before a restore is refused, also when the list has
// overtaken it since.
func TestCursorOfAnotherStore(t *testing.T) {
	f := newFake()
	for _, id := range []string{"al_1", "al_2", "al_3"} {
		f.put("s-1", id, orderguard.Harassment)
	}
	const list = "/v1/shops/s-1/alerts"
	first := newAPI(t, f, Options{Store: "one"})
	next := pageOf(t, call(first, "seller", "GET", list+"?limit=2", nil)).Next
	require.Equal(t, []string{"al_3"}, ids(pageOf(t, call(first, "seller", "GET", list+"?after="+next, nil))))
	again := newAPI(t, f, Options{Store: "one"})
	require.Len(t, pageOf(t, call(again, "seller", "GET", list+"?after="+next, nil)).Alerts, 1, "a restart changes nothing")
	restored := newAPI(t, f, Options{Store: "two"})
	refused(t, call(restored, "seller", "GET", list+"?after="+next, nil), http.StatusBadRequest, "not one that this list")
}
