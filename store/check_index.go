package store

// checkedIndex is what a check knows of the index of orders.
type checkedIndex struct {
	orderOf func([]byte) string // nil: there is none, or it is harmed
	pending map[entry]bool
	from    uint64 // the records from here to built are pending
	built   uint64
}

// mendIndex is what to do about a fault of the index, which has nothing that the journal has not.
const mendIndex = toMend + "remove the folder " + indexDir + " in the data folder while nothing has it open: a start makes it again"

// checkSegments reads the files of the index.
func (c *checker) checkSegments() {
	x := &c.store.index
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, seg := range x.segments {
		if err := seg.verify(); err != nil {
			c.fault("the index of orders is harmed: %v%s", err, mendIndex)
			return
		}
	}
	if c.store.opts.Orders == nil {
		return
	}
	c.index = checkedIndex{orderOf: c.store.opts.Orders(), pending: map[entry]bool{}, from: x.from, built: x.built}
	for _, e := range x.pending {
		c.index.pending[e] = true
	}
}

// checkIndexed looks up the order that a record names last.
func (c *checker) checkIndexed(n uint64, raw []byte) {
	if c.index.orderOf == nil || n > c.index.built {
		return
	}
	var order []byte // a copy: the next line may take the place of the last one's in memory
	for line := range lines(raw) {
		if o := c.index.orderOf(line); o != "" {
			order = append(order[:0], o...)
		}
	}
	if len(order) == 0 {
		return
	}
	leads := c.index.pending[entry{hashOf(string(order)), n}]
	if n < c.index.from {
		var err error
		if leads, err = c.store.index.leads(hashOf(string(order)), n); err != nil {
			c.fault("the index of orders cannot be read: %v%s", err, mendIndex)
			c.index.orderOf = nil
			return
		}
	}
	if first, _, _ := c.store.Journal(); !leads && n >= first {
		c.fault("the index does not lead from order %q to record %d of the journal%s", order, n, mendIndex)
	}
}

// leads says whether the segment of a record leads from an order to it.
func (x *index) leads(hash, record uint64) (bool, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, seg := range x.segments {
		if record < seg.first || record > seg.last {
			continue
		}
		found, err := seg.find(hash, nil)
		for _, n := range found {
			if n == record {
				return true, nil
			}
		}
		return false, err
	}
	return false, nil
}
