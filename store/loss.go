package store

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// cureOrLoss is the cure where it is possible to go on without what is lost.
const cureOrLoss = "restore a backup (orderguard restore) into another folder; or, to go on without what is lost, start once with serve --accept-loss"

// lookBeside looks for records that were committed beside Badger's tables and memtables:
// the log of a memtable that is gone, or of which pages are, looks as a crash leaves it.
// What is torn there shows nothing.
func (sv *survey) lookBeside() error {
	note := func(path string, record uint64) {
		if record > sv.least {
			sv.least, sv.shownBy = record, filepath.Base(path)
		}
	}
	if sv.snapshot != nil {
		note(sv.snapshot.Path, sv.snapshot.Record)
	}
	paths, err := filesWith(filepath.Join(sv.dir, indexDir), segmentExt)
	if err != nil {
		return err
	}
	for _, path := range paths {
		seg, err := openSegment(path)
		if err != nil {
			continue // it is made again, with a warning
		}
		if seg.last > sv.shown.last && !isForeign(seg.from.journalID, sv.journalID()) && seg.verify() == nil {
			note(path, seg.last)
		}
		if err := seg.file.Close(); err != nil {
			return seg.failed(err)
		}
	}
	if sv.values != nil {
		note(sv.values.path, sv.values.durable)
	}
	return nil
}

// lost says which commits are lost.
func (sv *survey) lost() (faults []string) {
	there := false
	for _, l := range sv.mems {
		there = there || !l.empty
		if l.damaged {
			faults = append(faults, l.note()+": what was committed after that cannot be read")
		}
	}
	if sv.logged && !there {
		faults = append(faults, "the store was not closed, and there is no log of a memtable (.mem), or an empty one: what was committed last is lost")
	}
	if sv.least > sv.shown.last {
		faults = append(faults, fmt.Sprintf("the journal ends at record %d, and %s shows that it went to %d at least (unless that file is another store's: remove it then)", sv.shown.last, sv.shownBy, sv.least))
	}
	if from, to := sv.uncommitted.from, sv.uncommitted.to; to > 0 {
		faults = append(faults, fmt.Sprintf("what was committed of the records %d to %d is lost, as %s shows", from, to, filepath.Base(sv.snapshot.Path)))
	}
	return faults
}

// lookAtCommits holds how far the store had committed when the newest snapshot was taken against how far it has.
func (sv *survey) lookAtCommits(o Options) error {
	if sv.snapshot == nil {
		return nil
	}
	to, err := o.committedIn(sv.snapshot.Path)
	if err != nil {
		return fmt.Errorf("store: look at a snapshot: %w", err)
	}
	if at := sv.shown.metas[string(positionKey)].number; to > at {
		sv.uncommitted.from, sv.uncommitted.to = at+1, to
	}
	return nil
}

