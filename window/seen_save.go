package window

import (
	"maps"
	"slices"
)

// Save writes which ids came.
func (s *Seen) Save(e *Encoder) {
	for i := range s.shards {
		s.shards[i].save(e)
	}
}

// Load reads what Save wrote into an empty Seen.
func (s *Seen) Load(d *Decoder) {
	for i := range s.shards {
		if s.shards[i].load(d); !d.OK() {
			return
		}
	}
}

// save writes the ids without the empty places, as index does.
func (s *seenShard) save(e *Encoder) {
	e.Int(s.used)
	var some [512]uint64
	n, swept := 0, 0
	for i, w := range s.ids {
		if w == 0 {
			continue
		}
		if some[n], n = w, n+1; n == len(some) {
			e.raw(memory(some[:]))
			n = 0
		}
		if i < s.cursor {
			swept++
		}
	}
	e.raw(memory(some[:n]))
	if swept == s.used {
		swept = 0 // what is left are empty places
	}
	e.Int(homesFor(s.homes, s.used))
	e.Int(swept)
	e.Int(s.owed)
	e.Int64(s.began)
	e.Int64(s.round)
	e.Int64(s.now)
	e.Int(len(s.ahead))
	for _, k := range slices.Sorted(maps.Keys(s.ahead)) {
		e.Uint64(k)
		e.Int64(s.ahead[k])
	}
}

func (s *seenShard) load(d *Decoder) {
	ids := Get[uint64](d)
	for i, w := range ids {
		d.Check(w&tagMask != 0 && (i == 0 || w&^tagMask > ids[i-1]&^tagMask), "an id")
		if !d.OK() {
			return
		}
	}
	homes := homesFor(d.Len(), len(ids))
	s.cursor, s.owed = d.Int(len(ids)), d.Len()
	s.began, s.round, s.now = d.Int64(), d.Int64(), d.Int64()
	s.tag = hourTag(s.now)
	n := d.Len()
	for i := 0; i < n && d.OK(); i++ {
		if s.ahead == nil {
			s.ahead = map[uint64]int64{}
		}
		k := d.Uint64()
		s.ahead[k] = d.Int64()
	}
	if !d.OK() {
		return
	}
	if s.ids, s.used = ids, len(ids); s.used > 0 {
		s.resize(homes)
	}
}
