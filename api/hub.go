package api

import (
	"slices"
	"sync"

	"github.com/orderguard/orderguard"
)

// hub wakes the calls that wait for a shop's alerts, or for decisions: those are
// of the shop with no name.
type hub struct {
	mu     sync.Mutex
	byShop map[string]map[*waiter]struct{}
}

// waiter is one call that waits.
type waiter struct {
	hub  *hub
	shop string
	q    Query
	// woken has room for one: to be woken twice is to be woken.
	woken chan struct{}
}

// join registers a call. From then on it misses no matching alert; it leaves
// with leave.
func (h *hub) join(shop string, q Query) *waiter {
	w := &waiter{hub: h, shop: shop, q: q, woken: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byShop == nil {
		h.byShop = map[string]map[*waiter]struct{}{}
	}
	if h.byShop[shop] == nil {
		h.byShop[shop] = map[*waiter]struct{}{}
	}
	h.byShop[shop][w] = struct{}{}
	return w
}

func (w *waiter) leave() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	delete(w.hub.byShop[w.shop], w)
	if len(w.hub.byShop[w.shop]) == 0 {
		delete(w.hub.byShop, w.shop)
	}
}

func (h *hub) publish(alerts []orderguard.Alert) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.byShop) == 0 {
		return
	}
	for i := range alerts {
		for w := range h.byShop[alerts[i].Shop] {
			if w.q.matches(&alerts[i]) {
				w.wake()
			}
		}
	}
}

// wakeShop wakes all calls that wait for a shop's changes.
func (h *hub) wakeShop(shop string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.byShop[shop] {
		w.wake()
	}
}

// wakeAll wakes all calls, so that each looks anew whether it may go on.
func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, waiters := range h.byShop {
		for w := range waiters {
			w.wake()
		}
	}
}

func (w *waiter) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

func (q Query) matches(a *orderguard.Alert) bool {
	return (len(q.Status) == 0 || slices.Contains(q.Status, a.Status)) &&
		(len(q.Scenario) == 0 || slices.Contains(q.Scenario, a.Scenario))
}
