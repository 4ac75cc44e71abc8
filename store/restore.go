package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// restoringName is the file that says that a folder does not hold all yet.
const restoringName = "restoring"

// ReadCopy reads what a copy says that it holds. It reads no more than its beginning.
func ReadCopy(r io.Reader) (Copy, error) {
	c, _, err := openCopy(r)
	if err != nil {
		return c, fmt.Errorf("store: read a copy: %w", err)
	}
	return c, nil
}

// openCopy reads the beginning of a copy.
func openCopy(r io.Reader) (c Copy, rest *bufio.Reader, err error) {
	rest = bufio.NewReaderSize(newChunkReader(r), chunkSize)
	var size [4]byte
	if _, err := io.ReadFull(rest, size[:]); err != nil {
		return c, nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxCopyHead {
		return c, nil, fmt.Errorf("it is not a copy of a store: %w", ErrDamaged)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(rest, text); err != nil {
		return c, nil, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, nil, fmt.Errorf("it is not a copy of a store: %w", errors.Join(ErrDamaged, err))
	}
	if c.Layout > layout {
		return c, nil, fmt.Errorf("it has layout %d, this program knows those up to %d: %w", c.Layout, layout, ErrNewer)
	}
	return c, rest, nil
}

// Restore makes a store, in a folder that is empty or not there, of a full copy
// and of later ones in their order, and checks it. On an error nothing is left.
func Restore(ctx context.Context, dir string, o Options, copies ...io.Reader) (last Copy, err error) {
	if err := o.Validate(); err != nil {
		return last, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("store: restore into %s: %w", dir, err)
		}
	}()
	_, absent := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return last, err
	}
	if errors.Is(absent, os.ErrNotExist) {
		defer func() {
			if err != nil {
				err = errors.Join(err, os.Remove(dir))
			}
		}()
	}
	if err := errors.Join(refuseHalfRestored(dir), requireEmpty(dir)); err != nil {
		return last, err
	}
	if err := checkReserve(dir, o.withDefaults()); err != nil {
		return last, err
	}
	marker := filepath.Join(dir, restoringName)
	err = writeWhole(osFiles{}, marker, func(w io.Writer) error { _, err := io.WriteString(w, "A restore goes on.\n"); return err })
	if err == nil {
		last, err = restoreAll(ctx, dir, o.withDefaults(), copies)
	}
	if err == nil {
		err = checkRestored(ctx, dir, o.withDefaults())
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("stopped (%w): nothing is known to be wrong with the copy", context.Cause(ctx))
	}
	if err != nil {
		return last, errors.Join(err, removeAll(dir))
	}
	if err := os.Remove(marker); err != nil {
		return last, err
	}
	return last, osFiles{}.syncDir(dir)
}

// requireEmpty refuses a folder with something in it, but for what a file
// system keeps in its root.
func requireEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lost+found" {
			return fmt.Errorf("%s is there: %w", e.Name(), ErrNotEmpty)
		}
	}
	return nil
}

// removeAll empties a folder that was empty before, its marker last.
func removeAll(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != "lost+found" && e.Name() != restoringName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, restoringName))
}

