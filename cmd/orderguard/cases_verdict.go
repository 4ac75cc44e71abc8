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

// Judge answers an alert, or an attack.
func (c *cases) Judge(ctx context.Context, by, shop string, v api.Verdict) (list []json.RawMessage, total int, err error) {
	if err := c.open(); err != nil {
		return nil, 0, err
	}
	ids := []string{v.Alert}
	if v.Attack != "" {
		if ids, err = c.store.AttackAlerts(shop, v.Attack); err != nil {
			return nil, 0, err
		}
		if len(ids) == 0 {
			return nil, 0, fmt.Errorf("attack %q at shop %q: %w", v.Attack, shop, api.ErrNotFound)
		}
	}
	flags, err := c.flags(shop, ids)
	if err != nil {
		return nil, 0, err
	}
	for part, rest := cutFlags(flags); len(part) > 0; part, rest = cutFlags(rest) {
		act := c.flow.actOf(by)
		act.Judge = &casework.Judge{Shop: shop, Answer: v.Answer, Comment: v.Comment, Flags: c.asTheyStand(part)}
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

// flags returns what a verdict has to know of alerts of a shop. Those that were
// answered come first, the earliest first: if a case is closed, that is found before
// any part of an attack is answered.
func (c *cases) flags(shop string, ids []string) ([]casework.Flag, error) {
	type answered struct {
		casework.Flag
		at orderguard.Millis
	}
	list := make([]answered, 0, len(ids))
	for _, id := range ids {
		a, err := c.store.AlertNow(shop, id)
		if err != nil {
			return nil, toAPI(err)
		}
		at := orderguard.MaxTime
		if a.Verdict != nil {
			at = a.Verdict.At
		}
		list = append(list, answered{flagOf(&a), at})
	}
	slices.SortStableFunc(list, func(a, b answered) int { return cmp.Compare(a.at, b.at) })
	flags := make([]casework.Flag, len(list))
	for i := range list {
		flags[i] = list[i].Flag
	}
	return flags, nil
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

// asTheyStand adds how the orders of flags stand by now.
func (c *cases) asTheyStand(flags []casework.Flag) []casework.Flag {
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		for i := range flags {
			o := &flags[i].Order
			buyer := o.Buyer
			*o = l.Order(o.Shop, o.Order)
			o.Buyer = buyer
		}
	})
	return flags
}

// cutFlags cuts off as many flags as one record of the journal may hold, at least one
// if there is any.
func cutFlags(flags []casework.Flag) (part, rest []casework.Flag) {
	size := 0
	for i := range flags {
		text, err := json.Marshal(&flags[i])
		if err != nil {
			panic("BUG: a flag that is no JSON: " + err.Error())
		}
		if size += len(text) + 1; i > 0 && size > maxJudged {
			return flags[:i], flags[i:]
		}
	}
	return flags, nil
}
