package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Snapshots are files, since they are large, and written whole and rarely:
//
//	snapshots/<record, 20 digits>.snap
//
//	"OGSNAP_3" | checksum of the record, 8 bytes as it stores it, or zeros | the journal's id, 8 BE | chunk ... | end
//
// so that a snapshot that is another journal's is recognised, also where it is of a record that this one
// does not have. Former versions wrote "OGSNAP_2" and no id, or the chunks alone, see chunks.go. A file is written under another name, synced, and renamed in the end.
const (
	snapshotDir   = "snapshots"
	snapshotMagic = "OGSNAP_3"
	magicUnnamed  = "OGSNAP_2"
	snapshotExt   = ".snap"
	keptSnapshot  = 2 // the newest ones
)

// Snapshot is a kept snapshot: the engine's state after a record.
type Snapshot struct {
	Record uint64
	Path   string
	Bytes  int64
}

func snapshotPath(dir string, record uint64) string {
	return filepath.Join(dir, snapshotDir, fmt.Sprintf("%020d%s", record, snapshotExt))
}

// Snapshots lists the kept snapshots, the newest first, but for those that are another store's.
func (s *Store) Snapshots() ([]Snapshot, error) {
	all, err := snapshotsIn(s.dir)
	return slices.DeleteFunc(all, func(snap Snapshot) bool { return isForeign(originOf(snap.Path).journalID, s.journalID) }), err
}

// usable lists the kept snapshots but for those that are known to be of no use to a start: torn ones, or a
// former program's, which stay where they are.
func (s *Store) usable() ([]Snapshot, error) {
	kept, err := s.Snapshots()
	return slices.DeleteFunc(kept, func(snap Snapshot) bool {
		_, refused := s.refused.Load(snap.Path)
		return refused
	}), err
}

// oldestUsable returns the oldest kept snapshot that a start could use, nil if there is none. It has been read
// to its end, once, since records are let go of for it.
func (s *Store) oldestUsable() (*Snapshot, error) {
	kept, err := s.usable()
	if err != nil {
		return nil, err
	}
	for _, snap := range slices.Backward(kept) {
		if known := s.relied.Load(); known != nil && *known == snap {
			return known, nil
		}
		why := s.checkKept(snap)
		if why == nil {
			if why, err = s.opts.unusable(snap.Path); err != nil {
				return nil, fmt.Errorf("store: look at a snapshot: %w", err)
			}
		}
		switch {
		case why == nil:
			s.relied.Store(&snap)
			return &snap, nil
		case errors.Is(why, os.ErrNotExist): // two newer ones have been taken since
		case errors.Is(why, ErrClosed), errors.Is(why, ErrDisk):
			return nil, why
		default:
			s.refused.Store(snap.Path, true)
			s.opts.Logger.Warn("a snapshot cannot be used: the journal keeps what a start needs without it", "snapshot", snap.Path, "error", why)
		}
	}
	return nil, nil
}

// isForeign says whether a journal's id is another than ours, as far as both are known.
func isForeign(id, ours uint64) bool { return id != 0 && ours != 0 && id != ours }

func snapshotsIn(dir string) ([]Snapshot, error) {
	entries, err := os.ReadDir(filepath.Join(dir, snapshotDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: list the snapshots: %w", err)
	}
	var all []Snapshot
	for _, e := range slices.Backward(entries) { // by name, and so by number
		name, ok := strings.CutSuffix(e.Name(), snapshotExt)
		n, err := strconv.ParseUint(name, 10, 64)
		if !ok || err != nil {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			return snapshotsIn(dir) // a newer one has been taken since, and this one is gone
		}
		if err != nil {
			return nil, fmt.Errorf("store: list the snapshots: %w", err)
		}
		all = append(all, Snapshot{n, filepath.Join(dir, snapshotDir, e.Name()), info.Size()})
	}
	return all, nil
}

// SaveSnapshot keeps what write writes as the engine's state after a record.
// When it returns, the snapshot is durable and older ones but one are gone. On
// an error those that there were stay.
func (s *Store) SaveSnapshot(record uint64, write func(io.Writer) error) (err error) {
	if err := s.checkSpace(); err != nil {
		return err
	}
	sum, err := s.recordSum(record)
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, snapshotDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("store: snapshots: %w", err)
	}
	if err := writeWhole(s.opts.files, snapshotPath(s.dir, record), func(f io.Writer) error {
		if _, err := f.Write(binary.BigEndian.AppendUint64(append([]byte(snapshotMagic), sum[:]...), s.journalID)); err != nil {
			return err
		}
		c := newChunkWriter(&frugal{Writer: f, dir: s.dir, opts: s.opts})
		if err := write(c); err != nil {
			return errors.Join(err, c.abort())
		}
		return c.Close()
	}); err != nil {
		return fmt.Errorf("store: write a snapshot: %w", err)
	}
	s.refused.Delete(snapshotPath(s.dir, record))
	kept, err := s.usable()
	if err != nil {
		return err
	}
	for _, old := range kept[min(len(kept), keptSnapshot):] {
		if err := os.Remove(old.Path); err != nil {
			return fmt.Errorf("store: remove an old snapshot: %w", err)
		}
	}
	return nil
}