// refuseHalfRestored is for Open.
func refuseHalfRestored(dir string) error {
	_, err := os.Stat(filepath.Join(dir, restoringName))
	switch {
	case err == nil:
		return fmt.Errorf("store: open %s: %w", dir, ErrHalfRestored)
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return fmt.Errorf("store: open %s: %w", dir, err)
}

// checkRestored opens what was restored, as the daemon will, and looks at all of it. What a start lacks of it, it lacked
// before it was copied: Gap says so, and the rest is not lost for that.
func checkRestored(ctx context.Context, dir string, o Options) error {
	o.gapped = true
	s, err := openDir(dir, o)
	if err != nil {
		return err
	}
	kept, err := s.Snapshots()
	for _, snap := range kept {
		if why := s.checkKept(snap); why != nil {
			o.Logger.Warn("the snapshot in the copy cannot be used, and is left out: the first start judges the journal", "error", why)
			err = errors.Join(err, os.Remove(snap.Path))
		}
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	faults, err := s.Check(ctx)
	if len(faults) > 0 {
		err = errors.Join(err, fmt.Errorf("%d faults are in it, such as: %s", len(faults), faults[0]))
	}
	return errors.Join(err, s.Close())
}

func restoreAll(ctx context.Context, dir string, o Options, copies []io.Reader) (last Copy, err error) {
	lock, err := lockDir(dir)
	if err != nil {
		return last, err
	}
	defer func() { err = errors.Join(err, unlock(lock)) }()
	db, err := badger.Open(badgerOptions(dir, o))
	if err != nil {
		return last, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for i, in := range copies {
		r := &restorer{ctx: ctx, db: db, room: &Store{dir: dir, opts: o}, final: i == len(copies)-1}
		if err := r.open(in, last); err != nil {
			return last, fmt.Errorf("copy %d of %d: %w", i+1, len(copies), err)
		}
		if err := r.load(); err != nil {
			return last, fmt.Errorf("copy %d of %d, of %s: %w", i+1, len(copies), r.head.Taken.Format(time.RFC3339), err)
		}
		last = r.head
	}
	// Versions begin anew here: no copy of this store goes on from those of
	// the former one.
	return last, db.Update(setID)
}

// restorer loads one copy.
type restorer struct {
	ctx   context.Context
	db    *badger.DB
	room  *Store // which looks whether the folder has any
	final bool   // no later one follows
	parts int
	head  Copy
	in    *bufio.Reader
	batch *badger.WriteBatch
	there map[string]bool // keys of the kinds from which keys go
}

// open reads the copy's beginning and holds it against the copy before.
func (r *restorer) open(in io.Reader, before Copy) (err error) {
	if r.head, r.in, err = openCopy(in); err != nil {
		return err
	}
	h := r.head
	switch {
	case before.Version == 0 && h.Since != 0:
		return fmt.Errorf("it goes on from version %d: give the full copy, and those between, before it: %w", h.Since, ErrWrongCopy)
	case before.Version == 0:
		return nil
	case h.Store != before.Store:
		return fmt.Errorf("it is of another store than the one before it: %w", ErrWrongCopy)
	case h.Since != before.Version:
		return fmt.Errorf("it goes on from version %d, the copy before it ends at %d: %w", h.Since, before.Version, ErrWrongCopy)
	}
	return nil
}

func (r *restorer) load() error {
	r.there = map[string]bool{}
	r.batch = r.db.NewWriteBatch()
	defer func() { r.batch.Cancel() }()
	for {
		if err := r.mayGoOn(); err != nil {
			return err
		}
		kind, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.part(kind)
		}
		if err != nil {
			return err
		}
	}
	if err := r.batch.Flush(); err != nil {
		return err
	}
	if r.head.Since == 0 {
		return nil
	}
	return r.forget()
}

// mayGoOn looks, once for some parts, whether the restore shall and can go on, and
// has the files that Badger writes to backed by blocks.
func (r *restorer) mayGoOn() error {
	if r.parts++; r.parts%16 != 1 {
		return nil
	}
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	return r.room.checkSpace()
}

func (r *restorer) part(kind byte) error {
	switch kind {
	case copySnapshot:
		return r.snapshot()
	case copyValue:
		return r.value()
	case copyKey:
		key, err := r.bytes(maxKey)
		r.there[string(key)] = true
		return err
	}
	return fmt.Errorf("a part of kind %d: %w", kind, ErrDamaged)
}

// Bounds of what a copy may say to allocate.
const (
	maxKey   = 64 << 10
	maxValue = 1 << 30
)

func (r *restorer) bytes(most uint64) ([]byte, error) {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return nil, err
	}
	if n > most {
		return nil, fmt.Errorf("%d bytes in one piece: %w", n, ErrDamaged)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r.in, b)
	return b, err
}

func (r *restorer) snapshot() error {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return err
	}
	if !r.final {
		_, err := io.CopyN(io.Discard, r.in, int64(n))
		return err
	}
	dir := r.room.dir
	if err := os.MkdirAll(filepath.Join(dir, snapshotDir), 0o700); err != nil {
		return err
	}
	return writeWhole(osFiles{}, snapshotPath(dir, r.head.Snapshot), func(w io.Writer) error {
		_, err := io.CopyN(&frugal{Writer: w, dir: dir, opts: r.room.opts}, r.in, int64(n))
		return err
	})
}

func (r *restorer) value() error {
	key, err := r.bytes(maxKey)
	if err != nil {
		return err
	}
	meta, err := r.in.ReadByte()
	if err != nil {
		return err
	}
	value, err := r.bytes(maxValue)
	if err != nil {
		return err
	}
	if r.head.Since != 0 && len(key) > 0 && key[0] == kindAlert && wellFormed(key) {
		if err := r.supersede(key, value); err != nil {
			return err
		}
	}
	if why, lost := lostAs(value); lost && len(key) > 0 && key[0] == kindRecord && why == unreadable {
		value = lostValue("") // from now on it is known
	}
	return setEntry(r.batch, badger.NewEntry(key, value).WithMeta(meta))
}

// supersede removes the change that an alert had in the copy before.
func (r *restorer) supersede(key, value []byte) error {
	return r.db.View(func(txn *badger.Txn) error {
		was, err := getSeq(txn, key)
		if err != nil || was == 0 || string(seqValue(was)) == string(value) {
			return err
		}
		shop, _ := cut(key)
		return r.batch.Delete(changeKey(shop, was))
	})
}

// forget removes what was gone by the time of the copy.
func (r *restorer) forget() error {
	batch := r.db.NewWriteBatch()
	defer batch.Cancel()
	err := r.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.PrefetchValues = false
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			key := it.Item().KeyCopy(nil)
			trimmed := key[0] == kindRecord && seqOf(key) < r.head.First
			if trimmed || goes(key[0]) && !r.there[string(key)] {
				if err := batch.Delete(key); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return batch.Flush()
}
