package detect

import (
	"slices"
	"sync/atomic"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// accountBook remembers what the accounts of buyers declare: an order that does not carry
// an identifier has that of the account behind it, and conditions ask by what that
// account declared, whatever the order carries.
//
// The record of a buyer, for each of fields:
//
//	word 0   the hash of what the newest account event that names it says
//	word 1   the time of that event; of those of one time the first to come counts
//
// So neither an account event that comes again nor one that comes late changes what
// a newer one said.
type accountBook struct {
	*window.Book
	columns window.BookColumns
	fields  []int // indices into plan.fields
	// standsFor is, by those, the field of an order that is taken for declared where its creation
	// does not carry it, an index too; -1 if nobody asks for that.
	standsFor []int
	// used is set once an account has declared something: until then no order is looked up.
	used atomic.Bool
	tell func(row int, record []uint64)
}

const (
	accountWords = 2 // of a field
	// accountKeep is for how long, in ms, what an account declared is known at its orders.
	accountKeep = 365 * millisPerDay
)

// words is how many words a record has.
func (a *accountBook) words() int { return accountWords * len(a.fields) }

// declared returns the field of account events that a field of what an account
// declared is told by; 0 for any other field.
func (f Field) declared() Field {
	switch f {
	case FieldAccountDevice:
		return FieldDevice
	case FieldAccountIP:
		return FieldIP
	case FieldAccountAddress:
		return FieldAddress
	case FieldAccountPayment:
		return FieldPayment
	}
	return 0
}

// standIns has what accounts declare taken for what the creations of orders leave out.
func (p *plan) standIns() {
	for f := FieldAccountDevice; f <= FieldAccountPayment; f++ {
		if slices.Contains(p.fields, f.declared()) {
			p.field(f)
		}
	}
	if a := p.accounts; a != nil {
		for _, n := range a.fields {
			a.standsFor = append(a.standsFor, slices.Index(p.fields, p.fields[n].declared()))
		}
	}
}

// declared returns what the account behind the creation of an order, event i, declared of a field; 0 if that is nothing.
func (c *columns) declared(a *accountBook, field, i int) uint64 {
	if a != nil {
		if j := slices.Index(a.standsFor, field); j >= 0 {
			return c.fields[a.fields[j]][i]
		}
	}
	return 0
}

// takeDeclared fills what the creation of an order, event i, leaves out.
func (c *columns) takeDeclared(a *accountBook, i int) {
	for j, of := range a.standsFor {
		if of >= 0 && c.fields[of][i] == 0 {
			c.fields[of][i] = c.fields[a.fields[j]][i]
		}
	}
}

// inUse says whether accounts have declared something that is asked for.
func (a *accountBook) inUse() bool { return a != nil && a.used.Load() }

// reset makes the book's columns, and those of its fields, ready for a batch.
func (a *accountBook) reset(c *columns) {
	n := len(c.events)
	grow(&a.columns.Do, n)
	grow(&a.columns.Key, n)
	grow(&a.columns.Record, n)
	clear(a.columns.Record)
	for _, f := range a.fields {
		clear(c.fields[f])
	}
	a.columns.Time, a.columns.Clock = c.time, c.clock
}

// findAccount hashes the buyer of event i, if it is one of his account or creates an
// order, and fills what an account event of either role declares.
func (e *Engine) findAccount(i int) {
	c, a, ev := e.columns, e.plan.accounts, e.columns.events[i]
	a.columns.Do[i], a.columns.Key[i] = 0, 0
	switch ev.Kind {
	case orderguard.OrderCreated:
		a.columns.Do[i], a.columns.Key[i] = window.Read, hashOf(ev.Buyer)
	case orderguard.AccountDeclared:
		for _, f := range a.fields {
			c.fields[f][i] = hashOf(e.plan.fields[f].declared().Text(ev))
		}
		if ev.Role == orderguard.BuyerAccount && !e.timers.isCopy(i) {
			a.columns.Do[i], a.columns.Key[i] = window.Add|window.Renew, hashOf(ev.Buyer)
			a.used.Store(true)
		}
	}
}

// tellAccount notes what event i declares of an account, or tells an order what was declared.
func (e *Engine) tellAccount(i int, record []uint64) {
	ev := e.columns.events[i]
	for j, f := range e.plan.accounts.fields {
		here, said := &e.columns.fields[f][i], record[accountWords*j:accountWords*(j+1)]
		switch {
		case ev.Kind == orderguard.OrderCreated:
			if int64(said[1]) > int64(ev.Time)-accountKeep {
				*here = said[0]
			}
		case *here != 0 && (said[0] == 0 || int64(said[1]) < int64(ev.Time)):
			said[0], said[1] = *here, uint64(ev.Time)
		}
	}
}

// Load reads what Save wrote.
func (a *accountBook) Load(from *window.Decoder) {
	a.Book.Load(from)
	keys, _ := a.Size()
	a.used.Store(keys > 0)
}

// askAccount tells the order of a Screener what the account behind it declared.
func (e *Engine) askAccount() {
	a := e.plan.accounts
	if number, _ := a.Peek(&a.columns, 0); number != 0 {
		e.tellAccount(0, a.Record(number))
	}
}
