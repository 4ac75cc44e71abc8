package store

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// A copy is a chunked file (chunks.go) that holds
//
//	uint32 LE size | Copy, JSON
//	'S' | uvarint size | bytes                                     a snapshot's file, see toCopy, if there is one
//	'V' | uvarint size | key | meta | uvarint size | value ...     in order of keys
//	'K' | uvarint size | key ...                                   a key that is there still; only in a later copy
//
// A later copy holds what was written after the one that it goes on from. What
// is gone since then follows from the rest: a change of an alert, if the alert
// has a newer one; a record of the journal, if it is before Copy.First; a key of
// any other kind from which keys go, if it is not among the 'K' ones. Badger's own
// incremental backup tells of a deletion only until a compaction forgets it.
const (
	copySnapshot = 'S'
	copyValue    = 'V'
	copyKey      = 'K'
	maxCopyHead  = 1 << 20
)

// goes says whether keys of a kind go other than by the two rules above.
func goes(kind byte) bool {
	switch kind {
	case kindAlert, kindChange, kindHead, kindTimeline, kindToken, kindTokenID, kindRecord, kindMeta:
		return false
	}
	return true
}

// Copy says what a backup holds; it stands at its beginning.
type Copy struct {
	Store   string    `json:"store"`   // id of the store
	Layout  uint64    `json:"layout"`  // of the keys and values
	Since   uint64    `json:"since"`   // Version of the copy that it goes on from; 0: it is a full one
	Version uint64    `json:"version"` // what a later copy goes on from
	Taken   time.Time `json:"taken"`
	// Seq and Position are the last change and the last record judged, First
	// and Last the ends of the journal.
	Seq      uint64 `json:"seq"`
	Position uint64 `json:"position"`
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
	Snapshot uint64 `json:"snapshot"` // the record of the snapshot in it, 0: none
}

var errTrimmed = errors.New("the journal was trimmed meanwhile")

// Backup writes a copy of the store, as it is at one moment, while other calls
// go on. After is what an earlier copy said: then only what was written since
// is in it. The zero Copy makes a full one. A store of which
// tables or commits are lost is not copied; a record that cannot be read is a Lost one, which LostIn finds.
func (s *Store) Backup(ctx context.Context, w io.Writer, after Copy) (Copy, error) {
	if err := s.Verify(ctx); err != nil {
		return Copy{}, fmt.Errorf("store: back up: %w", err)
	}
	if s.mirror != nil {
		if loss := s.mirror.sv.lost(); len(loss) > 0 {
			return Copy{}, fmt.Errorf("store: back up: %w: %s", ErrDamaged, strings.Join(loss, "; "))
		}
	}
	for try := 0; ; try++ {
		c, err := s.backup(ctx, w, after)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, errTrimmed) || try == 3 {
			return Copy{}, fmt.Errorf("store: back up: %w", err)
		}
	}
}

// backup is a try of Backup: it fails with errTrimmed, before it has written
// anything, if the snapshot that it chose was too old before it began to read.
func (s *Store) backup(ctx context.Context, w io.Writer, after Copy) (c Copy, err error) {
	snap, err := s.toCopy()
	if err != nil {
		return c, err
	}
	if snap != nil {
		defer snap.file.Close()
	}
	err = s.view(func(txn *badger.Txn) error {
		c, err = s.describe(txn, after)
		if err != nil {
			return err
		}
		if snap != nil {
			if c.Snapshot = snap.Record; c.First > snap.Record+1 {
				return errTrimmed
			}
		}
		// Deletions alone could be forgotten by compactions, and Badger's next
		// version with them; this stands after all that is copied.
		if s.mirror == nil {
			err = s.noteCopy(c.Version)
		} else {
			// Nothing can be written after what is copied. The newest of what is there now
			// stays, so that what is written later is newer still.
			c.Version = newest(txn)
		}
		if err != nil {
			return err
		}
		out := newChunkWriter(w)
		if err := (&copier{ctx: ctx, out: out, log: s.opts.Logger}).write(txn, c, snap); err != nil {
			return errors.Join(err, out.abort())
		}
		return out.Close()
	})
	return c, err
}

// newest returns the version of the newest key that txn sees.
func newest(txn *badger.Txn) (version uint64) {
	o := badger.DefaultIteratorOptions
	o.PrefetchValues = false
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		version = max(version, it.Item().Version())
	}
	return version
}

// noteCopy writes that a copy was made. The caller holds life.
func (s *Store) noteCopy(version uint64) error {
	if s.sick.Load() {
		return ErrDisk
	}
	txn := s.db.begin()
	defer txn.Discard()
	if err := txn.Set(copiedKey, seqValue(version)); err != nil {
		return err
	}
	return s.commitTxn(txn)
}

// ID names the store: a restore makes another one.
func (s *Store) ID() (id string, err error) {
	err = s.view(func(txn *badger.Txn) error {
		item, err := txn.Get(idKey)
		if err != nil {
			return err
		}
		return item.Value(func(v []byte) error { id = hex.EncodeToString(v); return nil })
	})
	if err != nil {
		return "", fmt.Errorf("store: its id: %w", err)
	}
	return id, nil
}

