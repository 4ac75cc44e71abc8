package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// plan is a rule set compiled to columns and comparisons.
type plan struct {
	rules     []compiled
	starters  []starter
	selectors []Selector
	// kinds say what is to be prepared of the events of a kind, and again, by rule, of
	// those that it looks at again.
	kinds [orderguard.Kinds]prepared
	again [][]look
	// several lists the tables that have several rows an event.
	several []int
	// gated say who may judge an event of a kind.
	gated  [orderguard.Kinds]kindGates
	fields []Field // whose hashes are needed
	keys   []key
	tables []table
	// adoptions are how tables became others than those that the rules alone make.
	adoptions []adoption
	// counted lists the fields whose values need dense numbers.
	counted []counted
	// orders is nil unless a condition needs to know them.
	orders *orderBook
	// accounts is nil unless a condition asks for an identifier that accounts declare.
	accounts *accountBook
	// linked is set if references lead to the records of orders, and lone if they
	// lead to the hashes of buyers.
	linked, lone bool
	// links is nil unless a condition asks by cluster.
	links       *links
	sweeps      []*sweep
	populations []*population
	surprises   []*surprise
	// keep is how long the longest-remembering table remembers.
	keep orderguard.Millis
	// leastKeep is how long the shortest-remembering table does.
	leastKeep orderguard.Millis
}

// key is a set of fields under which tables keep events: a column of hashes.
type key struct {
	by []int // indices into plan.fields
}

// counted is a field whose different values are counted.
type counted struct {
	field   int // index into plan.fields
	keep    int64
	numbers *window.Numbers
}

// table is a window table and what it takes in.
type table struct {
	*window.Table
	pending *window.Columns // in the view of a Screener: the rows of the order that has not come

	name    string // for people: "count order.created by buyer,shop"
	key     int    // index into plan.keys
	take    int    // the selector of events that are added
	asked   []int  // the selectors of events at which it is read
	values  window.Values
	value   Field // kept with each event
	counted int   // index into plan.counted, for DenseValues
	views   []window.View
	askers  int // how many conditions ask the table who took part
	// stride is how many rows an event has, see rows.go; list is the list field
	// of the key, if it has one, and state is not 0 in a table by states.
	stride int
	list   Field
	state  State
	hold   int64 // for how long, at least, events are to be kept, in ms
	swept  bool  // sweeps go over it
	rows   int   // that it had something to do with in the last batch
	// fingerprinted are, of a table by states, the words of records of which its values
	// have a fingerprint.
	fingerprinted []int
}

// compiled is a rule as the engine evaluates it.
type compiled struct {
	*Rule
	// slot is the rule's number for life: it stays when others are added or
	// removed while the engine runs.
	slot       int
	on         int
	conditions []threshold // those of All, then those of Any, then those of Given
	gate       gate        // of All
	course     []step      // in which it is judged
}

// threshold is a condition: a column and the bounds of its values.
type threshold struct {
	*Condition
	table, view, asker int
	// lazy is set for what is measured only where all else holds.
	lazy bool
	// by are, of a lazy condition, the fields of its key, as indices into
	// plan.fields; by cluster, that of the buyer is the first.
	by []int
	// records is set if a lazy condition asks the records of orders, with the
	// bounds of the age of their accounts and the word that it measures, 0 for
	// none.
	records      bool
	ageLo, ageHi int64
	wait         int // where a record says how long after its creation the order was paid, for PaidAfter
	word         int
	// payers is, of a condition with Lone, the table of paid orders by buyer.
	payers int
	// over and overView, and population, are those of a Rate.
	over, overView, population int
	// surprise is that of a Surprise.
	surprise int
	// buyer and shop are those of a Lockstep.
	buyer, shop linkField
	// sweep and ask say where a sweep puts what it measures.
	sweep, ask int
	// most is, of a condition that a sweep measures, the view that says there are no more
	// orders than that; noView is none.
	most int
}

// newPlan compiles the rules. The slack is for how long, at most, a table
// remembers events beyond its longest window.
func newPlan(rules *RuleSet, slack orderguard.Millis) *plan {
	p := compile(rules)
	p.build(slack)
	return p
}

