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
)

var stateNames = []string{"", "unpaid", "paid", "refunded", "disputed", "cancelled", "pending"}

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
	stateBits = 1<<iota - 1
)

// sent are the kinds of events that say that a seller has sent an order off, which he
// does before he is paid only where the buyer pays on delivery.
var sent = kindSet(orderguard.OrderShipped) | kindSet(orderguard.OrderDelivered) | kindSet(orderguard.OrderCompleted)

// stateEvents are the kinds of events that change a state.
var stateEvents = sent | kindSet(orderguard.OrderPaid) | kindSet(orderguard.OrderRefunded) | kindSet(orderguard.OrderCancelled) |
	kindSet(orderguard.DisputeOpened) | kindSet(orderguard.DisputeWithdrawn)

// bits returns which bits an order in the state has, among those of mask.
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
	}
	return 0, 0
}

// turned returns the bits of an order after an event of a kind.
func turned(bits uint64, k orderguard.Kind) uint64 {
	if sent.Has(k) {
		k = orderguard.OrderPaid
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
