package window

// save writes the keys of an index, without its empty slots: where they stand
// follows from their order and the number of homes.
func (x *index) save(e *Encoder) {
	e.Int(x.used)
	var some [256]slot
	n, swept := 0, 0 // swept is how many slots the sweep has behind it
	for i := range x.slots {
		if x.slots[i].key == 0 {
			continue
		}
		if some[n], n = x.slots[i], n+1; n == len(some) {
			e.raw(memory(some[:]))
			n = 0
		}
		if i < x.cursor {
			swept++
		}
	}
	e.raw(memory(some[:n]))
	if swept == x.used {
		swept = 0 // what is left are empty places
	}
	e.Int(homesFor(x.homes, x.used))
	e.Int(swept)
	e.Int(x.owed)
	e.Int64(x.epoch)
}

// loadIndex reads what save wrote; good says whether a slot is one that this
// index may have.
func loadIndex(d *Decoder, good func(*slot) bool) (x index) {
	slots := Get[slot](d)
	last := uint64(0)
	for i := range slots {
		k := slots[i].key &^ tagMask
		d.Check(slots[i].tag() != 0 && (i == 0 || k > last) && good(&slots[i]), "a slot")
		last = k
		if !d.OK() {
			return index{}
		}
	}
	x = index{slots: slots, used: len(slots)}
	homes := homesFor(d.Len(), x.used)
	x.cursor = d.Int(x.used)
	x.owed = d.Len()
	x.epoch = d.Int64()
	if !d.OK() || x.used == 0 {
		return index{owed: x.owed, epoch: x.epoch}
	}
	x.resize(homes)
	return x
}

// homesFor returns how many homes so many keys get that had a number of them: the
// same, unless that does not make sense.
func homesFor(had, used int) int {
	if used == 0 {
		return 0
	}
	return min(max(had, minSlots, used+used/5), 8*used+8*minSlots)
}

// loadLent reads an index whose slots refer to places below next, each to its
// own and to none that is free.
func loadLent(d *Decoder, next uint32, free ...[]uint32) index {
	if !d.OK() {
		return index{}
	}
	once := newOnlyOnce(next)
	for _, list := range free {
		once.takeAll(d, list, next)
	}
	return loadIndex(d, func(s *slot) bool { return s.tag() == 1 && s.ref < next && once.take(s.ref) })
}

// onlyOnce is a set of numbers that are used.
type onlyOnce []uint64

func newOnlyOnce(n uint32) onlyOnce { return make(onlyOnce, (uint64(n)+63)/64) }

// take uses a number; it returns false if it was used before.
func (o onlyOnce) take(n uint32) bool {
	word, bit := &o[n/64], uint64(1)<<(n%64)
	fresh := *word&bit == 0
	*word |= bit
	return fresh
}

// takeAll uses numbers below next and fails if one of them was used before.
func (o onlyOnce) takeAll(d *Decoder, list []uint32, next uint32) {
	for _, n := range list {
		d.Check(n < next && o.take(n), "a place that is free")
		if !d.OK() {
			return
		}
	}
}
