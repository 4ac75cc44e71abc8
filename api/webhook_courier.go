package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// storePause is how long the store is left alone after it has failed.
	storePause = 5 * time.Second
	// lastDelivery is how long a delivery may still take when the program ends.
	lastDelivery = 2 * time.Second
	// reviveEvery is how often shops need not wait out their pause since the
	// endpoint is there again.
	reviveEvery = 5 * time.Minute
	// logEvery is how often it is said that an endpoint fails.
	logEvery = time.Minute
)

// lane is a shop that an endpoint is to be told of. It is there only while there
// may be something to tell. One goroutine at a time has it.
type lane struct {
	shop  string
	since time.Time // its next delivery waits since

	running bool
	again   bool // something came while it ran
	timer   *time.Timer
	// How often in a row delivery failed, and whether for want of an endpoint.
	failures    int
	unreachable bool
	asked       time.Time // the endpoint asked not to be told of it before

	// What was told since the change from, by its id.
	told map[string]bool
	from uint64
}

// maxTold is how much a lane remembers of what it has told.
const maxTold = 10_000

// courier tells one endpoint. The lanes of shops that have something wait in queue
// for one of its goroutines, those whose delivery failed for their timer.
type courier struct {
	Endpoint
	shops  map[string]bool // that it is told of, nil for all
	opts   *WebhookOptions
	client *http.Client
	dirty  chan struct{} // has room for one: unsaved has grown

	mu      sync.Mutex
	ready   sync.Cond
	lanes   map[string]*lane
	queue   []*lane
	unsaved map[string]Mark
	stopped bool // by the program's end, or since the endpoint is gone
	gone    bool

	delivered, failed int64
	failing           bool      // the last delivery failed for want of an endpoint
	revived, logged   time.Time // the last time
}

func newCourier(e Endpoint, o *WebhookOptions) *courier {
	c := &courier{
		Endpoint: e, opts: o, client: newClient(o.Transport), dirty: make(chan struct{}, 1),
		lanes: map[string]*lane{}, unsaved: map[string]Mark{},
	}
	c.ready.L = &c.mu
	if e.Shops != nil {
		c.shops = map[string]bool{}
		for _, shop := range e.Shops {
			c.shops[shop] = true
		}
	}
	return c
}

// wake says that there may be something to tell of a shop.
func (c *courier) wake(shop string) {
	if c.shops != nil && !c.shops[shop] {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[shop]
	switch {
	case c.stopped:
	case l == nil:
		l = &lane{shop: shop, since: time.Now()}
		c.lanes[shop] = l
		c.enqueue(l)
	case l.running:
		l.again = true
	}
}

// enqueue makes a lane wait for its turn. The caller holds mu.
func (c *courier) enqueue(l *lane) {
	l.timer = nil
	c.queue = append(c.queue, l)
	c.ready.Signal()
}

// run tells the endpoint until ctx ends.
func (c *courier) run(ctx context.Context) {
	// What is on its way when the program ends has a moment left.
	sending, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	context.AfterFunc(ctx, func() {
		c.stop(false)
		time.AfterFunc(lastDelivery, giveUp)
	})
	saving, saved := context.WithCancel(context.WithoutCancel(ctx))
	var savers, workers sync.WaitGroup
	savers.Go(func() { c.saveMarks(saving) })
	workers.Go(func() { c.catchUp(ctx) })
	for range c.opts.InFlight {
		workers.Go(func() {
			for l := c.take(); l != nil; l = c.take() {
				more, err := c.tell(sending, l)
				c.put(l, more, err)
			}
		})
	}
	workers.Wait()
	saved()
	savers.Wait()
}

// stop ends all work, and forgets what there is to tell: the store has it.
func (c *courier) stop(gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped, c.gone = true, c.gone || gone
	for _, l := range c.lanes {
		if l.timer != nil {
			l.timer.Stop()
		}
	}
	c.queue = nil
	clear(c.lanes)
	c.ready.Broadcast()
}

// catchUp wakes the shops of which the endpoint has not been told everything.
func (c *courier) catchUp(ctx context.Context) {
	for {
		err := c.opts.News.Behind(c.Name, func(shop string, changes, news bool) {
			if changes && c.wants(alertChanged) || news && (c.wants(decisionMade) || c.wants(reportChanged)) {
				c.wake(shop)
			}
		})
		if err == nil {
			return
		}
		c.opts.Logger.Error("what an endpoint of webhooks has not been told cannot be read", "endpoint", c.Name, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(storePause):
		}
	}
}

// take waits for a lane that has something to tell, nil when there will be none.
func (c *courier) take() *lane {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.stopped {
		c.ready.Wait()
	}
	if c.stopped {
		return nil
	}
	l := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	l.running = true
	return l
}

// storeError is a failure of our own, not of the endpoint.
type storeError struct{ error }

// put gives a lane back after a turn.
func (c *courier) put(l *lane, more bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.running = false
	if c.stopped {
		return
	}
	if err == nil {
		if more || l.again {
			l.again = false
			c.enqueue(l)
		} else {
			delete(c.lanes, l.shop)
		}
		return
	}
	wait := storePause
	var ours storeError
	if errors.As(err, &ours) {
		c.opts.Logger.Error("what is to be told cannot be read", "endpoint", c.Name, "error", err)
	} else {
		wait = pause(l.failures, err)
		l.asked = time.Now().Add(asked(err))
		c.logFailure(err, wait)
	}
	l.timer = time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if l.timer != nil && !c.stopped {
			c.enqueue(l)
		}
	})
}

