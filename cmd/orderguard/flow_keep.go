package main

import (
	"context"
	"time"

	"github.com/orderguard/orderguard/store"
)

// keep journals what arrives, in groups that share a sync, until intake ends.
// Only the end of work keeps a group from the journal: f.trouble has then what did until there.
func (f *flow) keep(intake, work context.Context) {
	var group []*parcel
	for {
		select {
		case p := <-f.arrived:
			group = f.gather(append(group[:0], p))
		case <-intake.Done():
			return
		}
		if f.keepGroup(work, group) != nil {
			return
		}
		clear(group)
	}
}

// gather adds to a group what waits already.
func (f *flow) gather(group []*parcel) []*parcel {
	for size := group[0].size; size < maxGroup; {
		select {
		case p := <-f.arrived:
			group, size = append(group, p), size+p.size
		default:
			return group
		}
	}
	return group
}

// keepGroup makes parcels durable, however long that takes, and hands them on.
func (f *flow) keepGroup(work context.Context, group []*parcel) error {
	records := make([]store.Record, len(group))
	for i, p := range group {
		f.advance(p)
		records[i] = p.Record
	}
	err := f.awaitJudge(work)
	if err == nil {
		err = f.persist(work, func() error { return f.dead.keep(group) })
	}
	done := 0
	if err == nil {
		err = f.persist(work, func() error {
			n, err := f.journal.Append(records[done:])
			for i := range n {
				f.kept(group[done+i], &records[done+i])
			}
			done += n
			return err
		})
	}
	for _, p := range group[done:] {
		f.drop(p, err)
	}
	return err
}

// kept says that a parcel is durable, and hands it on.
func (f *flow) kept(p *parcel, r *store.Record) {
	p.Record = *r // with its number
	p.Raw = nil   // it is a view into the batch
	at := p.Positions[p.Feed]
	if p.post != "" {
		at = p.Posts[p.post]
	}
	if p.durable != nil {
		p.durable(at, nil)
	}
	f.enqueue(p)
}

// advance counts the lines of a parcel to those of its feed, and of its post.
func (f *flow) advance(p *parcel) {
	if p.Kind != store.Lines {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at := p.after(f.positions[p.Feed])
	f.positions[p.Feed] = at
	p.Positions = map[string]store.FeedPosition{p.Feed: at}
	if p.post != "" {
		at := p.after(f.posts[p.post])
		f.posts[p.post] = at
		p.Posts = map[string]store.FeedPosition{p.post: at}
	}
}

// after returns how far one has come that was at a position, with the parcel.
func (p *parcel) after(at store.FeedPosition) store.FeedPosition {
	at.Lines += p.Count
	at.Bytes += p.batch.Bytes
	at.Events += int64(len(p.batch.Events))
	at.Rejected += int64(len(p.batch.Rejects))
	at.Updated = p.Wall
	return at
}

// beginPost says how far a post has come that is being taken again, until
// endPost.
func (f *flow) beginPost(post string, at store.FeedPosition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posts[post] = at
}

func (f *flow) endPost(post string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.posts, post)
}

// position returns how far a feed has come.
func (f *flow) position(feed string) store.FeedPosition {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.positions[feed]
}

// persist does what a disk may refuse, until it works or work ends. Meanwhile
// all feeds wait.
func (f *flow) persist(work context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			f.trouble.Store(nil)
			return nil
		}
		f.trouble.Store(&err)
		f.log.Error("lines cannot be journalled, all feeds wait", "error", err)
		select {
		case <-work.Done():
			return err
		case <-time.After(retry):
		}
	}
}

// awaitJudge waits while the pipeline is too far behind: by more lines than lie between two
// snapshots, though what may wait in memory always may.
func (f *flow) awaitJudge(work context.Context) error {
	for {
		f.mu.Lock()
		far := f.behind >= min(maxBehind, max(f.keeper.every, maxQueued))
		f.mu.Unlock()
		if !far {
			return nil
		}
		select {
		case <-f.less:
		case <-work.Done():
			return work.Err()
		}
	}
}

// drop gives a parcel up.
func (f *flow) drop(p *parcel, err error) {
	if p.durable != nil {
		p.durable(store.FeedPosition{}, err)
	}
	if p.judged != nil {
		p.judged(0, err)
	}
	f.letGo(p)
}

// letGo gives a parcel's batch back.
func (f *flow) letGo(p *parcel) {
	if !p.held {
		return
	}
	p.held, p.batch = false, nil
	if p.release != nil {
		p.release()
	}
	f.room.Release(p.size)
}

// enqueue hands a durable parcel to the judge, without its batch if many wait.
func (f *flow) enqueue(p *parcel) {
	f.mu.Lock()
	f.open++
	f.behind += p.size
	keep := f.queued+p.size <= maxQueued || len(f.queue) == 0 || p.Kind != store.Lines
	if keep {
		f.queued += p.size
	}
	f.mu.Unlock()
	if !keep {
		f.letGo(p)
	}
	f.mu.Lock()
	left := f.left
	if left == nil {
		f.queue = append(f.queue, p)
	}
	f.mu.Unlock()
	if left != nil {
		f.giveUp(p, left)
		return
	}
	wake(f.more)
}

// wake tells whoever waits at a channel with room for one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
