package window

// seenShard is a set in the manner of index: words of a key and, as its tag, the
// hour of its event, modulo wrap, from 1.
//
// Such an hour can be told as long as it lies between seenHours ahead of the
// clock and wrap-1-seenHours behind it. What is farther ahead is tagged isAhead
// and has its hour in a map; what is older than seenHours is swept, all of it
// within spare hours.
type seenShard struct {
	ids    []uint64 // 0 is an empty place; the last always is
	homes  int
	used   int
	cursor int
	owed   int // as in index
	// began is the hour at which the sweep last began at the front, and round
	// the hour at which the full one before it began: all places have been
	// looked at since then.
	began, round int64
	now          int64            // hour of the newest question
	tag          uint64           // of now
	ahead        map[uint64]int64 // by key, for those tagged isAhead
}

const (
	wrap    = 62
	isAhead = wrap + 1
	// spare is how old, beyond seenHours, an hour may become before it would
	// look like one ahead of the clock.
	spare = wrap - 1 - 2*seenHours
)

// hourTag returns the tag of an hour that lies no more than seenHours ahead of
// the clock.
func hourTag(hour int64) uint64 { return uint64((hour%wrap+wrap)%wrap) + 1 }

// check says whether an id is there, and puts it there if not.
func (s *seenShard) check(k uint64, at, now int64) bool {
	if now != s.now || s.used == 0 {
		s.turn(now)
	}
	if at < now || at > now+farHours {
		at = now
	}
	i := s.find(k)
	if i >= len(s.ids) || !same(s.ids[i], k) {
		s.insert(i, s.word(k, at))
		return false
	}
	if s.age(s.ids[i]) <= seenHours {
		return true
	}
	s.forget(s.ids[i])
	s.ids[i] = s.word(k, at)
	return false
}

// word returns what is to be kept for an id that is to be remembered from the
// hour at, and notes the hour if a tag cannot hold it.
func (s *seenShard) word(k uint64, at int64) uint64 {
	if at == s.now {
		return k | s.tag
	}
	if at-s.now <= seenHours {
		return k | hourTag(at)
	}
	if s.ahead == nil {
		s.ahead = map[uint64]int64{}
	}
	s.ahead[k] = at
	return k | isAhead
}

// forget drops what is kept for a word beside itself.
func (s *seenShard) forget(word uint64) {
	if word&tagMask == isAhead {
		delete(s.ahead, word&^tagMask)
	}
}

// age returns how many hours lie between the event of a word and the newest
// question; they are negative if it is ahead.
func (s *seenShard) age(word uint64) int64 {
	tag := word & tagMask
	if tag == isAhead {
		return s.now - s.ahead[word&^tagMask]
	}
	d := int64(s.tag) - int64(tag)
	switch {
	case d < -seenHours:
		return d + wrap
	case d >= wrap-seenHours:
		return d - wrap
	}
	return d
}

// turn sets the hour of the newest question. What is old must be gone before
// it looks new again, and where the clock has gone back, as it may at the
// beginning of a stream, what is then far ahead must be marked as such.
func (s *seenShard) turn(now int64) {
	switch {
	case s.used == 0:
		s.cursor, s.began, s.round = 0, now, now
	case now < s.now:
		s.turnBack(now)
		fallthrough
	case now-s.round > spare:
		s.cursor = 0
		s.pass(len(s.ids), now)
		s.cursor, s.began, s.round = 0, now, now
	}
	s.now, s.tag = now, hourTag(now)
}

func (s *seenShard) turnBack(now int64) {
	for i, w := range s.ids {
		if w == 0 || w&tagMask == isAhead {
			continue
		}
		if at := s.now - s.age(w); at-now > seenHours {
			if s.ahead == nil {
				s.ahead = map[uint64]int64{}
			}
			s.ahead[w&^tagMask] = at
			s.ids[i] |= isAhead
		}
	}
}

// find returns the place of an id, or where it would go.
func (s *seenShard) find(k uint64) int {
	if s.homes == 0 {
		return 0
	}
	ids := s.ids
	i := home(k, s.homes)
	w := ids[i : i+4 : i+4] // as in index
	i += precedes(w[0], k) + precedes(w[1], k) + precedes(w[2], k) + precedes(w[3], k)
	for below(ids[i], k) {
		i++
	}
	return i
}

// insert puts a word, whose key is not there but would go to place i, into the
// set.
func (s *seenShard) insert(i int, word uint64) {
	if full(s.used, s.homes) {
		s.resize(grown(s.homes, word))
		i = s.find(word &^ tagMask)
	}
	s.used++
	s.owed += sweepFresh
	ids := s.ids
	for word != 0 {
		ids[i], word = word, ids[i]
		i++
	}
	if i == len(ids) { // the last place is to be empty
		s.resize(grown(s.homes, 0))
	}
}

func (s *seenShard) resize(homes int) {
	old, cursor := s.ids, s.cursor
	for !s.refill(old, homes) {
		homes, s.cursor = grown(homes, 0), cursor
	}
}

// refill takes a set over into new places; not ok if it does not fit.
func (s *seenShard) refill(old []uint64, homes int) bool {
	s.ids, s.homes = make([]uint64, room(homes)), homes
	cursor := s.cursor
	s.cursor = 0
	next := 0
	for i, w := range old {
		if i == cursor {
			s.cursor = next // the sweep goes on where it was
		}
		if w == 0 {
			continue
		}
		next = max(next, home(w&^tagMask, homes))
		if next >= len(s.ids)-1 {
			return false
		}
		s.ids[next] = w
		next++
	}
	return true
}

// sweep looks at the next steps places and lets go of those older than a day.
func (s *seenShard) sweep(steps int, now int64) {
	if s.used == 0 {
		return
	}
	for steps = min(steps, len(s.ids)); steps > 0; {
		steps -= s.pass(steps, now)
	}
	if s.homes > minSlots*4 && s.used*4 < s.homes {
		s.resize(max(minSlots, s.used*2))
	}
}

// pass sweeps the places from the cursor on, as index does.
func (s *seenShard) pass(steps int, now int64) int {
	ids := s.ids
	begin, last := s.cursor, len(s.ids)-1
	lag := now - s.now
	look := s.lookAt(lag)
	i, next := begin, begin // from next to i there is a gap
	for ; i < last && (i < begin+steps || next < i); i++ {
		w := ids[i]
		switch {
		case next == i && look>>(w&tagMask)&1 == 0:
			next++
		case w == 0:
			next = i + 1
		case s.age(w)+lag > seenHours:
			s.forget(w)
			ids[i] = 0
			s.used--
		default:
			to := max(next, home(w&^tagMask, s.homes))
			ids[i] = 0
			ids[to] = w
			next = to + 1
		}
	}
	if s.cursor = i; i >= last {
		s.cursor, s.round, s.began = 0, s.began, now
		i++
	}
	return i - begin
}

// lookAt returns, as bits, the tags of words that a sweep lag hours after the
// newest question may have to remove. An empty place, where there is no gap before
// it, is passed like a word that stays.
func (s *seenShard) lookAt(lag int64) uint64 {
	look := uint64(1 << isAhead)
	for tag := uint64(1); tag < isAhead; tag++ {
		if s.age(tag)+lag > seenHours {
			look |= 1 << tag
		}
	}
	return look
}
