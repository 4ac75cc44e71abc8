package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
)

// survey is what the files of a data folder are found to be before Badger sees them.
// It takes what is damaged for what a crash has left, cuts it off and goes on, or
// serves it as it stands. Nothing is changed by looking.
type survey struct {
	dir  string
	mems []*logState // the logs of memtables, in their order
	// values is the newest value log, nil if there is none.
	values *logState
	// keyFile is what is wrong with Badger's file of keys for encryption. The store
	// has none, so that it can be made again.
	keyFile error
	// shown is what all of it shows of what was committed, but for shownBy.
	shown trace
	// least is a record of the journal that was committed, as the file shownBy beside
	// Badger's tables and memtables shows.
	least   uint64
	shownBy string
	// deep are faults in what leads to the data: where there are any, nothing else can
	// be believed.
	deep []string
}

// cure is what to do about a store whose files are damaged.
const cure = "restore a backup (orderguard restore) into another folder, and look at why the disk loses data"

// look surveys a data folder.
func look(dir string) (*survey, error) {
	sv := &survey{dir: dir}
	values, err := filesWith(dir, ".vlog")
	if err != nil {
		return nil, err
	}
	if len(values) > 0 {
		if sv.values, err = scanLog(slices.Max(values)); err != nil { // names are numbers of six digits
			return nil, fmt.Errorf("store: look at a log: %w", err)
		}
	}
	mems, err := filesWith(dir, ".mem")
	if err != nil {
		return nil, err
	}
	for _, path := range mems {
		l, err := scanLog(path)
		if err != nil {
			return nil, fmt.Errorf("store: look at a log: %w", err)
		}
		sv.mems = append(sv.mems, l)
		sv.shown.join(&l.trace)
	}
	kr, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{Dir: dir, ReadOnly: true})
	if err == nil {
		err = kr.Close()
	}
	sv.keyFile = err
	if err := errors.Join(sv.lookAtTables(), sv.bound(), sv.lookBeside()); err != nil {
		return nil, err
	}
	return sv, nil
}

// lookAtTables holds the tables against Badger's manifest, and reads them.
func (sv *survey) lookAtTables() error {
	found, err := filesWith(sv.dir, ".sst")
	if err != nil {
		return err
	}
	tables, err := readManifest(sv.dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if len(found) > 0 || len(sv.mems) > 0 {
			sv.deep = append(sv.deep, badger.ManifestFilename+" is missing, without which no table is known")
		}
		return nil
	case err != nil:
		sv.deep = append(sv.deep, err.Error())
		return nil
	}
	faults, shown, err := checkTables(context.Background(), sv.dir, tables, runtime.GOMAXPROCS(0), sv.values != nil && sv.values.open)
	if err != nil {
		return err
	}
	sv.shown.join(&shown)
	sv.deep = append(sv.deep, slices.Sorted(maps.Values(faults))...)
	return sv.lookAtOthers(found, tables, shown.newest)
}

// lookAtOthers looks at tables that the manifest does not know of, which Badger
// removes. What a crash has left of a flush is in a memtable's log, too; what it has left of
// a compaction is in tables that are known, whose newest version it cannot pass. Else the
// manifest has lost what it said of it.
func (sv *survey) lookAtOthers(found []string, known map[uint64]options.CompressionType, newest uint64) error {
	for _, path := range found {
		id, ok := table.ParseFileID(path)
		if _, is := known[id]; is || !ok {
			continue
		}
		version, err := newestIn(path, id)
		if err != nil {
			return err
		}
		flushed := slices.ContainsFunc(sv.mems, func(l *logState) bool { return version >= l.trace.oldest && version <= l.trace.newest })
		if !flushed && version > newest {
			sv.deep = append(sv.deep, fmt.Sprintf("%s is cut short: it does not know of %s", badger.ManifestFilename, filepath.Base(path)))
		}
	}
	return nil
}

// bound tells a value log that a crash has ended from one of which a whole page is
// gone: there, pointers lead to what is behind it.
func (sv *survey) bound() error {
	if sv.values == nil || !sv.values.open {
		return nil
	}
	number, err := numberOf(sv.values.path)
	if err == nil && sv.shown.ends[number] > sv.values.end {
		sv.values.open, sv.values.damaged = false, true
	}
	return err
}

// lost says which commits are lost.
func (sv *survey) lost() (faults []string) {
	for _, l := range sv.mems {
		if l.damaged {
			faults = append(faults, l.note()+": what was committed after that cannot be read")
		}
	}
	if loss := sv.loss(); loss != "" {
		faults = append(faults, loss)
	}
	return faults
}

// shallow are the faults of logs, each of which costs what stood there.
func (sv *survey) shallow() []string {
	faults := sv.lost()
	if sv.values != nil && sv.values.damaged {
		faults = append(faults, sv.values.note()+": what stood there is lost")
	}
	if sv.keyFile != nil {
		faults = append(faults, fmt.Sprintf("%s is damaged (%s): the next start makes it again, nothing is lost", badger.KeyRegistryFileName, briefly(sv.keyFile)))
	}
	return faults
}