// compile makes a plan whose tables are not built yet.
func compile(rules *RuleSet) *plan {
	p := &plan{}
	for i := range rules.Rules {
		r := &rules.Rules[i]
		c := compiled{Rule: r, on: p.trigger(r)}
		c.conditions = make([]threshold, r.Conditions())
		p.rules = append(p.rules, c)
		if r.After > 0 {
			p.starters = append(p.starters, starter{Rule: r, rule: i, on: p.selector(&r.On), first: make([]threshold, len(r.First))})
		}
	}
	// What is measured only now and then asks the tables of what is measured always.
	for _, lazy := range []bool{false, true} {
		for i := range p.rules {
			c := &p.rules[i]
			p.thresholds(c.conditions, c.Condition, len(c.All), c.on, rules.Links, lazy)
		}
		for i := range p.starters {
			w := &p.starters[i]
			p.thresholds(w.first, func(j int) *Condition { return &w.First[j] }, len(w.First), w.on, rules.Links, lazy)
		}
	}
	for i := range p.rules {
		p.rules[i].course = p.rules[i].steps()
	}
	p.carryBuyerSince(rules)
	p.standIns()
	p.words()
	return p
}

// build makes the tables that the plan has not taken over from a former one.
func (p *plan) build(slack orderguard.Millis) {
	for i := range p.tables {
		t := &p.tables[i]
		if t.Table == nil {
			t.Table = window.NewTable(t.views, t.values, t.slack(int64(slack)))
		}
		p.keep = max(p.keep, orderguard.Millis(t.Keep()))
		if i == 0 {
			p.leastKeep = p.keep
		}
		p.leastKeep = min(p.leastKeep, orderguard.Millis(t.Keep()))
		if t.values == window.DenseValues && t.state == 0 {
			c := &p.counted[t.counted]
			c.keep = max(c.keep, t.Keep())
		}
	}
	for i := range p.counted {
		c := &p.counted[i]
		if c.numbers == nil {
			c.numbers = window.NewNumbers(c.keep)
		}
		c.numbers.Remember(c.keep)
	}
	p.gates()
	p.sortByKind()
	if o := p.orders; o != nil && o.Book == nil {
		o.Book = window.NewBook(p.orderKeep(), o.words())
	}
	if a := p.accounts; a != nil && a.Book == nil {
		a.Book = window.NewBook(accountKeep+millisPerDay, a.words())
	}
}

// orderKeep is for how long, in ms, the records of orders are kept: they must
// outlive all that refers to them.
func (p *plan) orderKeep() int64 { return max(p.orders.keep, int64(p.keep)) }

// slack is for how long a table remembers events beyond its longest view, with
// what slackFor gives.
func (t *table) slack(most int64) int64 {
	longest := window.Longest(t.views)
	whole := max(longest, t.hold)
	return whole - longest + slackFor(whole, most)
}

// carriedKeep is for how long the creation of an order is remembered for its later
// events, beside what tables need.
const carriedKeep = 45 * millisPerDay

// carryBuyerSince makes the engine tell later events of an order when its buyer was
// registered, if a rule asks them for it.
func (p *plan) carryBuyerSince(rules *RuleSet) {
	var carriedTo KindSet
	for i := range p.selectors {
		for _, f := range p.selectors[i].Where {
			if f.Field == FieldBuyerAge {
				carriedTo |= p.selectors[i].Kinds
			}
		}
	}
	for i := range rules.Rules {
		r := &rules.Rules[i]
		if r.Expr != nil && r.Expr.reads(FieldBuyerAge) {
			carriedTo |= r.On.Kinds
		}
	}
	if carriedTo = carriedTo & withOrder &^ created; carriedTo != 0 {
		p.ordersFor(carriedKeep).carriedTo |= carriedTo
	}
	p.carryFields(rules)
}

// slackFor returns how long a table remembers beyond its longest window, so
// that late events are judged by what stood around them: as long again, at
// least 10 minutes and at most the given slack.
func slackFor(longest, slack int64) int64 {
	return min(max(longest, 10*60_000), slack)
}

