package detect

import "github.com/orderguard/orderguard"

// State is what has become of an order so far. The zero State is any.
type State uint8

// The states. An order may be in several of them at once.
const (
	Unpaid    State = iota + 1 // neither paid nor sent so far, cancelled or not
	Paid                       // paid, or sent on trust, whatever came afterwards
	Refunded                   // refunded
	Disputed                   // a dispute was opened, and not withdrawn
	Cancelled                  // cancelled, by whomever
	Pending                    // unpaid and not cancelled: it holds stock
	Kept                       // paid, and not called off: what a seller refuses himself is no fault of the buyer's
	Trusted                    // sent before it was paid, whatever came afterwards
	Sent                       // sent, whatever came afterwards
	Unkept                     // not kept: unpaid so far, or called off. Only lockstep asks for it
)

var stateNames = []string{"", "unpaid", "paid", "refunded", "disputed", "cancelled", "pending", "kept", "trusted", "sent", "unkept"}

// String returns the state as rules write it.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return ""
}

// The bits by which tables of orders know the states.
const (
	bitPaid = 1 << iota
	bitRefunded
	bitDisputed
	bitCancelled
	bitCalledOff // cancelled or refunded, and not by the seller
	bitTrusted
	bitSent
	stateBits = 1<<iota - 1
)

// sent are the kinds of events that say that a seller has sent an order off, which he
// does before he is paid only where the buyer pays on delivery.
var sent = kindSet(orderguard.OrderShipped) | kindSet(orderguard.OrderDelivered) | kindSet(orderguard.OrderCompleted)

// stateEvents are the kinds of events that change a state.
var stateEvents = sent | kindSet(orderguard.OrderPaid) | kindSet(orderguard.OrderRefunded) | kindSet(orderguard.OrderCancelled) |
	kindSet(orderguard.DisputeOpened) | kindSet(orderguard.DisputeWithdrawn)

// of says whether an order with the bits is in the state.
func (s State) of(bits uint32) bool {
	if s == Unkept {
		return !Kept.of(bits)
	}
	mask, want := s.bits()
	return bits&mask == want
}

// bits returns which bits an order in the state has, among those of mask. It knows no
// Unkept, which is no such pair.
func (s State) bits() (mask, want uint32) {
	switch s {
	case Unpaid:
		return bitPaid, 0
	case Paid:
		return bitPaid, bitPaid
	case Refunded:
		return bitRefunded, bitRefunded
	case Disputed:
		return bitDisputed, bitDisputed
	case Cancelled:
		return bitCancelled, bitCancelled
	case Pending:
		return bitPaid | bitCancelled, 0
	case Kept:
		return bitPaid | bitCalledOff, bitPaid
	case Trusted:
		return bitTrusted, bitTrusted
	case Sent:
		return bitSent, bitSent
	}
	return 0, 0
}

// within says whether every order that is in the state is in state t too.
func (s State) within(t State) bool {
	if t == Unkept {
		return s == Unkept || s == Unpaid || s == Pending
	}
	mask, want := s.bits()
	// What was sent on trust was sent, and what was sent counts as paid.
	if want&bitTrusted != 0 {
		mask, want = mask|bitSent, want|bitSent
	}
	if want&bitSent != 0 {
		mask, want = mask|bitPaid, want|bitPaid
	}
	other, wanted := t.bits()
	return mask&other == other && want&other == wanted
}

// turned returns the bits of an order after an event.
func turned(bits uint64, ev *orderguard.Event) uint64 {
	k := ev.Kind
	if sent.Has(k) {
		if bits&bitPaid == 0 {
			bits |= bitTrusted
		}
		bits |= bitSent
		k = orderguard.OrderPaid
	}
	if (k == orderguard.OrderRefunded || k == orderguard.OrderCancelled) && ev.Actor != orderguard.BySeller {
		bits |= bitCalledOff
	}
	switch k {
	case orderguard.OrderPaid:
		return bits | bitPaid
	case orderguard.OrderRefunded:
		return bits | bitRefunded
	case orderguard.OrderCancelled:
		return bits | bitCancelled
	case orderguard.DisputeOpened:
		return bits | bitDisputed
	case orderguard.DisputeWithdrawn:
		return bits &^ bitDisputed
	}
	return bits
}
