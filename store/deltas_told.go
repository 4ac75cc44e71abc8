package store

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// DeltasTold returns what was added to a shop's figures as it came, whatever the day of the order, but of days
// from one on, after a place that it gave, 0 for the first: who goes on behind the last misses nothing.
//
// Deltas lie by day, and those of a day as they came. So it is a merge of days: each costs two seeks,
// and a day of which nothing is new no more.
func (s *Store) DeltasTold(shop string, from orderguard.Day, after uint64, limit int) (list []orderguard.Delta, next uint64, more bool, err error) {
	next = after
	if !validShop(shop) {
		return nil, next, false, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		keys := toldKeys(txn, shop, from, after, limit+1)
		if more = len(keys) > limit; more {
			keys = keys[:limit]
		}
		for _, key := range keys {
			item, err := txn.Get(key)
			if err != nil {
				return err
			}
			var d orderguard.Delta
			if err := valueOf(item, func(v []byte) error { return json.Unmarshal(v, &d) }); err != nil {
				return err
			}
			list, next = append(list, d), seqOf(key)
		}
		return nil
	})
	if err != nil {
		return nil, after, false, fmt.Errorf("store: deltas of shop %q as they came: %w", shop, err)
	}
	return list, next, more, nil
}

// toldKeys returns the keys of the first deltas of a shop behind a place, at most so many, as they came.
func toldKeys(txn *badger.Txn, shop string, from orderguard.Day, after uint64, most int) (keys [][]byte) {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.PrefetchValues = shopKey(kindDelta, shop), false
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Seek(dayKey(shop, from)); it.Valid(); {
		day := binary.BigEndian.Uint32(it.Item().Key()[len(o.Prefix):])
		prefix := binary.BigEndian.AppendUint32(slices.Clone(o.Prefix), day)
		n := 0
		for it.Seek(binary.BigEndian.AppendUint64(prefix, after+1)); it.ValidForPrefix(prefix) && n < most; it.Next() {
			keys = append(keys, it.Item().KeyCopy(nil))
			n++
		}
		if day++; day == 0 {
			break
		}
		it.Seek(binary.BigEndian.AppendUint32(slices.Clone(o.Prefix), day))
	}
	slices.SortFunc(keys, func(a, b []byte) int { return cmp.Compare(seqOf(a), seqOf(b)) })
	return keys[:min(len(keys), most)]
}