// removeParts removes what a crash has left of snapshots that were being written.
func removeParts(dir string) error {
	parts, err := filesWith(filepath.Join(dir, snapshotDir), partExt)
	for _, part := range parts {
		err = errors.Join(err, os.Remove(part))
	}
	if err != nil {
		return fmt.Errorf("store: remove a snapshot that was not finished: %w", err)
	}
	return nil
}

// LoadSnapshot gives load the newest snapshot. One that is torn, or another journal's, or
// that load refuses, is skipped with a warning, and the one before it is tried. The error
// is ErrNotFound if none is left.
func (s *Store) LoadSnapshot(load func(record uint64, r io.Reader) error) error {
	kept, err := s.Snapshots()
	if err != nil {
		return err
	}
	for _, snap := range kept {
		if err = s.loadFrom(snap, load); err == nil {
			return nil // one that was refused before stays so: a check asks for less than a start
		}
		s.refused.Store(snap.Path, true)
		s.opts.Logger.Warn("a snapshot cannot be used, the one before it is tried", "snapshot", snap.Path, "error", err)
	}
	return fmt.Errorf("store: a snapshot that can be used: %w", ErrNotFound)
}

func (s *Store) loadFrom(snap Snapshot, load func(record uint64, r io.Reader) error) error {
	f, err := os.Open(snap.Path)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	// All of it is checked before any of it is believed.
	if snap.Path != s.checked {
		if _, err := readThrough(f); err != nil {
			return err
		}
	}
	from, in, err := readSnapshot(f)
	if err == nil {
		err = s.checkOrigin(from, snap.Record)
	}
	if err != nil {
		return err
	}
	return load(snap.Record, in)
}

// recordSum is the checksum of a record, as it stands in snapshots.
type recordSum [recordSumSize]byte

// origin is where a snapshot or a segment comes from, zeros where it does not say so.
type origin struct {
	sum       recordSum // of the record that it ends with
	journalID uint64
}

// readSnapshot reads the beginning of a snapshot. The state is to be read from in.
func readSnapshot(f *os.File) (from origin, in io.Reader, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return from, nil, err
	}
	const named = len(snapshotMagic) + recordSumSize + 8
	var head [named]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return from, nil, err
	}
	rest := head[:n]
	if n == named {
		magic, fields := string(head[:len(snapshotMagic)]), head[len(snapshotMagic):]
		if magic == snapshotMagic || magic == magicUnnamed {
			copy(from.sum[:], fields)
			rest = fields[recordSumSize:]
		}
		if magic == snapshotMagic {
			from.journalID, rest = binary.BigEndian.Uint64(rest), nil
		}
	}
	return from, newChunkReader(io.MultiReader(bytes.NewReader(rest), f)), nil
}

// originOf returns where the snapshot in a file says that it comes from.
func originOf(path string) (from origin) {
	f, err := os.Open(path)
	if err != nil {
		return from
	}
	defer f.Close() // only read
	from, _, _ = readSnapshot(f)
	return from
}

// readThrough reads a snapshot to its end, and fails if that cannot be done.
func readThrough(f *os.File) (from origin, err error) {
	from, in, err := readSnapshot(f)
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	return from, err
}

// checkSnapshot reads a snapshot to its end, and says why it cannot be used.
func (s *Store) checkSnapshot(f *os.File, record uint64) error {
	from, err := readThrough(f)
	if err != nil {
		return err
	}
	return s.checkOrigin(from, record)
}

// checkOrigin fails if the journal has another name, or a record another checksum, than a snapshot or a segment
// says, as far as both can be told.
func (s *Store) checkOrigin(from origin, record uint64) error {
	is, err := s.recordSum(record)
	if err == nil && (isForeign(from.journalID, s.journalID) || is != from.sum && is != (recordSum{}) && from.sum != (recordSum{})) {
		err = fmt.Errorf("it is another journal's: %w", ErrDamaged)
	}
	return err
}

// checkKept is checkSnapshot of a kept one.
func (s *Store) checkKept(snap Snapshot) error {
	f, err := os.Open(snap.Path)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	return s.checkSnapshot(f, snap.Record)
}

// isWhole says whether the snapshot in a file can be read to its end.
func isWhole(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() // only read
	_, err = readThrough(f)
	return err == nil
}
