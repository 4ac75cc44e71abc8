package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// maxFaults is how many faults Check names: a store with more is to be
// restored, not mended.
const maxFaults = 100

// toMend stands in a fault before what to do about it, where that is not to restore a backup.
const toMend = "; to mend it, "

// Mendable says whether a fault that Check has named says what to do about it: no backup has to be restored for it.
func Mendable(fault string) bool { return strings.Contains(fault, toMend) }

// Check looks at everything in the store, and at how it goes together, and
// returns what is wrong, each fault in a sentence; none means that all is
// well. It sees the store as it is when it begins, and other calls go on
// meanwhile. The error is what kept it from looking.
func (s *Store) Check(ctx context.Context) (faults []string, err error) {
	c := &checker{ctx: ctx, store: s}
	if s.mirror != nil {
		for _, fault := range s.mirror.sv.shallow() {
			c.fault("%s", fault)
		}
	}
	if err := s.Verify(ctx); err != nil {
		c.fault("%v", err)
		return c.faults, nil
	}
	// Snapshots are read before the keys: those never end before a snapshot.
	if err := c.checkSnapshots(); err != nil {
		return nil, fmt.Errorf("store: check: %w", err)
	}
	c.checkSegments()
	damaged, err := damagedLogs(s.dir)
	if err != nil {
		return nil, fmt.Errorf("store: check: %w", err)
	}
	for _, note := range damaged {
		if !strings.HasSuffix(note, given) {
			c.fault("%s: what stood there is lost", note)
		}
	}
	err = s.view(func(txn *badger.Txn) error {
		c.txn = txn
		return c.run()
	})
	if err != nil {
		return c.faults, fmt.Errorf("store: check: %w", err)
	}
	if c.more > 0 {
		c.faults = append(c.faults, fmt.Sprintf("and %d more", c.more))
	}
	return c.faults, nil
}

// checker is one call of Check.
type checker struct {
	ctx    context.Context
	store  *Store
	txn    *badger.Txn
	faults []string
	more   int // faults that are only counted

	steps     steps
	tokens    int // of kind 'k'
	tokenIDs  int
	journal   checkedJournal
	snapshots []uint64 // of the snapshots that are whole, and that the engine can go on from, the newest first
	former    []unfit  // the other whole ones
	torn      []string // what is wrong with those that are not
	index     checkedIndex
	papers    checkedPapers
}

func (c *checker) fault(format string, args ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
		return
	}
	c.more++
}

// checks holds what is to be looked at in each kind of key. A key of a kind that is not
// here is a fault.
var checks = map[byte]func(c *checker, item *badger.Item, value []byte){
	kindAlert:    (*checker).checkAlert,
	kindChange:   (*checker).checkChange,
	kindHead:     (*checker).checkHead,
	kindTimeline: (*checker).checkStep,
	kindFeed:     (*checker).checkFeed,
	kindPost:     (*checker).checkPost,
	kindToken:    (*checker).checkToken,
	kindTokenID:  (*checker).checkTokenID,
	kindRecord:   (*checker).checkRecord,
	kindMeta:     (*checker).checkMeta,

	kindAct:        (*checker).checkAct,
	kindVerdict:    (*checker).checkVerdict,
	kindReport:     (*checker).checkReport,
	kindShopReport: (*checker).checkShopReport,
	kindDecision:   (*checker).checkDecision,
	kindDelta:      (*checker).checkDelta,
	kindBuyerAlert: (*checker).checkBuyerAlert,
	kindAttack:     (*checker).checkAttack,
	kindNews:       (*checker).checkNews,
	kindCursor:     (*checker).checkCursor,
}

func (c *checker) run() error {
	o := badger.DefaultIteratorOptions
	o.PrefetchSize = 16
	it := c.txn.NewIterator(o)
	defer it.Close()
	n := 0
	for it.Rewind(); it.Valid(); it.Next() {
		if n%1024 == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		c.checkItem(it.Item())
		n++
	}
	c.endSteps()
	c.endJournal()
	c.endPapers()
	if n == 0 {
		return nil // a crash came before the first commit
	}
	if !c.has(idKey) {
		c.fault("the store has no id: no copy can be made to go on from another")
	}
	at := c.lookUp(layoutKey)
	if c.store.mirror != nil && at == oldestRead {
		at = layout // the next start brings it there
	} else if !c.has(journalIDKey) {
		c.fault("the journal has no name: what is of another store, and lies beside it, is not told from its own")
	}
	if at != layout {
		c.fault("the data folder's layout is said to be %d, not %d", at, layout)
	}
	if c.tokens != c.tokenIDs {
		c.fault("there are %d tokens and %d ids of tokens", c.tokens, c.tokenIDs)
	}
	return nil
}