// committedIn returns how far the store had committed when the snapshot in a file was taken, 0 if that
// is not asked for, or it is of another version and does not say.
func (o *Options) committedIn(path string) (position uint64, err error) {
	if o.Committed == nil {
		return 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() // only read
	_, in, err := readSnapshot(f)
	if err != nil {
		return 0, err
	}
	if position, err = o.Committed(in); err != nil {
		return 0, nil
	}
	return position, nil
}

// unusable returns why the engine cannot go on from the snapshot in a file, as Options.Usable says.
func (o *Options) unusable(path string) (why, err error) {
	if o.Usable == nil {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	_, in, err := readSnapshot(f)
	if err != nil {
		return nil, err
	}
	return o.Usable(in), nil
}

// gap says which records are gone that a start would have to judge again, "" if none is.
func (sv *survey) gap() string {
	first := uint64(math.MaxUint64)
	for n, at := range sv.shown.tail {
		if !at.deleted {
			first = min(first, n)
		}
	}
	if first == math.MaxUint64 || first == sv.shown.after+1 {
		return ""
	}
	return gapText(sv.shown.after+1, first-1, sv.former)
}

// unfit is a whole snapshot from which the engine cannot go on, and why: another version of the program wrote it.
type unfit struct {
	path string
	why  error
}

// gapText says what a start lacks where records are gone, and there are snapshots that it cannot use.
func gapText(from, to uint64, former []unfit) string {
	text := fmt.Sprintf("the records %d to %d of the journal are gone, which no snapshot that can be read covers: windows and service indicators would lack what they said", from, to)
	if len(former) == 0 {
		return text
	}
	whys := make([]string, len(former))
	for i, f := range former {
		whys[i] = fmt.Sprintf("%s: %v", filepath.Base(f.path), f.why)
	}
	return text + " (" + strings.Join(whys, "; ") + ")"
}

// cureOfGap says what to do about that, in a folder of a layout.
func cureOfGap(former []unfit, layout uint64) string {
	if len(former) == 0 {
		return cureOrLoss
	}
	cure := "use the orderguard that wrote the snapshots"
	// Snapshots of before that layout do not name their journal.
	if layout >= besideLayout && slices.ContainsFunc(former, func(f unfit) bool { return originOf(f.path).journalID == 0 }) {
		cure = "the orderguard that wrote the snapshots no longer opens the folder, since a later one has brought it to its layout: restore a copy from before that with it"
	}
	return cure + ", or, to judge the journal again from where it begins now, start once with serve --accept-loss: alerts, casework, tokens and the positions of feeds stay"
}

// layout is what the folder's is, 0 if that is not known.
func (sv *survey) layout() uint64 { return sv.shown.metas[string(layoutKey)].number }

// refuseGap fails if the journal does not go back to where a start has to begin.
func (sv *survey) refuseGap() error {
	gap, cure := sv.gap(), cureOfGap(sv.former, sv.layout())
	switch {
	case gap == "":
		return nil
	case len(sv.former) > 0:
		return fmt.Errorf("store: %s: %s: %w: this start has changed nothing; %s", sv.dir, gap, ErrFormer, cure)
	}
	return fmt.Errorf("store: %s: %w: %s: %s", sv.dir, ErrDamaged, gap, cure)
}

// Gap says which records the engine would lack that starts with a store that OpenToRead has opened, why, and what to do
// about it: they are gone, and it cannot use the snapshots. "" is that it lacks none.
func (s *Store) Gap() string {
	if s.mirror == nil {
		return ""
	}
	sv := s.mirror.sv
	gap := sv.gap()
	if gap != "" {
		gap += ": " + cureOfGap(sv.former, sv.layout())
	}
	return gap
}

// refuseTail fails if a record cannot be read that a start would have to judge again.
func (sv *survey) refuseTail() error {
	read := placeReader{dir: sv.dir}
	for _, n := range slices.Sorted(maps.Keys(sv.shown.tail)) {
		at, whole := sv.shown.tail[n], false
		for _, p := range at.places {
			ok, err := read.sound(n, p)
			if err != nil {
				return errors.Join(fmt.Errorf("store: look at record %d: %w", n, err), read.close())
			}
			whole = whole || ok
		}
		if len(at.places) > 0 && !whole {
			err := fmt.Errorf("store: %s: record %d of the journal has to be judged again, and what stands at byte %d of %06d.vlog, where it was, cannot be read: %w: %s",
				sv.dir, n, at.places[0].offset, at.places[0].file, ErrDamaged, cureOrLoss)
			return errors.Join(err, read.close())
		}
	}
	return read.close()
}

// acceptedName is the file that says that commits are lost, and that the store goes on
// without them. It goes when that is done.
const acceptedName = "accepted"

// accept notes which commits are lost before Badger cuts off what shows it.
func (sv *survey) accept(log *slog.Logger) error {
	lost := sv.lost()
	if len(lost) == 0 {
		return nil
	}
	log.Error("what was committed is lost", "loss", lost)
	err := writeWhole(osFiles{}, filepath.Join(sv.dir, acceptedName), func(w io.Writer) error {
		_, err := fmt.Fprintln(w, strings.Join(lost, "\n"))
		return err
	})
	if err == nil && sv.values != nil && !sv.values.damaged { // else prepare ends it
		// The newest value log shows records that are given up, and of which others get the numbers.
		err = endLog(sv.dir, sv.values)
	}
	if err != nil {
		return fmt.Errorf("store: go on without what is lost: %w", err)
	}
	return nil
}

// goOnWithout makes a store that has lost the end of what was committed another one, of which
// no cursor and no copy of before is taken: numbers are given out again. Of records that
// cannot be read it says so for good, where Options.AcceptLoss lets it.
func (s *Store) goOnWithout() error {
	path := filepath.Join(s.dir, acceptedName)
	_, err := os.Stat(path)
	if err == nil {
		err = s.becomeAnother()
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err == nil && s.opts.AcceptLoss {
		if err = errors.Join(s.giveUpUnreadable(), s.giveUpApart()); err == nil {
			err = giveUp(s.dir)
		}
	}
	if err == nil {
		err = os.RemoveAll(path)
	}
	if err != nil {
		return fmt.Errorf("store: go on without what is lost: %w", err)
	}
	return nil
}

// becomeAnother gives the store another id, and removes the snapshots of what it has lost.
func (s *Store) becomeAnother() error {
	_, last, _ := s.Journal()
	kept, err := snapshotsIn(s.dir)
	for _, snap := range kept {
		if !isForeign(originOf(snap.Path).journalID, s.foundID) && (snap.Record > last || s.isAhead(snap)) {
			err = errors.Join(err, os.Remove(snap.Path))
		}
	}
	return errors.Join(err, s.db.Update(setID))
}

// isAhead says whether a snapshot was taken when more had been committed than has been now.
func (s *Store) isAhead(snap Snapshot) bool {
	at, err := s.opts.committedIn(snap.Path)
	return err == nil && at > s.position
}

// giveUpUnreadable replaces the records that cannot be read by Lost ones.
func (s *Store) giveUpUnreadable() error {
	return s.eachUnreadable(1, func(n uint64, why error) error {
		s.opts.Logger.Error("a record of the journal is lost", "record", n, "error", why)
		return s.db.Update(func(txn *badger.Txn) error { return txn.Set(recordKey(n), lostValue("")) })
	})
}

// eachUnreadable calls fn with the records from a number on that cannot be read, and why.
func (s *Store) eachUnreadable(from uint64, fn func(n uint64, why error) error) error {
	first, last, _ := s.Journal()
	for n := max(from, first, 1); n <= last; n++ {
		err := s.recordValue(n, func(v []byte) error { _, err := recordBody(v); return err })
		if errors.Is(err, ErrDamaged) {
			err = fn(n, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
