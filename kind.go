package orderguard

// Kind is an event's type together with its status, where the type has one.
type Kind uint8

// The kinds of events. The zero Kind is none.
const (
	OrderCreated Kind = iota + 1
	OrderPaid
	OrderShipped
	OrderDelivered
	OrderCompleted
	OrderCancelled
	OrderRefunded
	DisputeOpened
	DisputeEscalated
	DisputeWithdrawn
	DisputeClosed
	ReviewGiven
	MessageSent
	AccountDeclared

	Kinds = int(AccountDeclared) + 1 // how many values a Kind can have
)

var kindNames = [Kinds]string{
	"", "order.created", "order.paid", "order.shipped", "order.delivered", "order.completed",
	"order.cancelled", "order.refunded", "dispute.opened", "dispute.escalated",
	"dispute.withdrawn", "dispute.closed", "review", "message", "account",
}

// String returns the kind as rules write it: "order.created", "review".
func (k Kind) String() string { return nameOf(kindNames[:], k) }

// ParseKind is the reverse of String.
func ParseKind(s string) (Kind, bool) { return parse[Kind](kindNames[:], s) }

// Actor is who cancelled or refunded an order.
type Actor uint8

// The actors.
const (
	ByBuyer Actor = iota + 1
	BySeller
	ByPlatform
)

var actorNames = []string{"", "buyer", "seller", "platform"}

// String returns the actor as events write it.
func (a Actor) String() string { return nameOf(actorNames, a) }

// ParseActor is the reverse of String.
func ParseActor(s string) (Actor, bool) { return parse[Actor](actorNames, s) }

// DisputeReason is what a dispute is about.
type DisputeReason uint8

// The reasons of disputes.
const (
	NotReceived DisputeReason = iota + 1
	NotAsDescribed
	Quality
	WrongItem
	Damaged
	LateDelivery
	OtherReason
)

var reasonNames = []string{
	"", "not_received", "not_as_described", "quality", "wrong_item", "damaged", "late", "other",
}

// String returns the reason as events write it.
func (r DisputeReason) String() string { return nameOf(reasonNames, r) }

// ParseDisputeReason is the reverse of String.
func ParseDisputeReason(s string) (DisputeReason, bool) {
	return parse[DisputeReason](reasonNames, s)
}

// Outcome is whom a dispute was closed for.
type Outcome uint8

// The outcomes of disputes.
const (
	ForBuyer Outcome = iota + 1
	ForSeller
)

var partyNames = []string{"", "buyer", "seller"}

// String returns the outcome as events write it.
func (o Outcome) String() string { return nameOf(partyNames, o) }

// ParseOutcome is the reverse of String.
func ParseOutcome(s string) (Outcome, bool) { return parse[Outcome](partyNames, s) }

// Sender is who wrote a message.
type Sender uint8

// The senders of messages.
const (
	FromBuyer Sender = iota + 1
	FromSeller
)

// String returns the sender as events write it.
func (s Sender) String() string { return nameOf(partyNames, s) }

// ParseSender is the reverse of String.
func ParseSender(s string) (Sender, bool) { return parse[Sender](partyNames, s) }

// Role is what an account event declares an account to be.
type Role uint8

// The roles of accounts.
const (
	BuyerAccount Role = iota + 1
	SellerAccount
)

// String returns the role as events write it.
func (r Role) String() string { return nameOf(partyNames, r) }

// ParseRole is the reverse of String.
func ParseRole(s string) (Role, bool) { return parse[Role](partyNames, s) }

// nameOf returns the name at v, or "" for a value out of range.
func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return ""
}

// parse finds the value named s; the empty name is no value.
func parse[T ~uint8](names []string, s string) (T, bool) {
	for i := 1; i < len(names); i++ {
		if names[i] == s {
			return T(i), true
		}
	}
	return 0, false
}
