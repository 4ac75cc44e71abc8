package store

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/dgraph-io/badger/v4"
)

// A value log keeps each value where it was put, and a bad byte costs what stands there: of
// the journal, a record, which the store goes on without. Of anything else it would be an alert,
// a report or a token that is missing where others lead to it. So all else lies beside its key,
// in tables, which are checked whole, whatever its length. Badger has one bound for all
// keys, but asks each entry for its own first (skipVlogAndSetThreshold in its structs.go).

// besideMost is from which size on a value goes to a value log, whatever it is: of what is
// larger a transaction may have no room for one. Nothing is known to be as large.
const besideMost = 768 << 10

// thresholdAt is where an entry has its bound.
var thresholdAt = func() uintptr {
	f, ok := reflect.TypeFor[badger.Entry]().FieldByName("valThreshold")
	if !ok || f.Type.Kind() != reflect.Int64 {
		panic("BUG: an entry of this version of Badger has no bound of its own for values")
	}
	return f.Offset
}()

// setter is a transaction or a batch of writes.
type setter interface {
	Set(key, value []byte) error
	SetEntry(e *badger.Entry) error
}

// set writes a value that is no record's, and may be large.
func set(txn setter, key, value []byte) error { return setEntry(txn, badger.NewEntry(key, value)) }

// setEntry is set with what else an entry says.
func setEntry(txn setter, e *badger.Entry) error {
	if e.Key[0] == kindRecord {
		return txn.SetEntry(e)
	}
	*(*int64)(unsafe.Add(unsafe.Pointer(e), thresholdAt)) = besideMost
	err := txn.SetEntry(e)
	if err == nil && len(e.Value) >= besideMost {
		err = txn.Set(apartKey, seqValue(1))
	}
	return err
}

// placeOf returns where in value logs the value of an item is, false if it lies beside its key.
func placeOf(item *badger.Item) (p place, apart bool) {
	fields := reflect.ValueOf(item).Elem()
	if byte(fields.FieldByName("meta").Uint())&entryPointer == 0 {
		return p, false
	}
	return placeIn(fields.FieldByName("vptr").Bytes())
}

// eachApart calls fn with the items that lie in value logs and are no records; err is
// why one cannot be read, nil if it can.
func eachApart(txn *badger.Txn, fn func(item *badger.Item, p place, value []byte, err error) error) error {
	o := badger.DefaultIteratorOptions
	o.PrefetchValues = false
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		if item.Key()[0] == kindRecord {
			it.Seek(append([]byte{kindRecord}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)) // behind all of them
			if !it.Valid() {
				break
			}
			item = it.Item()
		}
		if item.ValueSize() < largeValue {
			continue
		}
		p, apart := placeOf(item)
		if !apart {
			continue
		}
		var value []byte
		err := valueOf(item, func(v []byte) error { value = bytes.Clone(v); return nil })
		if err != nil && !errors.Is(err, ErrDamaged) {
			return fmt.Errorf("store: read %s: %w", described(item.Key()), err)
		}
		if err := fn(item, p, value, err); err != nil {
			return err
		}
	}
	return nil
}

// bringBeside brings what former programs have put into value logs to where it belongs.
func (s *Store) bringBeside() error {
	return s.db.batch(func(batch *badger.WriteBatch) error {
		return s.db.View(func(txn *badger.Txn) error {
			return eachApart(txn, func(item *badger.Item, p place, value []byte, err error) error {
				if err != nil && s.opts.AcceptLoss {
					return s.loseValue(txn, batch, item, p)
				}
				if err != nil {
					return fmt.Errorf("%s: %w: %s", standsAt(item.Key(), p), err, cureOrLoss)
				}
				e := badger.NewEntry(item.KeyCopy(nil), value).WithMeta(item.UserMeta())
				e.ExpiresAt = item.ExpiresAt()
				return setEntry(batch, e)
			})
		})
	})
}

// apart says whether anything but records may lie in value logs.
func (t *trace) apart() bool {
	at := t.metas[string(layoutKey)].number
	return at > 0 && at < besideLayout || at == 0 && t.newest > 0 || t.metas[string(apartKey)].number > 0
}

// lookApart finds what is no record, lies in a value log, and cannot be read. It changes nothing.
func (sv *survey) lookApart(o Options) (lost []string, err error) {
	if !sv.shown.apart() {
		return nil, nil
	}
	m := &mirror{sv: sv}
	var db *database
	defer func() { err = errors.Join(err, m.close(db)) }()
	if err := m.fill(); err != nil {
		return nil, err
	}
	if db, err = openBadger(badgerOptions(m.dir, o).WithReadOnly(true).WithBypassLockGuard(true)); err != nil {
		return nil, err
	}
	err = db.View(func(txn *badger.Txn) error {
		return eachApart(txn, func(item *badger.Item, p place, _ []byte, err error) error {
			if err != nil {
				lost = append(lost, standsAt(item.Key(), p))
			}
			return nil
		})
	})
	return lost, err
}

// standsAt says of what is under a key, and in a place, that it cannot be read.
func standsAt(key []byte, p place) string {
	return fmt.Sprintf("%s cannot be read, which stands at byte %d of %06d.vlog", described(key), p.offset, p.file)
}

// described says for people what is under a key.
func described(key []byte) string {
	if wellFormed(key) {
		switch key[0] {
		case kindChange:
			shop, _ := cut(key)
			return fmt.Sprintf("change %d, an alert of shop %q", seqOf(key), shop)
		case kindTimeline, kindVerdict:
			shop, rest := cut(key)
			what := map[byte]string{kindTimeline: "a step", kindVerdict: "a verdict"}[key[0]]
			return fmt.Sprintf("%s of alert %q of shop %q", what, rest[1:1+rest[0]], shop)
		case kindAct:
			return fmt.Sprintf("act %d, of record %d", seqOf(key), PlaceRecord(seqOf(key)))
		case kindReport:
			return fmt.Sprintf("report %q", key[1:])
		case kindDecision:
			return fmt.Sprintf("decision %d", seqOf(key))
		case kindRecord:
			return fmt.Sprintf("record %d of the journal", seqOf(key))
		case kindToken:
			return "a token"
		}
	}
	return "the value of key " + printable(key)
}
