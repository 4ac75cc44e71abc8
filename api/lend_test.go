package api

import (
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestLend serves the fake at the address in ORDERGUARD_LEND until it is killed:
// for a look at the pages, and for tools/api-fuzz.sh without a daemon. Its tokens
// are og_seller, og_reviewer, …
func TestLend(t *testing.T) {
	addr := os.Getenv("ORDERGUARD_LEND")
	if addr == "" {
		t.Skip("set ORDERGUARD_LEND to an address to serve the fake there")
	}
	f := newFake()
	for _, id := range []string{"al_1", "al_2", "al_3"} {
		f.put("s-1", id, orderguard.MaliciousOrder)
		f.trade("s-1", "b-1", "o-"+id)
	}
	f.trade("s-1", "b-1", "o-1")
	f.rules = []Rule{{ID: "order-burst", Version: "9f2c41d0", Scenario: orderguard.MaliciousOrder, Fired: 12}}
	a := newAPI(t, f, Options{Version: "fake", Metrics: up, Logger: logTo(os.Stderr)})
	ln, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	fmt.Println("serving http://" + ln.Addr().String())
	require.NoError(t, a.Serve(t.Context(), ln))
}