// err is the error of faults that leave nothing to believe.
func (sv *survey) err() error {
	if len(sv.deep) == 0 {
		return nil
	}
	return fmt.Errorf("store: %s: %w: %s: %s", sv.dir, ErrDamaged, strings.Join(sv.deep, "; "), cure)
}

// guard readies a folder for Badger: it keeps from it what it would cut off, refuses
// what it cannot be kept from, and removes what it would trip over.
func (sv *survey) guard(o Options) error {
	if err := sv.refuse(o); err != nil {
		return err
	}
	return errors.Join(sv.prepare(o), removeEmpty(sv.dir, o.Logger))
}

// refuse fails where something is lost. It changes nothing.
func (sv *survey) refuse(o Options) error {
	if err := sv.err(); err != nil {
		return err
	}
	for _, l := range sv.mems {
		if !l.damaged {
			continue
		}
		if !o.AcceptLoss {
			return fmt.Errorf("store: %w: %s is bad at byte %d, and what was committed after that would be cut off: %s", ErrDamaged, l.path, l.end, cureOrLoss)
		}
		o.Logger.Error("what was committed after a bad byte is lost", "file", l.path, "byte", l.end)
	}
	if loss := sv.loss(); loss != "" && !o.AcceptLoss {
		return fmt.Errorf("store: %s: %w: %s: %s", sv.dir, ErrDamaged, loss, cureOrLoss)
	}
	return nil
}

// prepare makes again what holds nothing, and keeps what stands behind a bad byte of
// the newest value log.
func (sv *survey) prepare(o Options) error {
	if sv.keyFile != nil {
		o.Logger.Warn("a file of Badger's that holds nothing here is damaged, and made again", "file", badger.KeyRegistryFileName, "error", sv.keyFile)
		if err := os.Remove(filepath.Join(sv.dir, badger.KeyRegistryFileName)); err != nil {
			return fmt.Errorf("store: make %s again: %w", badger.KeyRegistryFileName, err)
		}
	}
	notes, err := damagedLogs(sv.dir)
	if err != nil {
		return err
	}
	for _, note := range notes {
		o.Logger.Error("a log of values is damaged: orderguard check names what is lost, and a backup has it", "log", note)
	}
	if sv.values == nil || !sv.values.damaged {
		return nil
	}
	o.Logger.Error("a log of values is damaged: its other entries are kept; orderguard check names what is lost, and a backup has it", "file", sv.values.path, "byte", sv.values.end)
	return keepLog(sv.dir, sv.values)
}

// cureOrLoss is the cure where it is possible to go on without what is lost.
const cureOrLoss = "restore a backup (orderguard restore) into another folder; or, to go on without what is lost, start once with serve --accept-loss"

// lookBeside looks for records that were committed beside Badger's tables and memtables:
// the log of a memtable that is gone, or of which pages are, looks as a crash leaves it.
func (sv *survey) lookBeside() error {
	note := func(path string, record uint64) {
		if record > sv.least {
			sv.least, sv.shownBy = record, path
		}
	}
	kept, err := snapshotsIn(sv.dir)
	if err != nil {
		return err
	}
	for _, snap := range kept {
		note(snap.Path, snap.Record)
	}
	segments, err := filesWith(filepath.Join(sv.dir, indexDir), segmentExt)
	if err != nil {
		return err
	}
	for _, path := range segments {
		var first, last uint64
		if _, err := fmt.Sscanf(filepath.Base(path), "%d-%d", &first, &last); err == nil {
			note(path, last)
		}
	}
	if sv.values != nil {
		note(sv.values.path, sv.values.durable)
	}
	return nil
}

// loss says what is lost of the journal's end, "" if nothing is.
func (sv *survey) loss() string {
	if sv.least <= sv.shown.last {
		return ""
	}
	return fmt.Sprintf("the journal ends at record %d, and %s shows that it went to %d at least", sv.shown.last, sv.shownBy, sv.least)
}

// goOnWithout makes a store that has lost the end of its journal another one, of which
// no cursor and no copy of before is taken: numbers are given out again.
func (s *Store) goOnWithout(loss string) error {
	if loss == "" {
		return nil
	}
	s.opts.Logger.Error("what was committed is lost", "loss", loss)
	_, last, _ := s.Journal()
	kept, err := s.Snapshots()
	for _, snap := range kept {
		if snap.Record > last {
			err = errors.Join(err, os.Remove(snap.Path))
		}
	}
	if err == nil {
		err = s.db.Update(setID)
	}
	if err != nil {
		return fmt.Errorf("store: go on without what is lost: %w", err)
	}
	return nil
}
