package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
)

const (
	// maxJudged is how many bytes of flags one record of the journal holds, those of
	// a thousand orders or two: while what came of them is committed, feeds and
	// questions wait.
	maxJudged = 512 << 10
	// maxAnswered is how many alerts the answer to a verdict lists.
	maxAnswered = 1000
)

// Judge answers an alert, or an attack. Verdicts on a shop's alerts come one after the
// other, or two on one attack, each of several records, would leave some of its orders with
// one and some with the other.
func (c *cases) Judge(ctx context.Context, by, shop string, v api.Verdict) (list []json.RawMessage, total int, err error) {
	if err := c.open(); err != nil {
		return nil, 0, err
	}
	done, err := c.turns.await(ctx, shop)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	ids := []string{v.Alert}
	if v.Attack != "" {
		if ids, err = c.store.AttackAlerts(shop, v.Attack); err != nil {
			return nil, 0, err
		}
		if len(ids) == 0 {
			return nil, 0, fmt.Errorf("attack %q at shop %q: %w", v.Attack, shop, api.ErrNotFound)
		}
	}
	if v.Revision != 0 {
		if err := c.unchanged(by, shop, v); err != nil {
			return nil, 0, err
		}
	}
	flags, err := c.flags(shop, ids)
	if err != nil {
		return nil, 0, err
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	ctx = context.WithoutCancel(ctx) // what begins is done whole, whether its caller waits or not
	for part, rest := cutFlags(flags); len(part) > 0; part, rest = cutFlags(rest) {
		now, err := c.asTheyStand(ctx, part)
		if err != nil {
			return nil, 0, err
		}
		act := c.flow.actOf(by)
		act.Judge = &casework.Judge{Shop: shop, Answer: v.Answer, Comment: v.Comment, Flags: now}
		if err := c.flow.do(ctx, act); err != nil {
			return nil, 0, err
		}
	}
	for _, id := range ids[:min(len(ids), maxAnswered)] {
		text, _, err := c.store.Alert(shop, id)
		if err != nil {
			return nil, 0, toAPI(err)
		}
		list = append(list, text)
	}
	return list, len(ids), nil
}

// unchanged refuses a verdict on an alert that is not as the seller saw it, unless what
// has changed is that this verdict was given.
func (c *cases) unchanged(by, shop string, v api.Verdict) error {
	a, err := c.store.AlertNow(shop, v.Alert)
	if err != nil {
		return toAPI(err)
	}
	given := a.Verdict != nil && a.Verdict.Answer == v.Answer && a.Verdict.By == by && a.Verdict.Comment == v.Comment
	if a.Revision == v.Revision || given {
		return nil
	}
	return &casework.Refusal{Problem: casework.Conflict, Ref: a.ID, Wording: orderguard.Wording{
		En: fmt.Sprintf("alert %s has changed: the verdict was given on revision %d, and it is revision %d now; look at it again", a.ID, v.Revision, a.Revision),
		Zh: "该预警已有变化，请重新查看后再核实",
	}}
}

// flagged is a flag with what its alert says beside it.
type flagged struct {
	casework.Flag
	at       orderguard.Millis // when it was flagged
	answered orderguard.Millis // MaxTime if it was not
}

// flags returns what a verdict has to know of alerts of a shop. Those that were
// answered come first, the earliest first: if a case is closed, that is found before
// any part of an attack is answered.
func (c *cases) flags(shop string, ids []string) ([]flagged, error) {
	list := make([]flagged, 0, len(ids))
	for _, id := range ids {
		a, err := c.store.AlertNow(shop, id)
		if err != nil {
			return nil, toAPI(err)
		}
		f := flagged{flagOf(&a), a.FlaggedAt, orderguard.MaxTime}
		if a.Verdict != nil {
			f.answered = a.Verdict.At
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b flagged) int { return cmp.Compare(a.answered, b.answered) })
	return list, nil
}

// flagOf returns what a verdict has to know of an alert, but how its order stands.
func flagOf(a *orderguard.Alert) casework.Flag {
	f := casework.Flag{
		Alert: a.ID, Attack: a.Attack, Scenario: a.Scenario, Severity: a.Severity, Rules: []casework.RuleRef{},
		Order: casework.Order{Order: a.Order, Shop: a.Shop, Buyer: a.Buyer},
	}
	if a.Verdict != nil {
		f.Verdicts = a.Verdict.Number
	}
	for _, r := range a.Reasons {
		f.Rules = append(f.Rules, casework.RuleRef{Rule: r.Rule, Version: r.Version})
	}
	return f
}

// asTheyStand returns flags with how their orders stand by now. The ledger says that at
// once, unless it has let an old order go, or began anew with a late event of it: then it is
// looked up in the journal.
func (c *cases) asTheyStand(ctx context.Context, part []flagged) ([]casework.Flag, error) {
	flags := make([]casework.Flag, len(part))
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		for i := range part {
			flags[i] = part[i].Flag
			flags[i].Order = l.Order(part[i].Order.Shop, part[i].Order.Order)
			flags[i].Order.Buyer = part[i].Order.Buyer
		}
	})
	for i := range flags {
		o := &flags[i].Order
		if o.Known && (o.Shipped || !beganLate(o, part[i].Scenario, part[i].at)) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now, _, err := c.order(o.Shop, o.Order)
		if err = butLost(err); err != nil {
			return nil, err
		}
		now.Buyer = o.Buyer
		*o = now
	}
	return flags, nil
}

// cutFlags cuts off as many flags as one record of the journal may hold, at least one
// if there is any.
func cutFlags(flags []flagged) (part, rest []flagged) {
	size := 0
	for i := range flags {
		text, err := json.Marshal(&flags[i].Flag)
		if err != nil {
			panic("BUG: a flag that is no JSON: " + err.Error())
		}
		if size += len(text) + 1; i > 0 && size > maxJudged {
			return flags[:i], flags[i:]
		}
	}
	return flags, nil
}