// describe says what a copy that txn sees will hold.
func (s *Store) describe(txn *badger.Txn, after Copy) (c Copy, err error) {
	item, err := txn.Get(idKey)
	if err != nil {
		return c, fmt.Errorf("the store's id: %w", err)
	}
	id, err := item.ValueCopy(nil)
	if err != nil {
		return c, err
	}
	c = Copy{
		Store: hex.EncodeToString(id), Since: after.Version, Version: txn.ReadTs(),
		Taken: s.opts.Now().UTC().Truncate(time.Second),
	}
	if after.Version != 0 && after.Store != c.Store || after.Version > c.Version {
		return c, ErrOtherStore
	}
	if c.Layout, err = getSeq(txn, layoutKey); err != nil {
		return c, err
	}
	if c.Seq, err = getSeq(txn, seqKey); err != nil {
		return c, err
	}
	if c.Position, err = getSeq(txn, positionKey); err != nil {
		return c, err
	}
	c.First, c.Last = endsOfJournal(txn)
	return c, nil
}

// endsOfJournal finds the first and the last record that txn sees.
func endsOfJournal(txn *badger.Txn) (first, last uint64) {
	for _, reverse := range []bool{false, true} {
		o := badger.DefaultIteratorOptions
		o.PrefetchValues, o.Reverse = false, reverse
		it := txn.NewIterator(o)
		if reverse {
			it.Seek(recordKey(^uint64(0)))
		} else {
			it.Seek(recordKey(0))
		}
		if it.ValidForPrefix([]byte{kindRecord}) {
			if last = seqOf(it.Item().Key()); !reverse {
				first = last
			}
		}
		it.Close()
	}
	return first, last
}

// openSnapshot is a snapshot that is kept open, so that it outlives its name.
type openSnapshot struct {
	Snapshot
	file *os.File
}

// toCopy opens the snapshot that a copy takes along: the newest that a start can go on from, or, where the journal has
// been trimmed and none is left that covers it, the newest with which another version can. Nil is that there is none.
func (s *Store) toCopy() (*openSnapshot, error) {
	kept, err := s.Snapshots()
	if err != nil {
		return nil, err
	}
	first, _, _ := s.Journal()
	kept = slices.DeleteFunc(kept, func(snap Snapshot) bool { return snap.Record+1 < first })
	for _, snap := range kept {
		if _, refused := s.refused.Load(snap.Path); refused {
			continue
		}
		if f := s.openSound(snap, s.opts.unusable); f != nil {
			return &openSnapshot{snap, f}, nil
		}
	}
	if first <= 1 {
		return nil, nil
	}
	for _, snap := range kept {
		if f := s.openSound(snap, func(string) (why, err error) { return nil, nil }); f != nil {
			return &openSnapshot{snap, f}, nil
		}
	}
	return nil, nil
}

// openSound opens a snapshot that is whole, of this journal, and not unusable; else it is nil, and the log says why.
func (s *Store) openSound(snap Snapshot, unusable func(path string) (why, err error)) *os.File {
	f, err := os.Open(snap.Path)
	if err != nil {
		return nil // two newer ones have been taken since
	}
	if err = s.checkSnapshot(f, snap.Record); err == nil {
		var why error
		why, err = unusable(snap.Path)
		err = errors.Join(why, err)
	}
	if err == nil {
		if _, err = f.Seek(0, io.SeekStart); err == nil {
			return f
		}
	}
	s.opts.Logger.Warn("a snapshot cannot be used, and is not copied", "snapshot", snap.Path, "error", err)
	_ = f.Close() // it was only read
	return nil
}

// copier writes one copy.
type copier struct {
	ctx context.Context
	out io.Writer
	log *slog.Logger
	buf []byte
}

func (c *copier) head(head Copy) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	_, err = c.out.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...))
	return err
}

func (c *copier) write(txn *badger.Txn, head Copy, snap *openSnapshot) error {
	if err := c.head(head); err != nil {
		return err
	}
	if snap != nil {
		if _, err := c.out.Write(binary.AppendUvarint([]byte{copySnapshot}, uint64(snap.Bytes))); err != nil {
			return err
		}
		if _, err := io.CopyN(c.out, snap.file, snap.Bytes); err != nil {
			return fmt.Errorf("snapshot %s: %w", snap.Path, err)
		}
	}
	o := badger.DefaultIteratorOptions
	o.SinceTs = head.Since
	if err := c.each(txn, o, c.value); err != nil {
		return err
	}
	if head.Since == 0 {
		return nil
	}
	o = badger.DefaultIteratorOptions
	o.PrefetchValues = false
	return c.each(txn, o, c.key)
}

// each calls fn with each key that an iterator sees.
func (c *copier) each(txn *badger.Txn, o badger.IteratorOptions, fn func(*badger.Item) error) error {
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if err := fn(it.Item()); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) value(item *badger.Item) error {
	key := item.Key()
	err := valueOf(item, func(v []byte) error { return c.pair(item, v) })
	if errors.Is(err, ErrDamaged) && key[0] == kindRecord {
		c.log.Error("a record of the journal is lost, and not in the copy", "record", seqOf(key), "error", err)
		return c.pair(item, lostValue(unreadable))
	}
	return err
}

// pair writes a key with a value.
func (c *copier) pair(item *badger.Item, value []byte) error {
	key := item.Key()
	c.buf = binary.AppendUvarint(append(c.buf[:0], copyValue), uint64(len(key)))
	c.buf = append(append(c.buf, key...), item.UserMeta())
	c.buf = binary.AppendUvarint(c.buf, uint64(len(value)))
	if _, err := c.out.Write(c.buf); err != nil {
		return err
	}
	_, err := c.out.Write(value)
	return err
}

func (c *copier) key(item *badger.Item) error {
	key := item.Key()
	if !goes(key[0]) {
		return nil
	}
	c.buf = binary.AppendUvarint(append(c.buf[:0], copyKey), uint64(len(key)))
	c.buf = append(c.buf, key...)
	_, err := c.out.Write(c.buf)
	return err
}
