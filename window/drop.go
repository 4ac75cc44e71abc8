package window

// Drop lets go of the keys whose newest event lies in a second before that of a
// time, with all of their events, the late ones too, and gives back the memory
// that has become free. It must not run beside Run.
//
// Which keys go depends on their events alone, but for those that no question
// could see any more: of these more or fewer may have gone by themselves. With a
// time of clock-Keep or before it changes no answer.
func (t *Table) Drop(before int64) (keys, events int) {
	for i := range t.shards {
		s := &t.shards[i]
		keys += s.index.drop(before, func(sl *slot) {
			events += s.eventsOf(sl)
			s.release(sl)
		})
		t.pack(s)
	}
	if t.late != nil {
		k, n := t.late.table.Drop(before)
		keys, events = keys+k, events+n
	}
	return keys, events
}

// eventsOf returns how many events a slot holds.
func (s *shard) eventsOf(sl *slot) int {
	switch tag := sl.tag(); {
	case tag >= singles:
		return 1
	case tag == isLog:
		l := s.logs[sl.ref]
		return len(l.events) - l.head
	default:
		_, n := shape(tag)
		return n
	}
}

// drop removes the slots whose newest event lies in a second before that of a
// time, makes the index as small as what is left, and returns how many went.
func (x *index) drop(before int64, free func(*slot)) int {
	old, was := second(before), x.used
	kept := make([]slot, 0, x.used)
	for i := range x.slots {
		sl := &x.slots[i]
		switch {
		case sl.key == 0:
		case sl.newest(x.epoch) < old:
			free(sl)
		default:
			kept = append(kept, *sl)
		}
	}
	homes := min(x.homes, max(minSlots, len(kept)+len(kept)/2))
	x.slots, x.homes, x.used, x.cursor = nil, 0, len(kept), 0
	if len(kept) > 0 {
		x.slots = kept
		x.resize(homes)
	}
	return was - len(kept)
}

// newest returns the second of a slot's newest event.
func (s *slot) newest(epoch int64) uint32 {
	if s.tag() >= singles {
		return second(s.single(epoch).at)
	}
	return s.base
}

// pack moves the rows and logs of a shard together, so that no memory is kept
// for those that are gone.
func (t *Table) pack(s *shard) {
	var now slabs
	logs := make([]*eventLog, 0, len(s.logs)-len(s.free))
	for i := range s.index.slots {
		sl := &s.index.slots[i]
		switch tag := sl.tag(); {
		case tag == 0 || tag >= singles:
		case tag == isLog:
			logs = append(logs, s.logs[sl.ref])
			sl.ref = uint32(len(logs) - 1)
		default:
			c, _ := shape(tag)
			n := now.alloc(c, t.words)
			copy(now.row(c, n, t.words), s.slabs.row(c, sl.ref, t.words))
			sl.ref = n
		}
	}
	s.slabs, s.logs, s.free = now, logs, nil
}

// Drop lets go of the keys whose newest event lies in a second before that of a
// time, with what was learned of them, as Table does.
func (n *Normal) Drop(before int64) (keys int) {
	for i := range n.shards {
		s := &n.shards[i]
		keys += s.index.drop(before, func(*slot) {})
		now := normalShard{index: s.index, crowd: s.crowd}
		for j := range now.index.slots {
			if sl := &now.index.slots[j]; sl.key != 0 {
				row := s.row(sl.ref)
				sl.ref = now.take()
				*now.row(sl.ref) = *row
			}
		}
		*s = now
	}
	return keys
}
