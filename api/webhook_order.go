package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
)

// batch is how many events of a shop are read at once, of either list.
const batch = 50

// window is a stretch of what there is to tell of a shop: its notices in the order
// in which they happened, and how far the shop has been told behind them.
type window struct {
	list []notice
	end  Mark
}

// look reads the next window of a shop. Each of the news says which change of an
// alert it follows. The head is read before the news, and the changes after them: so
// up to the head, and up to what the last of the news follows, both lists are whole.
func (c *courier) look(l *lane, at Mark) (w window, err error) {
	w.end = at
	known := ^uint64(0) // up to which change the alerts are known, where they are told
	alerts := c.wants(alertChanged) && l.shop != ""
	if alerts {
		if known, err = c.opts.Alerts.Head(l.shop); err != nil {
			return w, err
		}
	}
	var news []News
	if c.wants(decisionMade) || c.wants(reportChanged) {
		more := false
		if news, w.end.News, more, err = c.opts.News.News(l.shop, at.News, batch); err != nil {
			return w, err
		}
		if n := len(news); n > 0 && (more || news[n-1].After > known) {
			known = news[n-1].After
		}
	}
	if alerts {
		if w.list, known, err = c.changes(l.shop, at.Change, known); err != nil {
			return w, err
		}
		w.end.Change = max(at.Change, known)
		if past := slices.IndexFunc(news, func(n News) bool { return n.After > known }); past >= 0 {
			w.end.News = at.News
			if news = news[:past]; past > 0 {
				w.end.News = news[past-1].Place
			}
		}
		if err := c.addPast(l, &w, news); err != nil {
			return w, err
		}
	}
	if err := c.addNews(&w, news); err != nil {
		return w, err
	}
	slices.SortStableFunc(w.list, func(a, b notice) int { return cmp.Compare(a.seq, b.seq) })
	for i := range w.list {
		n := &w.list[i]
		at = Mark{max(at.Change, n.mark.Change), max(at.News, n.mark.News)}
		n.mark = at
	}
	return w, nil
}

// changes reads changes of a shop's alerts after one, up to another, and up to where
// they are known then.
func (c *courier) changes(shop string, after, upTo uint64) (list []notice, known uint64, err error) {
	beyond := false
	next, more, readErr := c.opts.Alerts.Changes(shop, after, Query{Limit: batch}, func(seq uint64, alert []byte) {
		if beyond = beyond || seq > upTo; beyond || err != nil {
			return
		}
		var n notice
		n, err = alertNotice(slices.Clone(alert))
		n.seq, n.mark = seq, Mark{Change: seq}
		list = append(list, n)
	})
	if more && !beyond {
		upTo = min(upTo, next)
	}
	return list, upTo, cmp.Or(readErr, err)
}

// addNews adds what the endpoint is told of news, each behind the change that it
// follows.
func (c *courier) addNews(w *window, news []News) error {
	follows := uint64(0)
	for i := range news {
		follows = max(follows, news[i].After)
		n, ok, err := c.newsNotice(&news[i])
		if err != nil {
			return err
		}
		if ok {
			n.seq, n.mark = follows, Mark{News: news[i].Place}
			w.list = append(w.list, n)
		}
	}
	return nil
}

// addPast adds the states of alerts that decisions follow from and that no list has
// any more, because the alerts have changed again since.
func (c *courier) addPast(l *lane, w *window, news []News) error {
	listed := map[string]bool{}
	for i := range w.list {
		listed[w.list[i].id] = true
	}
	for i := range news {
		d := news[i].Decision
		if d == nil || !c.wants(decisionMade) {
			continue
		}
		id, ok := strings.CutPrefix(d.Cause, "verdict/")
		if !ok {
			continue
		}
		n, ok, err := c.pastNotice(l.shop, id, news[i].After)
		if err != nil {
			return err
		}
		if ok && n.seq > l.from && !l.told[n.id] && !listed[n.id] {
			listed[n.id] = true
			w.list = append(w.list, n)
		}
	}
	return nil
}

// pastNotice returns the notice of an alert as it stood at a change of the shop, ok
// false if it stands so still, or is not there. Score, status and reasons are as they
// were; severity and evidence only grow, and are those of today.
func (c *courier) pastNotice(shop, id string, at uint64) (n notice, ok bool, err error) {
	text, steps, err := c.opts.Alerts.Alert(shop, id)
	if errors.Is(err, ErrNotFound) {
		return n, false, nil
	}
	if err != nil {
		return n, false, err
	}
	past := steps[:max(0, slices.IndexFunc(steps, func(s Step) bool { return s.Seq > at }))]
	if len(past) == 0 { // it was not there yet, or has not changed since
		return n, false, nil
	}
	var a orderguard.Alert
	if err := json.Unmarshal(text, &a); err != nil {
		return n, false, fmt.Errorf("read a stored alert: %w", err)
	}
	last := past[len(past)-1]
	a.Seq, a.Revision, a.Score = last.Seq, last.Revision, last.Score
	a.Status, a.Verdict = orderguard.Open, nil
	var rules []string
	for _, s := range past {
		rules = append(rules, s.Rules...)
		if s.Verdict == 0 {
			continue
		}
		v := orderguard.Verdict{Alert: a.ID, Order: a.Order, Shop: a.Shop, Buyer: a.Buyer, Scenario: a.Scenario,
			Answer: s.Verdict, By: s.By, At: s.At, Comment: s.Comment, Number: 1}
		if was := a.Verdict; was != nil {
			v.Was, v.Number = was.Answer, was.Number+1
		}
		a.Status, a.Verdict = s.Verdict.Status(), &v
	}
	a.Reasons = slices.DeleteFunc(a.Reasons, func(r orderguard.Reason) bool { return !slices.Contains(rules, r.Rule) })
	if text, err = json.Marshal(&a); err != nil {
		return n, false, fmt.Errorf("write an alert: %w", err)
	}
	n, err = alertNotice(text)
	n.seq = a.Seq
	return n, true, err
}
