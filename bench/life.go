package bench

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/orderguard/orderguard"
)

// order is one order with its whole life cycle.
type order struct {
	m     *market
	n     uint64 // its number, from which its ids are made
	at    int64  // when it was created, ms
	shop  uint32
	buyer account
	item  item
	note  string
	ship  *shipTo // nil: made from the buyer's address
	kind  string  // of goods; empty: the shop's category
	steps []step  // by time; the first is its creation
	label *label  // nil: not part of an attack
	mute  bool    // texts are not needed, and left out
}

// label is what the labels file says of the orders of an attack.
type label struct {
	scenario orderguard.Scenario
	attack   string
}

// step is an event in the life of an order.
type step struct {
	at       int64 // ms since the order's creation
	kind     orderguard.Kind
	arg      uint8 // the actor, dispute reason, outcome, sender or rating, by kind
	text     string
	refund   bool // of a dispute: the buyer gets the amount back
	evidence [2]uint64
}

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// habits are how likely the turns of a life cycle are, as shares of those
// orders that get so far.
type habits struct {
	pays     float64
	refunds  float64
	disputes float64
	reviews  float64
	asks     float64 // the buyer writes to the seller
}

// buys makes it an order of an item that lies ready, also where the shop would make it to order.
func (o *order) buys(it item) {
	it.custom = false
	o.item = it
}

// begin makes the order's life empty but for its creation.
func (o *order) begin() { o.steps = append(o.steps[:0], step{kind: orderguard.OrderCreated}) }

// add adds an event at the time given, in ms since creation.
func (o *order) add(at int64, kind orderguard.Kind, arg uint8) *step {
	o.steps = append(o.steps, step{at: at, kind: kind, arg: arg})
	return &o.steps[len(o.steps)-1]
}

// message adds a message.
func (o *order) message(at int64, from orderguard.Sender, text string) {
	o.add(at, orderguard.MessageSent, uint8(from)).text = text
}

// end puts the events in order of time, those of one time in the order in
// which they were added.
func (o *order) end() {
	slices.SortStableFunc(o.steps, func(a, b step) int { return int(a.at - b.at) })
}

// delay draws a time with the given median and a long tail, at most cut.
func delay(r *rand.Rand, median, cut int64) int64 {
	return min(cut, 1+int64(float64(median)*math.Exp(r.NormFloat64())))
}

// slower stretches a time.
func slower(by float64, t int64) int64 { return int64(by * float64(t)) }

// unpaid makes the order end without payment: dropped by the buyer or, when its
// time has run out, by the platform, which looks every few minutes.
func (o *order) unpaid(r *rand.Rand, byBuyer float64) {
	if r.Float64() < byBuyer {
		o.add(delay(r, 6*minute, o.m.timeout-minute), orderguard.OrderCancelled, uint8(orderguard.ByBuyer))
	} else {
		o.add(o.m.timeout+r.Int64N(5*minute), orderguard.OrderCancelled, uint8(orderguard.ByPlatform))
	}
}

// live draws an ordinary life.
func (o *order) live(r *rand.Rand, h *habits) {
	if r.Float64() >= h.pays {
		o.unpaid(r, o.m.dropped)
		return
	}
	paid := o.pay(r)
	if r.Float64() < h.asks {
		at := r.Int64N(paid + 10*hour)
		o.message(at, orderguard.FromBuyer, o.say(r, "question"))
		o.message(at+delay(r, 40*minute, 12*hour), orderguard.FromSeller, o.say(r, "answer"))
	}
	switch k := r.IntN(1000); {
	case k < 15: // the buyer thinks again
		at := paid + delay(r, 2*hour, 10*hour)
		o.add(at, orderguard.OrderCancelled, uint8(orderguard.ByBuyer))
		o.add(at+delay(r, hour, day), orderguard.OrderRefunded, uint8(orderguard.ByPlatform))
		return
	case k < 22: // out of stock
		at := paid + delay(r, 10*hour, 60*hour)
		o.add(at, orderguard.OrderCancelled, uint8(orderguard.BySeller))
		o.add(at+delay(r, hour, day), orderguard.OrderRefunded, uint8(orderguard.BySeller))
		return
	}
	start := paid
	if o.item.custom {
		start = o.converse(r, paid)
	}
	o.arrive(r, h, start)
}

