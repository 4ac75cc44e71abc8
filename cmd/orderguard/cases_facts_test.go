package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/casework"
)

// An order is what its own events at the shop say, whatever stands where in their
// lines.
func TestOrderIn(t *testing.T) {
	lines := [][]byte{
		[]byte(`{"type":"order","status":"created","id":"e-1","ts":1770000000000,"shop":"s-1","buyer":"C81bd54411d44aca5","order":"o-1"}`),
		[]byte(`{"id":"e-2","note":"a rather long remark that moves all that comes after it","order":"o-1","buyer":"C81bd54411d44aca5","shop":"s-1","ts":1770000001000,"status":"paid","type":"order"}`),
		[]byte(`{"type":"order","status":"shipped","id":"e-3","ts":1770000002000,"shop":"s-2","buyer":"other","order":"o-1"}`),
		[]byte(`no event`),
		[]byte(`{"order":"o-1","buyer":"C81bd54411d44aca5","shop":"s-1","ts":1770000003000,"type":"order","status":"shipped","id":"e-4"}`),
		[]byte(`{"type":"dispute","dispute":"q-1","status":"opened","reason":"quality","id":"e-5","ts":1770009000000,"shop":"s-1","buyer":"C81bd54411d44aca5","order":"o-1"}`),
	}
	want := casework.Order{Order: "o-1", Shop: "s-1", Buyer: "C81bd54411d44aca5", Created: 1770000000000, Known: true, Shipped: true}
	require.Equal(t, want, orderIn(lines, "s-1", "o-1"))
	require.False(t, orderIn(lines, "s-3", "o-1").Known)
	require.Equal(t, "other", orderIn(lines, "s-2", "o-1").Buyer)
}
