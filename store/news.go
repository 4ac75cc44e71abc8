package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// News is an entry of a shop's list of what came of casework. Exactly one of the
// pointers is set.
type News struct {
	Place uint64
	// After is the last change of an alert, of any shop, that came before.
	After    uint64
	Decision *orderguard.Decision
	Report   *orderguard.Report
}

// NewsShop returns the shop in whose list a decision stands. One on a buyer is of the
// whole site, and no shop's business.
func NewsShop(d *orderguard.Decision) string {
	if d.Buyer != "" {
		return ""
	}
	return d.Shop
}

func decisionNews(d *orderguard.Decision, after uint64) []byte {
	v := binary.BigEndian.AppendUint64([]byte{kindDecision}, d.Seq)
	return binary.BigEndian.AppendUint64(v, after)
}

func reportNews(r *orderguard.Report, after uint64) []byte {
	v := binary.BigEndian.AppendUint32([]byte{kindReport}, uint32(r.Revision))
	v = append(append(v, byte(len(r.ID))), r.ID...)
	return binary.BigEndian.AppendUint64(v, after)
}

// newsRef is what an entry of the list leads to: a decision's seq, or a report's
// id and revision.
type newsRef struct {
	// after is the last change of an alert before it; dated says whether it is
	// known, as it is since layout 4.
	after    uint64
	dated    bool
	seq      uint64
	id       string
	revision int
}

func parseNews(v []byte) (r newsRef, ok bool) {
	n := 0
	switch {
	case len(v) >= 1+8 && v[0] == kindDecision:
		n, r.seq = 1+8, binary.BigEndian.Uint64(v[1:])
	case len(v) > 6 && v[0] == kindReport && v[5] > 0 && len(v) >= 6+int(v[5]):
		n = 6 + int(v[5])
		r.id, r.revision = string(v[6:n]), int(binary.BigEndian.Uint32(v[1:]))
	default:
		return r, false
	}
	if len(v) == n+8 {
		r.after, r.dated = binary.BigEndian.Uint64(v[n:]), true
	}
	return r, r.dated || len(v) == n
}

// News returns the decisions on orders of a shop and the changes of its reports
// after a place, in the order in which they came; with the shop "", the decisions
// on buyers. It returns the place to go on from, and whether to go on at once. A
// report that has changed again since, or is gone, is passed over.
func (s *Store) News(shop string, after uint64, limit int) (list []News, next uint64, more bool, err error) {
	next = after
	if shop != "" && !validShop(shop) {
		return nil, next, false, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		return walk(txn, shopKey(kindNews, shop), newsKey(shop, after+1), func(key, value []byte) (bool, error) {
			if more = len(list) == limit; more {
				return false, nil
			}
			n, err := readNews(txn, value)
			if err != nil {
				return false, fmt.Errorf("place %d: %w", seqOf(key), err)
			}
			next = seqOf(key)
			if n.Decision != nil || n.Report != nil {
				n.Place = next
				list = append(list, n)
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, after, false, fmt.Errorf("store: news of shop %q: %w", shop, err)
	}
	return list, next, more, nil
}

// readNews reads what an entry leads to, nothing if it need not be told.
func readNews(txn *badger.Txn, value []byte) (n News, err error) {
	ref, ok := parseNews(value)
	if !ok {
		return n, errors.New("it is damaged: restore a backup")
	}
	if n.After = ref.after; !ref.dated {
		if n.After, err = getSeq(txn, undatedKey); err != nil {
			return n, err
		}
	}
	if ref.id == "" {
		n.Decision = new(orderguard.Decision)
		if err := getJSON(txn, decisionKey(ref.seq), n.Decision); err != nil {
			return n, fmt.Errorf("decision %d: %w", ref.seq, err)
		}
		return n, nil
	}
	var r orderguard.Report
	err = getJSON(txn, reportKey(ref.id), &r)
	if errors.Is(err, ErrNotFound) || err == nil && r.Revision != ref.revision {
		return n, nil
	}
	if err != nil {
		return n, fmt.Errorf("report %q: %w", ref.id, err)
	}
	n.Report = &r
	return n, nil
}

func (c *checker) checkNews(item *badger.Item, value []byte) {
	c.count(item)
	shop, _ := cut(item.Key())
	place := seqOf(item.Key())
	ref, ok := parseNews(value)
	switch {
	case !ok:
		c.fault("shop %q: the news at place %d is damaged", shop, place)
	case ref.id == "" && !c.has(decisionKey(ref.seq)):
		c.fault("shop %q: the news at place %d is of decision %d, which is missing", shop, place, ref.seq)
	}
}