// pay adds the payment and returns its time.
func (o *order) pay(r *rand.Rand) int64 {
	latest := o.m.timeout * 9 / 10
	at := 4*second + delay(r, o.m.payTime, min(28*minute, latest))
	if o.m.slowPay > 0 && r.Float64() < o.m.slowPay {
		at = delay(r, 3*hour, latest)
	}
	o.add(at, orderguard.OrderPaid, 0)
	return at
}

// deliver adds shipping and delivery, and returns the time of delivery.
func (o *order) deliver(r *rand.Rand, from int64) int64 {
	shipped := from + 30*minute + slower(o.m.shipping, delay(r, 14*hour, 5*day))
	o.add(shipped, orderguard.OrderShipped, 0)
	delivered := shipped + 10*hour + slower(o.m.transit, delay(r, 2*day, 12*day))
	o.add(delivered, orderguard.OrderDelivered, 0)
	return delivered
}

// converse adds the talk that an item made to order needs: the seller asks,
// perhaps twice, and the buyer answers. It returns when all is said.
func (o *order) converse(r *rand.Rand, from int64) int64 {
	asked := from + delay(r, 2*hour, 20*hour)
	o.message(asked, orderguard.FromSeller, o.say(r, "custom_ask"))
	answered := asked + delay(r, 3*hour, 22*hour)
	if r.IntN(6) == 0 {
		again := asked + 12*hour + r.Int64N(8*hour)
		o.message(again, orderguard.FromSeller, o.say(r, "custom_remind"))
		answered = again + delay(r, 4*hour, 30*hour)
	}
	o.message(answered, orderguard.FromBuyer, o.say(r, "custom_answer"))
	return answered + day
}

// arrive adds what follows a payment that stands: parcel, and whatever the
// buyer thinks of it.
func (o *order) arrive(r *rand.Rand, h *habits, from int64) {
	delivered := o.deliver(r, from)
	switch u := r.Float64(); {
	case u < h.disputes:
		reason := orderguard.DisputeReason(1 + r.IntN(7))
		o.dispute(r, delivered+delay(r, day, 9*day), reason, o.m.wins, [2]uint64{scramble(o.n + 77)})
		return
	case u < h.disputes+h.refunds:
		o.add(delivered+delay(r, 2*day, 12*day), orderguard.OrderRefunded, uint8(wanted(r)))
		return
	}
	done := delivered + delay(r, 2*day, 10*day)
	o.add(done, orderguard.OrderCompleted, 0)
	if r.Float64() < h.reviews {
		rating := o.m.ratings[r.IntN(len(o.m.ratings))] - '0'
		o.review(done+delay(r, 6*hour, 5*day), rating, o.opinion(r, rating, 2))
	}
}

// review adds a review.
func (o *order) review(at int64, rating uint8, text string) {
	o.add(at, orderguard.ReviewGiven, rating).text = text
}

// wanted draws who refunded an order that came back: mostly the buyer asked for
// it, else the seller offered.
func wanted(r *rand.Rand) orderguard.Actor {
	if r.IntN(10) < 6 {
		return orderguard.ByBuyer
	}
	return orderguard.BySeller
}

// dispute adds a dispute from its opening to its end, which is for the buyer
// as often as wins says, unless he withdraws it.
func (o *order) dispute(r *rand.Rand, at int64, reason orderguard.DisputeReason, wins float64, evidence [2]uint64) {
	opened := o.add(at, orderguard.DisputeOpened, uint8(reason))
	opened.evidence, opened.refund = evidence, true
	if r.IntN(100) < 15 {
		o.add(at+delay(r, 20*hour, 5*day), orderguard.DisputeWithdrawn, 0)
		return
	}
	if r.IntN(100) < 20 {
		at += delay(r, 2*day, 5*day)
		o.add(at, orderguard.DisputeEscalated, uint8(reason))
	}
	at += delay(r, 2*day, 6*day)
	won := r.Float64() < wins
	outcome := orderguard.ForSeller
	if won {
		outcome = orderguard.ForBuyer
	}
	o.add(at, orderguard.DisputeClosed, uint8(outcome)).refund = won
	if won {
		o.add(at+delay(r, hour, day), orderguard.OrderRefunded, uint8(orderguard.ByPlatform))
	}
}

// draw draws one of several texts.
func draw(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }
