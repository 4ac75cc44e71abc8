package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeOrders is a journal by order.
type fakeOrders map[string][]json.RawMessage

func (f fakeOrders) Order(order string) (events []json.RawMessage, more bool, err error) {
	if order == "o-busy" {
		return nil, false, fmt.Errorf("%w: the index is being made", ErrBusy)
	}
	if order == "o-lost" || order == "o-gone" {
		return f[order], false, fmt.Errorf("%w: record 7", ErrLost)
	}
	return f[order], order == "o-many", nil
}

func (f *fake) Order(order string) (events []json.RawMessage, more bool, err error) {
	if f.fail != nil {
		return nil, false, f.fail
	}
	return f.orders.Order(order)
}

func TestOrders(t *testing.T) {
	t.Parallel()
	f := newFake()
	line := json.RawMessage(`{"type":"order", "id":"e-1","order":"o-1"}`)
	f.orders = fakeOrders{"o-1": {line}, "a/b 店": {line, line}, "o-many": {line}, "o-lost": {line}}
	a := newAPI(t, f, Options{})
	w := call(a, "reviewer", "GET", "/v1/orders/o-1", nil)
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"order":"o-1","events":[{"type":"order","id":"e-1","order":"o-1"}],"more":false}`, w.Body.String())
	var got OrderEvents
	require.NoError(t, json.Unmarshal(call(a, "engineer", "GET", "/v1/orders/a%2Fb%20%E5%BA%97", nil).Body.Bytes(), &got))
	require.Len(t, got.Events, 2)
	require.NoError(t, json.Unmarshal(call(a, "admin", "GET", "/v1/orders/o-many", nil).Body.Bytes(), &got))
	require.True(t, got.More)
	require.NoError(t, json.Unmarshal(call(a, "admin", "GET", "/v1/orders/o-lost", nil).Body.Bytes(), &got))
	require.True(t, got.Incomplete)
	require.Len(t, got.Events, 1)
	gone := refused(t, call(a, "reviewer", "GET", "/v1/orders/o-gone", nil), http.StatusConflict, "lost records")
	require.Equal(t, journalLost.typeOf(), gone.Type)
	refused(t, call(a, "reviewer", "GET", "/v1/orders/o-none", nil), http.StatusNotFound, "o-none")
	refused(t, call(a, "reviewer", "GET", "/v1/orders/o-busy", nil), http.StatusServiceUnavailable, "")
}
