package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestLaterEventsKnowTheAge holds that reviews are judged by the age of the
// account that placed the order, at the time of the review, wherever batches end.
func TestLaterEventsKnowTheAge(t *testing.T) {
	rules := parse(t, `
rules:
  - id: young
    scenario: malicious_review
    on: review
    where: {rating: {at_most: 2}, buyer_age: {below: 9}}
    all:
      - {distinct: buyer, of: review, by: [shop], within: 1h, at_least: 3, where: {rating: {at_most: 2}, buyer_age: {below: 9}}}
`)
	at := orderguard.Millis(1_700_000_000_000)
	var events []orderguard.Event
	for i, age := range []int{3, 400, 5, 1, 8, 2} { // days, at the order
		since := at - orderguard.Millis(age)*millisPerDay
		order := orderguard.Event{
			ID: fmt.Sprint("c", i), Kind: orderguard.OrderCreated, Time: at, Clock: at, Shop: "s", Buyer: fmt.Sprint("b", i),
			Order: fmt.Sprint("o", i), BuyerSince: since,
		}
		review := order
		review.ID, review.Kind, review.Rating, review.BuyerSince = fmt.Sprint("r", i), orderguard.ReviewGiven, 1, 0
		review.Time += 2*millisPerDay + orderguard.Millis(i)*1000
		review.Clock = review.Time
		events = append(events, order, review)
	}
	slices.SortStableFunc(events, func(a, b orderguard.Event) int { return int(a.Time - b.Time) })
	unknown := events[len(events)-1]
	unknown.ID, unknown.Order, unknown.BuyerSince = "x", "never-seen", 0
	events = append(events, unknown)
	for seed := range uint64(5) {
		orders := []string{}
		for _, a := range run(t, rules, slices.Clone(events), 1+int(seed%3), rand.New(rand.NewPCG(seed, 19))) {
			orders = append(orders, a.Order)
		}
		require.ElementsMatch(t, []string{"o0", "o2", "o3", "o5"}, orders, "those of accounts that are old by then are no part of it")
	}
}
