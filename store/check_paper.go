package store

import (
	"encoding/binary"
	"encoding/json"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// checkedPapers is what a walk over the papers of casework remembers.
type checkedPapers struct {
	reports, listed int
	ofBuyers, links int             // alerts that have a buyer, and those that are found by one
	count           map[byte]uint64 // of those that are counted, by kind
	lastDecision    uint64
	verdict         orderguard.Verdict // the one before
}

// count counts a paper by its kind.
func (c *checker) count(item *badger.Item) {
	if c.papers.count == nil {
		c.papers.count = map[byte]uint64{}
	}
	c.papers.count[item.Key()[0]]++
}

func (c *checker) checkAct(item *badger.Item, value []byte) {
	c.count(item)
	place := seqOf(item.Key())
	if !json.Valid(value) {
		c.fault("act %d is no JSON", place)
	}
	if at := c.lookUp(positionKey); PlaceRecord(place) > at {
		c.fault("act %d is of record %d, but what came of the journal is here up to record %d", place, PlaceRecord(place), at)
	}
}

// checkVerdict looks at the verdicts of an alert, which come one after another:
// the last is what the alert shows.
func (c *checker) checkVerdict(item *badger.Item, value []byte) {
	shop, rest := cut(item.Key())
	id, number := string(rest[1:1+rest[0]]), int(binary.BigEndian.Uint32(rest[1+rest[0]:]))
	var v orderguard.Verdict
	if err := json.Unmarshal(value, &v); err != nil {
		c.fault("alert %q of shop %q: verdict %d cannot be decoded: %v", id, shop, number, err)
		return
	}
	v.Shop, v.Alert = shop, id
	p := &c.papers
	if p.verdict.Shop != shop || p.verdict.Alert != id {
		c.endVerdicts()
		p.verdict = orderguard.Verdict{}
	}
	if v.Number != number || p.verdict.Number != 0 && (number != p.verdict.Number+1 || v.Was != p.verdict.Answer) {
		c.fault("alert %q of shop %q: its verdicts go from %d (%s) to %d, which says it is %d and comes after %q", id, shop, p.verdict.Number, p.verdict.Answer, number, v.Number, v.Was)
	}
	p.verdict = v
}

// endVerdicts holds an alert's last verdict against what the alert shows.
func (c *checker) endVerdicts() {
	v := &c.papers.verdict
	if v.Number == 0 || c.lookUp(alertKey(v.Shop, v.Alert)) == 0 {
		return
	}
	a, err := alertOf(c.txn, v.Shop, v.Alert)
	if err != nil {
		return // told where the alert is looked at
	}
	if a.Status != v.Answer.Status() {
		c.fault("alert %q of shop %q is %s, but its last verdict is %s", v.Alert, v.Shop, a.Status, v.Answer)
	}
}

func (c *checker) checkReport(item *badger.Item, value []byte) {
	c.papers.reports++
	id := string(item.Key()[1:])
	var r orderguard.Report
	if err := json.Unmarshal(value, &r); err != nil {
		c.fault("report %q cannot be decoded: %v", id, err)
	} else if r.ID != id {
		c.fault("report %q says that it is %q", id, r.ID)
	}
}

func (c *checker) checkShopReport(item *badger.Item, value []byte) {
	c.papers.listed++
	shop, _ := cut(item.Key())
	if !c.has(reportKey(string(value))) {
		c.fault("report %q is in the list of shop %q, and missing", value, shop)
	}
}

func (c *checker) checkDecision(item *badger.Item, value []byte) {
	p := &c.papers
	seq := seqOf(item.Key())
	c.count(item)
	p.lastDecision = seq
	var d orderguard.Decision
	if err := json.Unmarshal(value, &d); err != nil {
		c.fault("decision %d cannot be decoded: %v", seq, err)
	} else if d.Seq != seq {
		c.fault("decision %d says that it is %d", seq, d.Seq)
	}
}

func (c *checker) checkDelta(item *badger.Item, value []byte) {
	c.count(item)
	shop, rest := cut(item.Key())
	var d orderguard.Delta
	if err := json.Unmarshal(value, &d); err != nil {
		c.fault("a delta of shop %q cannot be decoded: %v", shop, err)
		return
	}
	if day := orderguard.Day(int32(binary.BigEndian.Uint32(rest) ^ 1<<31)); d.Day != day {
		c.fault("a delta of shop %q is kept under %s, and says it is of %s", shop, day, d.Day)
	}
}

func (c *checker) checkBuyerAlert(item *badger.Item, value []byte) {
	c.papers.links++
	buyer, _ := cut(item.Key())
	if len(value) < 2 || len(value) < 2+int(value[1]) || !c.has(value) {
		c.fault("buyer %q: an alert is missing", buyer)
	}
}

func (c *checker) checkAttack(item *badger.Item, value []byte) {
	shop, rest := cut(item.Key())
	if len(value) != 1 {
		c.fault("attack %q at shop %q is damaged", rest[1:1+rest[0]], shop)
	}
	if id := string(rest[1+rest[0]:]); !c.has(alertKey(shop, id)) {
		c.fault("attack %q at shop %q: its alert %q is missing", rest[1:1+rest[0]], shop, id)
	}
}

func (c *checker) endPapers() {
	p := &c.papers
	c.endVerdicts()
	if p.ofBuyers != p.links {
		c.fault("%d alerts have a buyer, but %d are found by one", p.ofBuyers, p.links)
	}
	if p.reports != p.listed {
		c.fault("there are %d reports, and %d in the lists of shops", p.reports, p.listed)
	}
	if n := p.count[kindDecision]; n != p.lastDecision {
		c.fault("the last decision is %d, but there are %d", p.lastDecision, n)
	}
	for _, kind := range counted {
		if is, want := p.count[kind], c.lookUp(countKey(kind)); is != want {
			c.fault("there are %d papers of kind %q, but there should be %d", is, kind, want)
		}
	}
}
