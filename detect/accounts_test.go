package detect

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// accountFields are the fields of what accounts declare.
var accountFields = []Field{FieldAccountDevice, FieldAccountIP, FieldAccountAddress, FieldAccountPayment}

// tell notes what the account behind an order has declared when the order comes.
func (w *twin) tell(e *orderguard.Event) {
	if e.Kind == orderguard.OrderCreated {
		said := make([]string, Fields)
		for _, f := range accountFields {
			said[f] = w.asked(f, e)
		}
		w.told[e.ID] = said
	}
}

// standIn returns the field of what an account declared that is taken where the creation of its order has none; 0 if there is none.
func standIn(f Field) Field {
	for _, from := range accountFields {
		if from.declared() == f {
			return from
		}
	}
	return 0
}

// text returns the value of a field of an event that has come.
func (w *twin) text(f Field, e *orderguard.Event) string {
	if e.Kind == orderguard.OrderCreated {
		if from := standIn(f); from != 0 && f.Text(e) == "" {
			f = from
		}
		if f.declared() != 0 {
			return w.told[e.ID][f]
		}
	}
	return w.asked(f, e)
}

// asked returns the value of a field of the event that is judged now.
func (w *twin) asked(f Field, e *orderguard.Event) (said string) {
	if from := standIn(f); from != 0 && e.Kind == orderguard.OrderCreated && f.Text(e) == "" {
		f = from
	}
	switch own := f.declared(); {
	case own == 0:
		return f.Text(e)
	case e.Kind == orderguard.AccountDeclared:
		return own.Text(e)
	case e.Kind == orderguard.OrderCreated:
		at := orderguard.Millis(0)
		for i := range w.events {
			x := &w.events[i]
			if x.Kind == orderguard.AccountDeclared && x.Role == orderguard.BuyerAccount && x.Buyer == e.Buyer && own.Text(x) != "" && x.Time > at {
				said, at = own.Text(x), x.Time
			}
		}
		if at <= e.Time-accountKeep {
			return ""
		}
	}
	return said
}

// alike returns what says whether an event has the values of a condition's key that the judged one has.
func (w *twin) alike(c *Condition, e *orderguard.Event) func(x *orderguard.Event) bool {
	values := make([]string, len(c.By))
	for i, f := range c.By {
		values[i] = w.asked(f, e)
	}
	return func(x *orderguard.Event) bool {
		for i, f := range c.By {
			if w.text(f, x) != values[i] {
				return false
			}
		}
		return true
	}
}

// declaring makes the messages of a stream declare identifiers of buyers and sellers, and each order be created once:
// what a search for the newest orders does else, the twin does not know.
func declaring(rng *rand.Rand, events []orderguard.Event) []orderguard.Event {
	some := func(letter string, n int) string {
		if rng.IntN(2) == 0 {
			return ""
		}
		return fmt.Sprint(letter, rng.IntN(n))
	}
	said, created := map[string]orderguard.Event{}, map[string]string{}
	for i := range events {
		e := &events[i]
		if e.Kind == orderguard.OrderCreated {
			if first, again := created[e.Order]; again && first != e.ID {
				e.Order = "again-" + e.ID
			}
			created[e.Order] = e.ID
		}
		if e.Kind != orderguard.MessageSent {
			continue
		}
		if was, ok := said[e.ID]; ok { // the same line once more
			was.Clock = e.Clock
			*e = was
			continue
		}
		e.Kind, e.Order, e.Role = orderguard.AccountDeclared, "", orderguard.Role(1+rng.IntN(2))
		if e.Role == orderguard.SellerAccount {
			e.Buyer = ""
		} else {
			e.Shop = ""
		}
		e.Device, e.IP, e.Address, e.Payment = some("d", 6), some("i", 9), some("a", 20), some("p", 9)
		said[e.ID] = *e
	}
	return events
}

// declaredRules writes rules that ask by what accounts declared, in every way.
func declaredRules(rng *rand.Rand) string {
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	own := func() string { return accountFields[rng.IntN(len(accountFields))].declared().String() }
	field := func() string { return accountFields[rng.IntN(len(accountFields))].String() }
	return fmt.Sprintf(`
rules:
  - id: rival
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer], within: 10m, at_least: 2}
    any:
      - {count: account, by: [%s], within: %s, at_least: 1, where: {role: seller}, context: true}
      - {count: account, by: [%s], within: 20s, at_least: 1, where: {role: %s}, context: true}
  - id: together
    scenario: malicious_refund
    on: order.created
    all:
      - {distinct: buyer, of: order.created, by: [shop, %s], within: 10m, at_least: 2}
      - {count: order.created, by: [%s], within: 10m, state: %s, at_least: 2}
  - id: newest
    scenario: harassment
    on: order.created
    all:
      - {count: order.created, by: [shop, %s], within: 9m, newest: 9, state: %s, at_least: 2}
  - id: later
    scenario: malicious_dispute
    on: order.created
    first:
      - {count: order.created, by: [shop], within: 10m, at_least: 2}
    after: %s
    all:
      - {count: [account, order.created], by: [%s], within: 20m, at_least: 4}
  - id: declared
    scenario: unfulfillable
    on: account
    first:
      - {count: account, by: [%s], within: 10m, at_least: 2}
    after: %s
    all:
      - {count: order.created, by: [%s], within: 10m, at_least: 2}
  - id: own
    scenario: malicious_review
    on: [order.created, order.paid]
    all:
      - {distinct: buyer, of: order.created, by: [shop, %s], within: 10m, newest: 9, at_least: 2}
    any:
      - {distinct: %s, of: order.created, by: [shop], within: 10m, newest: 9, at_least: 2, context: true}
      - {count: order.created, by: [%s], within: 10m, state: unpaid, newest: 20, at_least: 3}
`, field(), pick("30s", "10m", "1h"), field(), pick("seller", "buyer"), field(), field(), pick("unpaid", "paid", "pending"),
		field(), pick("unpaid", "kept"), pick("20s", "3m"), field(), field(), pick("20s", "3m"), field(),
		own(), own(), own())
}

