package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// checkedJournal is what a walk over the journal remembers.
type checkedJournal struct {
	first, last uint64
	feeds       map[string]FeedPosition
	lines       map[string]int64 // of a feed, in the records there are
}

func (c *checker) checkFeed(item *badger.Item, value []byte) {
	feed := string(item.Key()[1:])
	var at FeedPosition
	if err := json.Unmarshal(value, &at); err != nil {
		c.fault("the position of feed %q cannot be decoded: %v", feed, err)
		return
	}
	if at.Lines < 0 || at.Lines < at.Events+at.Rejected {
		c.fault("the position of feed %q counts %d events and %d rejected lines among %d lines", feed, at.Events, at.Rejected, at.Lines)
	}
	if c.journal.feeds == nil {
		c.journal.feeds = map[string]FeedPosition{}
	}
	c.journal.feeds[feed] = at
}

func (c *checker) checkPost(item *badger.Item, value []byte) {
	var at FeedPosition
	if err := json.Unmarshal(value, &at); err != nil {
		c.fault("the position of post %q cannot be decoded: %v", item.Key()[1:], err)
	}
}

// follow holds a record's number against that of the one before.
func (c *checker) follow(n uint64) {
	j := &c.journal
	if j.last != 0 && n != j.last+1 {
		c.fault("the journal lacks the records %d to %d", j.last+1, n-1)
	}
	if j.first == 0 {
		j.first = n
	}
	j.last = n
}

func (c *checker) checkRecord(item *badger.Item, value []byte) {
	j := &c.journal
	n := seqOf(item.Key())
	c.follow(n)
	var r Record
	if err := r.decode(value); err != nil {
		c.fault("record %d of the journal cannot be read: %v", n, err)
		return
	}
	if r.Kind != Lines {
		return
	}
	if j.lines == nil {
		j.lines = map[string]int64{}
	}
	j.lines[r.Feed] += r.Count
	c.checkIndexed(n, r.Raw)
}

// endJournal holds the journal against positions and snapshots.
func (c *checker) endJournal() {
	j := &c.journal
	for _, feed := range slices.Sorted(maps.Keys(j.lines)) {
		lines := j.lines[feed]
		at, ok := j.feeds[feed]
		switch {
		case !ok:
			c.fault("feed %q has lines in the journal and no position: it would send them again", feed)
		case lines > at.Lines:
			c.fault("feed %q has %d lines in the journal, its position says %d: it would send some again", feed, lines, at.Lines)
		}
	}
	if position := c.lookUp(positionKey); position > j.last {
		c.fault("alerts up to record %d are committed, but the journal ends at %d", position, j.last)
	}
	needed := uint64(1)
	if len(c.snapshots) > 0 {
		needed = c.snapshots[0] + 1
		if c.snapshots[0] > j.last {
			c.fault("the newest snapshot was taken after record %d, but the journal ends at %d", c.snapshots[0], j.last)
		}
	}
	gap := j.first > needed
	for _, torn := range c.torn {
		if !gap {
			torn += toMend + "remove the file, and look at why the disk loses data: a start goes on from " + whereFrom(needed)
		}
		c.fault("%s", torn)
	}
	if gap && !c.store.opts.gapped {
		text := gapText(needed, j.first-1, c.former)
		if len(c.former) > 0 {
			text += toMend + cureOfGap(c.former, c.lookUp(layoutKey))
		}
		c.fault("%s", text)
	}
}

// whereFrom says from where a start goes on that judges the records from one on.
func whereFrom(record uint64) string {
	if record == 1 {
		return "the beginning of the journal, which is whole"
	}
	return fmt.Sprintf("the snapshot of record %d", record-1)
}

// checkSnapshots reads each snapshot.
func (c *checker) checkSnapshots() error {
	kept, err := snapshotsIn(c.store.dir)
	if err != nil {
		return err
	}
	for _, snap := range kept {
		err := c.store.checkKept(snap)
		switch {
		case c.ctx.Err() != nil:
			return c.ctx.Err()
		case os.IsNotExist(err): // two newer ones have been taken since
		case isForeign(originOf(snap.Path).journalID, c.store.journalID):
			c.fault("snapshot %s is another journal's, and passed over%sremove the file", filepath.Base(snap.Path), toMend)
		case err != nil:
			c.torn = append(c.torn, fmt.Sprintf("snapshot %s cannot be used: %v", filepath.Base(snap.Path), err))
		default:
			if err := c.sort(snap); err != nil {
				return err
			}
		}
	}
	return nil
}

// sort notes a snapshot that is whole as one that the engine can go on from, or not.
func (c *checker) sort(snap Snapshot) error {
	why, err := c.store.opts.unusable(snap.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return err
	case why != nil:
		c.former = append(c.former, unfit{snap.Path, why})
	default:
		c.snapshots = append(c.snapshots, snap.Record)
	}
	return nil
}
