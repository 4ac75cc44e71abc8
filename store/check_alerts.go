package store

import (
	"encoding/binary"
	"encoding/json"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// steps is what a walk over the timelines remembers. Each change of an alert
// has a step there, so the steps of all alerts together have each seq once.
type steps struct {
	shop, id string
	revision uint32 // of the step before, of the same alert
	last     uint64 // its seq
	seen     []uint64
	count    uint64
	highest  uint64
}

// maxSeqs bounds the memory of a check, to a bit for each seq.
const maxSeqs = 8 << 30

// cut takes the shop off a key, and returns what follows it.
func cut(key []byte) (shop string, rest []byte) {
	n := int(key[1])
	return string(key[2 : 2+n]), key[2+n:]
}

func (c *checker) checkAlert(item *badger.Item, _ []byte) {
	shop, id := cut(item.Key())
	seq := c.lookUp(item.Key())
	if !c.has(changeKey(shop, seq)) {
		c.fault("alert %q of shop %q: its change %d is missing", id, shop, seq)
	}
}

func (c *checker) checkChange(item *badger.Item, value []byte) {
	shop, rest := cut(item.Key())
	seq := binary.BigEndian.Uint64(rest)
	var a orderguard.Alert
	if err := json.Unmarshal(value, &a); err != nil {
		c.fault("change %d of shop %q cannot be decoded: %v", seq, shop, err)
		return
	}
	if a.Seq != seq {
		c.fault("change %d of shop %q says that it is change %d", seq, shop, a.Seq)
	}
	if id := c.store.opts.AlertID; id != nil && a.Order != "" && a.ID != id(a.Order, a.Scenario) {
		c.fault("change %d of shop %q: alert %q is said to be of order %q, whose id under %s is another", seq, shop, a.ID, a.Order, a.Scenario)
	}
	if metaOf(&a) != item.UserMeta() {
		c.fault("change %d of shop %q: a filter by status or scenario takes it for another one", seq, shop)
	}
	if at := c.lookUp(alertKey(shop, a.ID)); at != seq {
		c.fault("change %d of shop %q is of alert %q, whose latest change is %d", seq, shop, a.ID, at)
	}
	if validName(a.Buyer) {
		c.papers.ofBuyers++
	}
	if validName(a.Attack) && !c.has(attackKey(shop, a.Attack, a.ID)) {
		c.fault("alert %q of shop %q cannot be found by its attack %q", a.ID, shop, a.Attack)
	}
	if v := a.Verdict; v != nil && !c.has(verdictKey(shop, a.ID, v.Number)) {
		c.fault("alert %q of shop %q: the verdict %d that it shows is missing", a.ID, shop, v.Number)
	}
	if !c.has(timelineKey(shop, a.ID, a.Revision)) {
		c.fault("alert %q of shop %q: its timeline lacks revision %d", a.ID, shop, a.Revision)
	}
	if head := c.lookUp(headKey(shop)); seq > head {
		c.fault("shop %q: its change %d is after its head %d, so polls miss it", shop, seq, head)
	}
}

func (c *checker) checkHead(item *badger.Item, _ []byte) {
	shop, _ := cut(item.Key())
	if head := c.lookUp(item.Key()); !c.has(changeKey(shop, head)) {
		c.fault("shop %q: the change %d of its head is missing", shop, head)
	}
}

func (c *checker) checkStep(item *badger.Item, value []byte) {
	shop, rest := cut(item.Key())
	n := int(rest[0])
	id, revision := string(rest[1:1+n]), binary.BigEndian.Uint32(rest[1+n:])
	st := &c.steps
	if shop != st.shop || id != st.id {
		c.endTimeline()
		st.shop, st.id, st.revision, st.last = shop, id, 0, 0
	}
	var e Entry
	if err := json.Unmarshal(value, &e); err != nil {
		c.fault("alert %q of shop %q: step %d of its timeline cannot be decoded: %v", id, shop, revision, err)
		return
	}
	if revision != st.revision+1 || e.Revision != int(revision) {
		c.fault("alert %q of shop %q: its timeline goes from revision %d to %d, which says it is %d", id, shop, st.revision, revision, e.Revision)
	}
	if e.Seq <= st.last {
		c.fault("alert %q of shop %q: its timeline goes from change %d to %d", id, shop, st.last, e.Seq)
	}
	st.revision, st.last = revision, e.Seq
	c.see(e.Seq)
}

// see marks a seq as given to a change.
func (c *checker) see(seq uint64) {
	st := &c.steps
	st.count++
	st.highest = max(st.highest, seq)
	if seq >= maxSeqs {
		return
	}
	for uint64(len(st.seen)) <= seq/64 {
		st.seen = append(st.seen, 0)
	}
	if st.seen[seq/64]>>(seq%64)&1 == 1 {
		c.fault("two changes have the number %d", seq)
	}
	st.seen[seq/64] |= 1 << (seq % 64)
}

// endTimeline ends a walk over one alert's timeline.
func (c *checker) endTimeline() {
	st := &c.steps
	if st.last == 0 {
		return
	}
	if at := c.lookUp(alertKey(st.shop, st.id)); at != st.last {
		c.fault("alert %q of shop %q: its timeline ends with change %d, its latest is %d", st.id, st.shop, st.last, at)
	}
}

func (c *checker) endSteps() {
	c.endTimeline()
	seq := c.lookUp(seqKey)
	if c.steps.highest > seq {
		c.fault("a change has the number %d, the last one given out is said to be %d", c.steps.highest, seq)
	}
	if c.steps.count != seq {
		c.fault("%d changes were given a number, but timelines name %d", seq, c.steps.count)
	}
}
