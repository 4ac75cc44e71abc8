package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

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
