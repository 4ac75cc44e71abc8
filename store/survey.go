package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
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
	inUse   bool // the store was not closed
	logged  bool // there has to be the log of a memtable
	// snapshot is the newest one that is whole, nil if none is.
	snapshot *Snapshot
	// former are the whole ones that are newer than the one that a start goes on from.
	former []unfit
	// uncommitted is what a snapshot shows to have been committed, and is not: records from one to another.
	uncommitted struct{ from, to uint64 }
	// deep are faults in what leads to the data: where there are any, nothing else can
	// be believed.
	deep []string
}

// journalID is 0 if it is not known.
func (sv *survey) journalID() uint64 { return sv.shown.metas[string(journalIDKey)].number }

// cure is what to do about a store whose files are damaged.
const cure = "restore a backup (orderguard restore) into another folder, and look at why the disk loses data"

// lookFor surveys a data folder, and what its newest snapshot says of commits.
func lookFor(dir string, o Options) (*survey, error) {
	sv, err := look(dir, o)
	if err == nil && len(sv.deep) == 0 {
		err = sv.lookAtCommits(o)
	}
	return sv, err
}

// look surveys a data folder.
func look(dir string, o Options) (*survey, error) { return lookBut(dir, o, nil) }

// lookBut is look where some snapshots are known to be another store's.
func lookBut(dir string, o Options, strange []string) (*survey, error) {
	sv := &survey{dir: dir}
	looked, err := sv.lookAtSnapshots(o, strange)
	if err != nil {
		return nil, err
	}
	after := sv.shown.after
	values, err := filesWith(dir, ".vlog")
	if err != nil {
		return nil, err
	}
	if len(values) > 0 {
		if sv.values, err = scanLog(slices.Max(values), math.MaxUint64); err != nil { // names are numbers of six digits
			return nil, fmt.Errorf("store: look at a log: %w", err)
		}
	}
	mems, err := filesWith(dir, ".mem")
	if err != nil {
		return nil, err
	}
	for _, path := range mems {
		l, err := scanLog(path, after)
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
	if sv.inUse, sv.logged, err = inUse(dir); err != nil {
		return nil, err
	}
	if err := errors.Join(sv.lookAtTables(), sv.bound()); err != nil {
		return nil, err
	}
	for _, path := range looked {
		if isForeign(originOf(path).journalID, sv.journalID()) {
			return lookBut(dir, o, append(strange, path))
		}
	}
	if err := sv.lookBeside(); err != nil {
		return nil, err
	}
	return sv, nil
}

// lookAtSnapshots finds the snapshot from which a start goes on, and returns which whole ones it looked at.
func (sv *survey) lookAtSnapshots(o Options, strange []string) (looked []string, err error) {
	kept, err := snapshotsIn(sv.dir)
	if err != nil {
		return nil, err
	}
	for _, snap := range kept {
		if slices.Contains(strange, snap.Path) || !isWhole(snap.Path) {
			continue
		}
		looked = append(looked, snap.Path)
		if sv.snapshot == nil {
			sv.snapshot = &snap
		}
		why, err := o.unusable(snap.Path)
		if err != nil {
			return nil, fmt.Errorf("store: look at a snapshot: %w", err)
		}
		if why == nil {
			sv.shown.after = snap.Record
			return looked, nil
		}
		sv.former = append(sv.former, unfit{snap.Path, why})
	}
	return looked, nil
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
	faults, shown, err := checkTables(context.Background(), sv.dir, tables, runtime.GOMAXPROCS(0), sv.shown.after, sv.values != nil && sv.values.open)
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

// shallow are the faults of logs, each of which costs what stood there.
func (sv *survey) shallow() []string {
	faults := sv.lost()
	if sv.values != nil && sv.values.damaged {
		faults = append(faults, sv.values.note()+": what stood there is lost")
	}
	if sv.keyFile != nil {
		faults = append(faults, fmt.Sprintf("%s is damaged (%s)%sstart orderguard serve: it makes it again, nothing is lost", badger.KeyRegistryFileName, briefly(sv.keyFile), toMend))
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

// guard readies a folder for Badger: it makes sure of what a killed process has left in memory, keeps
// from Badger what it would cut off, and removes what it would trip over.
func (sv *survey) guard(o Options) error {
	if sv.inUse || len(sv.mems) > 0 {
		if err := errors.Join(rewriteValues(o.files, sv.dir), rewriteManifest(o.files, sv.dir)); err != nil {
			return err
		}
	}
	kept, err := snapshotsIn(sv.dir)
	if err != nil {
		return err
	}
	for _, snap := range kept {
		if isForeign(originOf(snap.Path).journalID, sv.journalID()) {
			o.Logger.Warn("a snapshot is another store's, and passed over", "snapshot", snap.Path)
		}
	}
	if err := sv.accept(o.Logger); err != nil {
		return err
	}
	if err := sv.prepare(o); err != nil {
		return err
	}
	if sv.logged && !slices.ContainsFunc(sv.mems, func(l *logState) bool { return l.committed > logHeader }) {
		if err := markInUse(sv.dir, isBegun); err != nil {
			return err
		}
	}
	return removeEmpty(sv.dir, o.Logger)
}

// refuse fails where something is lost, or not of this program. It changes nothing.
func (sv *survey) refuse(o Options) error {
	if err := sv.err(); err != nil {
		return err
	}
	if err := knownLayout(sv.dir, sv.layout()); err != nil || o.AcceptLoss {
		return err
	}
	lost := sv.lost()
	if len(lost) == 0 {
		if err := sv.refuseTail(); err != nil {
			return err
		}
		var err error
		if lost, err = sv.lookApart(o); err != nil {
			return err
		}
	}
	if len(lost) > 0 {
		return fmt.Errorf("store: %s: %w: %s: %s", sv.dir, ErrDamaged, strings.Join(lost, "; "), cureOrLoss)
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