// selector returns the number of a selector, the same for equal ones.
func (p *plan) selector(s *Selector) int {
	k := s.Key()
	for i := range p.selectors {
		if !p.selectors[i].timed && p.selectors[i].Key() == k {
			return i
		}
	}
	p.selectors = append(p.selectors, *s)
	return len(p.selectors) - 1
}

// trigger returns the number of the selector of the events at which a rule
// judges. That of a rule with After is its own: it picks nothing but the copies
// that timers put among the events.
func (p *plan) trigger(r *Rule) int {
	if r.After == 0 {
		return p.selector(&r.On)
	}
	p.selectors = append(p.selectors, Selector{Kinds: r.On.Kinds, timed: true})
	return len(p.selectors) - 1
}

// field returns the number of a field's column of hashes.
func (p *plan) field(f Field) int {
	if i := slices.Index(p.fields, f); i >= 0 {
		return i
	}
	p.fields = append(p.fields, f)
	n := len(p.fields) - 1
	if f.declared() != 0 {
		if p.accounts == nil {
			p.accounts = &accountBook{}
		}
		p.accounts.fields = append(p.accounts.fields, n)
	}
	return n
}

// keyOf returns the number of the column of keys for a set of fields.
func (p *plan) keyOf(by []Field) int {
	var fields []int
	for _, f := range by {
		if !f.isList() {
			fields = append(fields, p.field(f))
		}
	}
	for i := range p.keys {
		if slices.Equal(p.keys[i].by, fields) {
			return i
		}
	}
	p.keys = append(p.keys, key{by: fields})
	return len(p.keys) - 1
}

// table returns the number of a table that can answer a condition.
func (p *plan) table(c *Condition) int {
	key, take := p.keyOf(c.By), p.selector(&c.Of)
	if c.State != 0 {
		return p.stateTable(c, key, take)
	}
	values, counts := window.NoValues, 0
	switch c.Measure {
	case Sum:
		values = window.WideValues
	case Distinct:
		values, counts = window.DenseValues, p.countedOf(c.Value)
	}
	list := listIn(c.By)
	for i := range p.tables {
		t := &p.tables[i]
		if t.key != key || t.take != take || t.list != list || t.state != 0 {
			continue
		}
		switch {
		case c.Measure == Count || t.values == values && t.value == c.Value:
			return i
		case t.values == window.NoValues:
			// A table that only counts can keep the values as well.
			t.values, t.value, t.counted = values, c.Value, counts
			return i
		}
	}
	p.tables = append(p.tables, table{
		name: tableName(c), key: key, take: take, values: values, value: c.Value, counted: counts, stride: 1, list: list,
	})
	if list != 0 {
		p.tables[len(p.tables)-1].stride = listRows
	}
	return len(p.tables) - 1
}

// stateTable returns the number of a table that counts orders by their states.
func (p *plan) stateTable(c *Condition, key, take int) int {
	for i := range p.tables {
		if t := &p.tables[i]; t.key == key && t.take == take && t.state != 0 {
			p.ordersFor(int64(c.Within))
			return i
		}
	}
	p.linked = true
	n := len(p.tables)
	p.tables = append(p.tables, table{
		name: "states of " + tableName(c), key: key, take: take, values: window.DenseValues, stride: stateRows, state: c.State,
	})
	o := p.ordersFor(int64(c.Within))
	o.kinds |= stateEvents
	o.tables = append(o.tables, n)
	for _, f := range p.keys[key].by {
		o.addField(p, p.fields[f])
	}
	return n
}

// listIn returns the list field among those of a key; 0 is none.
func listIn(by []Field) Field {
	for _, f := range by {
		if f.isList() {
			return f
		}
	}
	return 0
}

// ask makes the events that the selector on picks read a table.
func (p *plan) ask(table, on int) {
	t := &p.tables[table]
	if !slices.Contains(t.asked, on) {
		t.asked = append(t.asked, on)
	}
}

// countedOf returns the number of a field whose values get dense numbers.
func (p *plan) countedOf(f Field) int {
	n := p.field(f)
	for i := range p.counted {
		if p.counted[i].field == n {
			return i
		}
	}
	p.counted = append(p.counted, counted{field: n})
	return len(p.counted) - 1
}
