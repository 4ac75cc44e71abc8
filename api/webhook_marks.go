package api

import (
	"context"
	"maps"
	"time"
)

// saveEvery is how often it is written how far an endpoint has been told: what was
// told since is told again after a crash.
const saveEvery = 200 * time.Millisecond

// markOf returns how far the endpoint has been told of a shop.
func (c *courier) markOf(shop string) (Mark, error) {
	c.mu.Lock()
	at, ok := c.unsaved[shop]
	c.mu.Unlock()
	if ok {
		return at, nil
	}
	return c.opts.Marks.Mark(c.Name, shop)
}

// note notes how far the endpoint has been told of a shop. The caller holds mu.
func (c *courier) note(shop string, at Mark) {
	c.unsaved[shop] = at
	c.wakeSaver()
}

// wakeSaver says that there is something to save.
func (c *courier) wakeSaver() {
	select {
	case c.dirty <- struct{}{}:
	default:
	}
}

// saveMarks writes how far the endpoint has been told, until ctx ends and once
// more then.
func (c *courier) saveMarks(ctx context.Context) {
	for {
		select {
		case <-c.dirty:
		case <-ctx.Done():
			_ = c.save()
			return
		}
		wait := saveEvery
		if err := c.save(); err != nil {
			wait = storePause
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// save writes how far the endpoint has been told.
func (c *courier) save() error {
	c.mu.Lock()
	marks := maps.Clone(c.unsaved)
	c.mu.Unlock()
	if len(marks) == 0 {
		return nil
	}
	if err := c.opts.Marks.SaveMarks(c.Name, marks); err != nil {
		c.opts.Logger.Error("it cannot be kept how far an endpoint of webhooks has been told: after a restart it is told again", "endpoint", c.Name, "error", err)
		c.wakeSaver()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for shop, at := range marks {
		if c.unsaved[shop] == at {
			delete(c.unsaved, shop)
		}
	}
	return nil
}