// TestAccountsAgainstTwin compares conditions by what accounts declared with a search over all events.
func TestAccountsAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(15) {
		rng := rand.New(rand.NewPCG(seed, 101))
		text := declaredRules(rng)
		total += equalsTwin(t, parse(t, text), declaring(rng, randomEvents(rng, 700)), 1+int(seed%5), rng, text)
	}
	require.Greater(t, total, fewer(1000), "the streams must make the rules fire")
}

// TestDeclaredWhateverTheWorkersAndBatches holds the alerts byte for byte, over snapshots and reloads too, and
// that a screener says what the engine would.
func TestDeclaredWhateverTheWorkersAndBatches(t *testing.T) {
	asked := 0
	for seed := range seeds(5) {
		rng := rand.New(rand.NewPCG(seed, 102))
		text := declaredRules(rng)
		rules, events := parse(t, text), declaring(rng, disturbed(rng, 1500))
		alerts := run(t, rules, events, 1, nil)
		require.NotEmpty(t, alerts)
		want, err := json.Marshal(alerts)
		require.NoError(t, err)
		for workers := 1; workers <= 5; workers++ {
			got, err := json.Marshal(run(t, rules, events, workers, rng))
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "seed %d, %d workers", seed, workers)
		}
		h := evenly(events, rules, parse(t, declaredRules(rng)), parse(t, manyRules), parse(t, text+longer))
		h.survives(t, rng, points(rng, len(events))...)
		e, err := New(rules, Options{})
		require.NoError(t, err)
		r := NewRunner(e, 1)
		for upto := 0; upto < 700; upto += 70 {
			r.Process(&orderguard.Batch{Events: events[upto : upto+70]})
			for n := range 3 {
				order := askable(rng, events, upto+70, n)
				order.Order = fmt.Sprint("asked-order-", n)
				for _, f := range asksAsProcessed(t, NewScreener(e), rules, text, order)[0].Findings {
					asked += len(f.Reasons)
				}
			}
		}
		r.Close()
	}
	require.Greater(t, asked, fewer(20), "what is asked must make the rules fire")
}

// TestDeclaredIsKnownForAYear holds for how long an account's identifier is known, each for itself, that a reload
// which asks for another changes nothing for the one, and that the order of the events in a batch decides.
func TestDeclaredIsKnownForAYear(t *testing.T) {
	text := `
rules:
  - id: a
    scenario: malicious_order
    on: order.created
    all:
      - {count: account, by: [account_device], within: 3660d, at_least: 1}
`
	rules, more := parse(t, text), parse(t, strings.ReplaceAll(text, "all:", "any:")+"      - {count: account, by: [account_payment], within: 3660d, at_least: 9}\n")
	at := orderguard.Millis(1_700_000_000_000)
	n := 0
	account := func(days int, ms orderguard.Millis, device, address string) orderguard.Event {
		n++
		when := at + orderguard.Millis(days)*millisPerDay + ms
		return orderguard.Event{ID: fmt.Sprint("e", n), Kind: orderguard.AccountDeclared, Role: orderguard.BuyerAccount, Time: when, Clock: when, Buyer: "b", Device: device, Address: address}
	}
	order := func(days int, ms orderguard.Millis) orderguard.Event {
		e := account(days, ms, "", "")
		e.Kind, e.Role, e.Shop, e.Order = orderguard.OrderCreated, 0, "s", e.ID
		return e
	}
	events := []orderguard.Event{
		order(0, 0), account(0, 0, "d-1", ""), order(0, 0), // 1 before, 3 after it
		account(200, 0, "", "a-1"), order(364, 0), // 5: the address is another thing
		order(365, -1), order(365, 0), // 6 is within the year, 7 is not
		account(366, 0, "d-2", ""), account(365, 5, "d-1", ""), order(600, 0), // 10: what is late says nothing
		order(731, -1), order(731, 0), // 11, 12: the year begins with what was said last
	}
	for _, size := range []int{1, 5, len(events)} {
		for _, reload := range []bool{false, true} {
			e, err := New(rules, Options{})
			require.NoError(t, err)
			r := NewRunner(e, 1)
			var got []string
			for rest := events; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if reload {
					require.NoError(t, e.Reload([]*RuleSet{rules, more}[len(rest)%2]))
				}
				for _, a := range r.Process(&orderguard.Batch{Events: rest[:min(size, len(rest))]}) {
					got = append(got, a.Order+" "+fmt.Sprint(a.Reasons[0].Value))
				}
			}
			require.Equal(t, []string{"e3 1", "e5 1", "e6 1", "e10 1", "e11 1"}, got, "batches of %d, reload %t", size, reload)
			r.Close()
		}
	}
}