// checkItem looks at one key and its value.
func (c *checker) checkItem(item *badger.Item) {
	key := item.Key()
	check := checks[key[0]]
	if check == nil {
		c.fault("key %s is of no known kind", printable(key))
		return
	}
	if !wellFormed(key) {
		c.fault("key %s is cut short", printable(key))
		return
	}
	if err := valueOf(item, func(v []byte) error { check(c, item, v); return nil }); err != nil {
		c.fault("%v", err)
		if key[0] == kindRecord {
			c.follow(seqOf(key)) // it is there, and no gap
		}
	}
}

// wellFormed says whether a key can be taken apart.
func wellFormed(key []byte) bool {
	shopped := func(rest int) bool { return len(key) >= 2 && len(key) >= 2+int(key[1])+rest }
	switch key[0] {
	case kindAlert:
		return shopped(1)
	case kindChange:
		return shopped(8) && len(key) == 2+int(key[1])+8
	case kindHead:
		return shopped(0) && len(key) == 2+int(key[1])
	case kindTimeline:
		return shopped(1) && len(key) == 2+int(key[1])+1+int(key[2+key[1]])+4
	case kindVerdict:
		return shopped(1) && len(key) == 2+int(key[1])+1+int(key[2+key[1]])+4
	case kindAttack:
		return shopped(1) && len(key) > 2+int(key[1])+1+int(key[2+key[1]])
	case kindShopReport, kindBuyerAlert, kindNews:
		return shopped(8) && len(key) == 2+int(key[1])+8
	case kindCursor:
		return shopped(0) && (len(key) == 2+int(key[1]) || len(key) == 2+int(key[1])+1+int(key[2+key[1]]))
	case kindDelta:
		return shopped(12) && len(key) == 2+int(key[1])+12
	case kindToken:
		return len(key) == 1+32
	case kindRecord, kindAct, kindDecision:
		return len(key) == 1+8
	}
	return true
}

// printable is a key for people.
func printable(key []byte) string {
	return fmt.Sprintf("%q (%s)", key, hex.EncodeToString(key))
}

// lookUp reads the number under a key, 0 when there is none.
func (c *checker) lookUp(key []byte) uint64 {
	n, err := getSeq(c.txn, key)
	if err != nil {
		c.fault("key %s: %v", printable(key), err)
	}
	return n
}

// has says whether there is a key.
func (c *checker) has(key []byte) bool {
	_, err := c.txn.Get(key)
	if err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
		c.fault("key %s cannot be looked up: %v", printable(key), err)
	}
	return err == nil
}

func (c *checker) checkMeta(item *badger.Item, value []byte) {
	key := string(item.Key())
	if slices.ContainsFunc(counted, func(kind byte) bool { return key == string(countKey(kind)) }) {
		c.lookUp(item.Key())
		return
	}
	switch key {
	case string(seqKey), string(positionKey), string(layoutKey), string(copiedKey), string(undatedKey), string(apartKey), string(journalIDKey), string(ranKey):
		c.lookUp(item.Key())
	case string(idKey):
		if len(value) != 16 {
			c.fault("the store's id has %d bytes instead of 16", len(value))
		}
	default:
		c.fault("key %q is of no known kind", key)
	}
}

func (c *checker) checkToken(item *badger.Item, value []byte) {
	c.tokens++
	var t Token
	if err := json.Unmarshal(value, &t); err != nil {
		c.fault("the token with hash %x cannot be decoded: %v", item.Key()[1:], err)
		return
	}
	id, err := c.txn.Get(tokenIDKey(t.ID))
	if err != nil {
		c.fault("token %q cannot be found by its id, so it cannot be revoked: %v", t.ID, err)
		return
	}
	if hash, err := id.ValueCopy(nil); err != nil || string(hash) != string(item.Key()[1:]) {
		c.fault("the id of token %q leads to another token", t.ID)
	}
}

func (c *checker) checkTokenID(item *badger.Item, value []byte) {
	c.tokenIDs++
	if len(value) != 32 || !c.has(tokenKey([32]byte(value))) {
		c.fault("the id %q leads to no token", item.Key()[1:])
	}
}
