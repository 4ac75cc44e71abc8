package detect

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestStatesAfterEvents holds what becomes of an order by its events.
func TestStatesAfterEvents(t *testing.T) {
	type event struct {
		kind  orderguard.Kind
		actor orderguard.Actor
	}
	var (
		paid      = event{kind: orderguard.OrderPaid}
		shipped   = event{kind: orderguard.OrderShipped}
		byBuyer   = event{orderguard.OrderCancelled, orderguard.ByBuyer}
		bySeller  = event{orderguard.OrderCancelled, orderguard.BySeller}
		refunded  = event{orderguard.OrderRefunded, orderguard.ByPlatform}
		returned  = event{orderguard.OrderRefunded, orderguard.BySeller}
		noOneSays = event{kind: orderguard.OrderCancelled}
	)
	for name, c := range map[string]struct {
		events []event
		in     []State
	}{
		"nothing":             {nil, []State{Unpaid, Pending}},
		"paid":                {[]event{paid}, []State{Paid, Kept}},
		"paid and called off": {[]event{paid, byBuyer}, []State{Paid, Cancelled}},
		"paid and called off, refunded by the seller": {[]event{paid, byBuyer, returned}, []State{Paid, Cancelled, Refunded}},
		"paid and refunded":                           {[]event{paid, refunded}, []State{Paid, Refunded}},
		"paid and out of stock":                       {[]event{paid, bySeller, returned}, []State{Paid, Cancelled, Refunded, Kept}},
		"paid and somehow cancelled":                  {[]event{paid, noOneSays}, []State{Paid, Cancelled}},
		"paid and sent":                               {[]event{paid, shipped}, []State{Paid, Kept, Sent}},
		"sent on trust":                               {[]event{shipped, paid}, []State{Paid, Kept, Trusted, Sent}},
		"refused at the door":                         {[]event{shipped, byBuyer}, []State{Paid, Cancelled, Trusted, Sent}},
		"cancelled":                                   {[]event{byBuyer}, []State{Unpaid, Cancelled}},
	} {
		t.Run(name, func(t *testing.T) {
			bits := uint64(0)
			for _, e := range c.events {
				bits = turned(bits, &orderguard.Event{Kind: e.kind, Actor: e.actor})
			}
			var in []State
			for s := Unpaid; s <= Sent; s++ {
				if mask, want := s.bits(); uint32(bits)&mask == want {
					in = append(in, s)
				}
			}
			require.ElementsMatch(t, c.in, in)
			require.Equal(t, !slices.Contains(in, Kept), Unkept.of(uint32(bits)))
		})
	}
}

// TestStatesWithinStates holds which states imply others, by all that can become
// of an order.
func TestStatesWithinStates(t *testing.T) {
	for s := State(0); s <= Unkept; s++ {
		for other := State(0); other <= Unkept; other++ {
			implied := true
			for bits := uint32(0); bits <= stateBits; bits++ {
				possible := (bits&bitTrusted == 0 || bits&bitSent != 0) && (bits&bitSent == 0 || bits&bitPaid != 0)
				implied = implied && (!possible || !s.of(bits) || other.of(bits))
			}
			require.Equal(t, implied, s.within(other), "%s within %s", s, other)
		}
	}
}
