package main

import (
	"context"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// tick keeps time for what waits in the pipeline for sources that are silent, and
// for what falls due in casework.
func (d *daemon) tick(ctx context.Context) error {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			now := d.flow.now()
			if at := orderguard.Millis(now); d.pipeline.book.due(at) {
				if err := d.flow.do(ctx, casework.Act{At: at, Tick: true}); err != nil && ctx.Err() == nil {
					return err
				}
			}
			if !d.pipeline.silent(time.UnixMilli(now)) {
				continue
			}
			tick := &parcel{Record: store.Record{Kind: store.Tick, Wall: now}}
			if err := d.flow.await(ctx, tick); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// trimEvery is how often the journal is trimmed; tests run a program that does not wait so long.
var trimEvery = time.Minute

const (
	// reclaimEvery is how often its room is given back, which costs more.
	reclaimEvery = 15 * time.Minute
	// verifyEvery is how often all tables are read, to find what a disk has lost before a
	// compaction makes of it what looks sound. A start and a copy read them, too.
	verifyEvery = 24 * time.Hour
	// keepFeeds is how long it is known how far a feed had come that is silent.
	keepFeeds = 90 * 24 * time.Hour
)

// retain lets go of what the journal need not keep, and looks after the rest.
func (d *daemon) retain(ctx context.Context) error {
	t := time.NewTicker(trimEvery)
	defer t.Stop()
	verified, held := time.Now(), false
	for reclaimed, trimmed := time.Now(), 1; ; { // a former life may have left some
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		n, err := d.store.Trim(ctx, store.Retention{Age: d.keepAge, Bytes: d.keepBytes, FeedAge: keepFeeds})
		if trimmed += n; trimmed > 0 && err == nil && time.Since(reclaimed) >= reclaimEvery {
			err = d.store.Reclaim()
			reclaimed, trimmed = time.Now(), 0
		}
		if err != nil {
			d.log.Warn("the journal is not trimmed, it goes on growing", "error", err)
		}
		if _, _, bytes := d.store.Journal(); err == nil && n == 0 && held != (bytes > d.keepBytes) {
			if held = !held; held {
				d.log.Info("the journal stays larger than --journal-bytes: a restart needs what is after the older of two snapshots", "bytes", bytes)
			}
		}
		if time.Since(verified) < verifyEvery {
			continue
		}
		verified = time.Now()
		if err := d.store.Verify(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("looking whether the tables are as they were written", "error", err)
		}
	}
}