// logFailure says in the log that a delivery failed, not of each one. The caller
// holds mu.
func (c *courier) logFailure(err error, wait time.Duration) {
	if now := time.Now(); now.Sub(c.logged) >= logEvery {
		c.logged = now
		c.opts.Logger.Warn("an endpoint of webhooks did not take what was sent, it is sent again", "endpoint", c.Name, "error", err, "after", wait, "failed", c.failed)
	}
}

// deliver sends one notice of a lane and counts what came of it.
func (c *courier) deliver(ctx context.Context, l *lane, n *notice) error {
	err := c.send(ctx, ofStore(n.id, c.opts.Store), n.body)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusGone {
		c.opts.Logger.Warn("an endpoint of webhooks answered 410: it is told nothing more until the next start; take it out of the file, or mend it and start again", "endpoint", c.Name)
		c.stop(true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failed++
		l.failures++
		l.unreachable = unreachable(err)
		c.failing = c.failing || l.unreachable
		return err
	}
	c.delivered++
	l.failures, l.since = 0, time.Now()
	c.note(l.shop, n.mark)
	c.revive()
	return nil
}

// revive lets shops try again whose deliveries failed for want of an endpoint, now
// that it is there; those for which it asked for time, after that. It does so now and then only: an endpoint may be there for some
// shops and not for others. The caller holds mu.
func (c *courier) revive() {
	now := time.Now()
	if !c.failing || now.Sub(c.revived) < reviveEvery {
		return
	}
	c.failing, c.revived = false, now
	for _, l := range c.lanes {
		if l.timer == nil || !l.unreachable || !l.timer.Stop() {
			continue
		}
		if wait := l.asked.Sub(now); wait > 0 {
			l.timer.Reset(wait)
		} else {
			c.enqueue(l)
		}
	}
}

// tell takes a lane some of its way, and says whether to go on.
func (c *courier) tell(ctx context.Context, l *lane) (more bool, err error) {
	at, err := c.markOf(l.shop)
	if err != nil {
		return false, storeError{err}
	}
	if l.told == nil || len(l.told) > maxTold {
		l.told, l.from = map[string]bool{}, at.Change
	}
	w, err := c.look(l, at)
	if err != nil {
		return false, storeError{err}
	}
	for i := range w.list {
		if err := c.deliver(ctx, l, &w.list[i]); err != nil {
			return false, err
		}
		l.told[w.list[i].id] = true
	}
	if w.end == at {
		return false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(l.shop, w.end)
	return true, nil
}

// stats returns what has come of the endpoint.
func (c *courier) stats() EndpointStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := EndpointStats{Name: c.Name, Delivered: c.delivered, Failed: c.failed, Shops: len(c.lanes), Gone: c.gone}
	for _, l := range c.lanes {
		s.Waiting = max(s.Waiting, time.Since(l.since))
	}
	return s
}
