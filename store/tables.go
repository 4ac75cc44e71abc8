package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"golang.org/x/sync/errgroup"
)

// Badger checks a block of a table when it is told to, and passes over one that is
// bad: a look-up does not find what was in it, an iteration ends there, and a
// compaction leaves the rest out, all without an error. Unchecked, a bad block is
// served as it stands. So all tables are checked by ourselves: before Badger opens
// them, before a copy, and now and then meanwhile.

// readManifest returns the tables that Badger holds for its own, with the compression
// of each. The error says in a line what is wrong with it.
func readManifest(dir string) (tables map[uint64]options.CompressionType, err error) {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", badger.ManifestFilename, err)
	}
	defer f.Close() // only read
	m, _, err := badger.ReplayManifestFile(f, 0, badger.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %s", badger.ManifestFilename, briefly(err))
	}
	tables = map[uint64]options.CompressionType{}
	for id, t := range m.Tables {
		tables[id] = t.Compression
	}
	return tables, nil
}

// checkTables reads tables, so many at once, and returns what is wrong with those that
// are damaged, and what they show: of records after one, and of other values in logs
// only where that is asked for.
func checkTables(ctx context.Context, dir string, tables map[uint64]options.CompressionType, atOnce int, after uint64, all bool) (faults map[uint64]string, shown trace, err error) {
	var mu sync.Mutex
	faults, shown.after = map[uint64]string{}, after
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for id, compression := range tables {
		work.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			seen := trace{after: after}
			fault, err := checkTable(table.NewFilename(id, dir), id, compression, all, &seen)
			mu.Lock()
			defer mu.Unlock()
			shown.join(&seen)
			if fault != "" {
				faults[id] = fault
			}
			return err
		})
	}
	err = work.Wait()
	return faults, shown, err
}

// checkTable reads a table and says what is wrong with it, "" if nothing is. The error
// is what kept it from being read.
func checkTable(path string, id uint64, compression options.CompressionType, all bool, seen *trace) (fault string, err error) {
	return readTable(path, id, compression, func(t *table.Table) {
		seen.newest = t.MaxVersion()
		see := func(key []byte, v y.ValueStruct) { seen.see(key, v.Meta, v.Value) }
		if all {
			eachEntry(t, nil, nil, see)
			return
		}
		last := t.NewIterator(table.NOCACHE | table.REVERSED)
		defer last.Close()
		last.Seek(y.KeyWithTs(recordKey(math.MaxUint64), 0))
		if last.Valid() {
			seen.last, _ = recordIn(last.Key())
		}
		if seen.after < math.MaxUint64 {
			eachEntry(t, recordKey(seen.after+1), []byte{kindRecord}, see)
		}
		eachEntry(t, []byte{kindMeta}, []byte{kindMeta}, see)
	})
}

// newestIn returns the newest version in a table of what a compaction cannot have left
// out as deleted or outlived; 0 for a table that is not whole.
func newestIn(path string, id uint64) (newest uint64, err error) {
	var last []byte
	fault, err := readTable(path, id, options.None, func(t *table.Table) {
		eachEntry(t, nil, nil, func(key []byte, v y.ValueStruct) {
			first := !y.SameKey(key, last) // of the versions of a key, the newest
			last = append(last[:0], key...)
			if first && v.Meta&entryDeleted == 0 && v.ExpiresAt == 0 {
				newest = max(newest, versionOf(key))
			}
		})
	})
	if fault != "" {
		newest = 0
	}
	return newest, err
}

// readTable reads a table, checks it, and gives it to use if it is sound.
func readTable(path string, id uint64, compression options.CompressionType, use func(*table.Table)) (fault string, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return filepath.Base(path) + " is missing", nil
	}
	if err != nil {
		return "", fmt.Errorf("store: read a table: %w", err)
	}
	defer func() {
		// What stands at the end of a table leads to the rest of it; Badger does not doubt it.
		if recover() != nil {
			fault = filepath.Base(path) + " is cut short, or damaged where it says what is in it"
		}
	}()
	t, err := table.OpenInMemoryTable(data, id, &table.Options{Compression: compression})
	if err == nil {
		err = t.VerifyChecksum()
	}
	if err != nil {
		return fmt.Sprintf("%s is damaged: %s", filepath.Base(path), briefly(err)), nil
	}
	use(t)
	return "", nil
}

// eachEntry calls fn with the entries of a table from a key on that have a prefix, in order.
func eachEntry(t *table.Table, from, prefix []byte, fn func(key []byte, v y.ValueStruct)) {
	it := t.NewIterator(table.NOCACHE)
	defer it.Close()
	for it.Seek(y.KeyWithTs(from, math.MaxUint64)); it.Valid() && bytes.HasPrefix(it.Key(), prefix); it.Next() {
		fn(it.Key(), it.Value())
	}
}

// briefly is the first line of what an error of Badger's says.
func briefly(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// Verify reads all tables, and fails with ErrDamaged if one is damaged. From then on
// nothing is written, so that no compaction makes of it what looks sound. An error
// that it only could not read them changes nothing.
func (s *Store) Verify(ctx context.Context) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if err := s.gone(); err != nil {
		return err
	}
	if s.mirror != nil {
		return nil // they were read a moment ago
	}
	tables, err := readManifest(s.dir)
	if err != nil {
		return s.harm(err.Error())
	}
	faults, _, err := checkTables(ctx, s.dir, tables, 1, math.MaxUint64, false)
	if err != nil || len(faults) == 0 {
		return err
	}
	// Compactions have taken tables away meanwhile.
	tables, err = readManifest(s.dir)
	if err != nil {
		return s.harm(err.Error())
	}
	maps.DeleteFunc(faults, func(id uint64, _ string) bool { _, there := tables[id]; return !there })
	if len(faults) == 0 {
		return nil
	}
	return s.harm(strings.Join(slices.Sorted(maps.Values(faults)), "; "))
}

// harm ends all writing to a store of which tables are damaged.
func (s *Store) harm(what string) error {
	err := fmt.Errorf("store: %s: %w: %s: nothing is written any more: %s", s.dir, ErrDamaged, what, cure)
	if s.harmed.CompareAndSwap(nil, &err) {
		s.opts.Logger.Error("the store is damaged, and takes nothing any more", "error", err)
	}
	return err
}

// Harmed returns why nothing may be written any more, nil if all is well as far as it
// was looked at.
func (s *Store) Harmed() error {
	if why := s.harmed.Load(); why != nil {
		return *why
	}
	return nil
}
