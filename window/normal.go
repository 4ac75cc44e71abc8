package window

import (
	"cmp"
	"math"
)

// NormalOptions say what is normal in a Normal. Zero means default.
type NormalOptions struct {
	// Within is the length, in ms, of the windows whose counts are judged: at
	// most an hour. It has no default.
	Within int64
	// Keep is for how many ms an idle key is remembered: 28 days.
	Keep int64
	// Rate is how many events an hour a key is thought to have while nothing is
	// known, neither of it nor of others: 1.
	Rate float64
	// Most bounds an answer, in decibans: 1,000.
	Most int64
}

// Normal learns for every key how many events it has in each hour of the day,
// and says how surprising its present count is. It takes 140 bytes a key besides
// its slot of 16, with the room to grow in both.
//
// A count is thought to be negative binomial. Its mean is what the key had at
// this time of day, with two days of what its level and the day of the others in its
// shard make likely, and more while the last hours have been busier than they should.
// Its width is how wrong this foresight was. docs/surprise.md has it in full.
type Normal struct {
	o      NormalOptions
	keep   int64 // hours
	fade   [maxFade]float64
	seen   [maxFade]float64 // by how often an hour has passed: the sum of fade
	shards [Shards]normalShard
}

const (
	maxFade = 128
	// longGap is the hours without events that are gone over one by one; of a
	// longer gap, only the means are learned.
	longGap = 48
	// dayFade is what is left of a day's counts a day later: a memory of two
	// weeks.
	dayFade = 1 - 1.0/14
	// recentFade is the same for the last hours, by the hour.
	recentFade = 0.75
	// priorDays is how many days the guess of an hour's mean counts for.
	priorDays = 2
	// priorEvents is how many events the guess of a key's level counts for: few,
	// because sizes of keys are far apart.
	priorEvents = 0.5
	// priorWidth is the guess of the relative variance from hour to hour, and
	// priorHours for how many hours it counts.
	priorWidth = 0.25
	priorHours = 12
	// youngHours is how many hours must have been seen for an answer to count by
	// half.
	youngHours = 24
	// boldness is how many standard deviations above its mean an hour may count.
	boldness = 5
	// crowdHours and crowdEvents are what the guess about all keys counts for,
	// before any is known.
	crowdHours, crowdEvents = 100, 100
)

type normalShard struct {
	index index
	rows  [][]normalRow // chunks of slabRows
	free  []uint32
	next  uint32
	crowd crowd
}

// crowd is what is known of all keys of a shard.
type crowd struct {
	hours, events float64
	day           [24]float64 // events, by hour of the day
}

// normalRow is what is known of a key.
type normalRow struct {
	day           [24]float32 // faded events, by hour of the day
	level         float32     // events an hour, all day long
	off, size     float32     // faded sums: of squared errors beyond those of chance, and of squared means
	had, expected float32     // quickly faded sums, of the last hours
	first, last   int32       // the hour of the first event, and the present one
	now           uint32      // events in the present hour
	// The forecast, made when the present hour began: events in it and
	// in the hour before, and the shape of their distribution.
	present, before, shape float32
}

// NewNormal returns a Normal.
func NewNormal(o NormalOptions) *Normal {
	o.Keep, o.Rate, o.Most = cmp.Or(o.Keep, 28*24*hour), cmp.Or(o.Rate, 1), cmp.Or(o.Most, 1000)
	if o.Within < 1 || o.Within > hour || o.Keep < hour || o.Rate <= 0 || o.Most < 1 {
		panic("BUG: window: a normal that knows none")
	}
	n := &Normal{o: o, keep: (o.Keep + hour - 1) / hour}
	sum := 0.0
	for d := range n.fade {
		n.fade[d] = math.Pow(dayFade, float64(d))
		n.seen[d] = sum
		sum += n.fade[d]
	}
	return n
}

// NormalColumns are the events of a batch as a Normal sees them, one element
// an event. Clock never falls, but for the first events of a stream.
type NormalColumns struct {
	Do    []uint8  // Add: learn from the event; Read: answer; both, or 0 to skip it
	Key   []uint64 // hash of the key
	Time  []int64
	Clock []int64
	// Count is the key's count in (Time-Within, Time], with the event itself if
	// it is added, as a Table answers it.
	Count []int64
	First int // the place of the first one
	Step  int // from the count of one event to that of the next
	// Out is the surprise in decibans, of the events that are read; 0 for a key
	// that is new.
	Out []int64
}

// Run takes the events of a batch that belong to this worker's shards, an even
// part of all. Different workers may run at once.
func (n *Normal) Run(c *NormalColumns, worker, workers int) {
	if len(c.Do) == 0 {
		return
	}
	own := spanOf(worker, workers)
	var mine [group]int32
	k := 0
	for i, do := range c.Do {
		if do != 0 {
			mine[k] = int32(i)
			k += own.has(c.Key[i])
		}
		if k == group || i == len(c.Do)-1 {
			n.prefetch(c, mine[:k])
			for _, i := range mine[:k] {
				n.event(c, int(i))
			}
			k = 0
		}
	}
	// What is swept has been idle for so long that an event would not see it
	// either: when it is swept changes no answer.
	limit := oldest(c.Clock) - (n.keep+2)*hour
	for i := own.from; i < own.from+own.width; i++ {
		s := &n.shards[i]
		s.index.sweep(len(c.Do), limit, func(sl *slot) { s.free = append(s.free, sl.ref) })
	}
}

// prefetch loads the slots of a group of events, and then their rows, as in Table.
func (n *Normal) prefetch(c *NormalColumns, mine []int32) {
	var slots loads[uint64]
	var rows [group]*normalRow
	k := 0
	for _, i := range mine {
		n.shards[shardOf(c.Key[i])].index.prefetch(&slots, keyOf(c.Key[i]))
	}
	sum := slots.load()
	for _, i := range mine {
		s := &n.shards[shardOf(c.Key[i])]
		if p, ok := s.index.find(keyOf(c.Key[i])); ok {
			rows[k] = s.row(s.index.slots[p].ref)
			k++
		}
	}
	// The present of a row lies across two lines of memory.
	for _, r := range rows[:k] {
		sum += uint64(r.last) + uint64(math.Float32bits(r.shape))
	}
	sink(sum)
}

func (s *normalShard) row(ref uint32) *normalRow { return &s.rows[ref/slabRows][ref%slabRows] }

// take gives a place for a row.
func (s *normalShard) take() uint32 {
	if f := len(s.free); f > 0 {
		ref := s.free[f-1]
		s.free = s.free[:f-1]
		return ref
	}
	if int(s.next) == len(s.rows)*slabRows {
		s.rows = append(s.rows, make([]normalRow, slabRows))
	}
	s.next++
	return s.next - 1
}

// hourOf returns the hour that a time is in, bounded to what a row holds.
func hourOf(at int64) int32 { return int32(min(max(at/hour, 0), math.MaxInt32/2)) }

// event learns from one event and reads the answer. An event of an hour that
// the key has left behind is answered, not learned. Reading alone changes nothing.
func (n *Normal) event(c *NormalColumns, i int) {
	if c.Do[i]&Add == 0 {
		n.Peek(c, i)
		return
	}
	s, k := &n.shards[shardOf(c.Key[i])], keyOf(c.Key[i])
	at := min(c.Time[i], c.Clock[i])
	p, found := s.index.find(k)
	known := found && n.knows(s.row(s.index.slots[p].ref), hourOf(c.Clock[i]))
	if !found {
		p = s.index.insert(p, k)
		s.index.slots[p].ref = s.take()
	}
	sl := &s.index.slots[p]
	if sl.base = max(sl.base, second(at)); !known {
		sl.base = second(at)
	}
	r := s.row(sl.ref)
	n.learn(&s.crowd, r, known, hourOf(at))
	n.answer(c, i, r, at)
}

// knows says whether a row is not forgotten at an hour, nor begun at a wrong
// time.
func (n *Normal) knows(r *normalRow, clock int32) bool {
	return int64(clock)-int64(r.last) <= n.keep && r.last <= clock+1
}

// learn counts an event of an hour in the row of its key.
func (n *Normal) learn(c *crowd, r *normalRow, known bool, h int32) {
	if !known {
		n.begin(c, r, h)
	}
	if h > r.last {
		n.roll(c, r, h)
	}
	if h == r.last {
		r.now++
	}
}

// answer answers event i, if it asks.
func (n *Normal) answer(c *NormalColumns, i int, r *normalRow, at int64) {
	if c.Do[i]&Read != 0 {
		// That there is the event itself is no news: it is why one asks.
		c.Out[i] = n.surprise(r, at, c.Count[c.First+i*c.Step]-int64(c.Do[i]&Add))
	}
}

// Peek answers event i as Run would, and learns nothing: who only asks leaves no
// trace, so that what one asks changes nobody else's answer.
func (n *Normal) Peek(c *NormalColumns, i int) {
	s, at := &n.shards[shardOf(c.Key[i])], min(c.Time[i], c.Clock[i])
	var ahead normalRow
	p, known := s.index.find(keyOf(c.Key[i]))
	if known {
		ahead = *s.row(s.index.slots[p].ref)
		known = n.knows(&ahead, hourOf(c.Clock[i]))
	}
	crowd := s.crowd
	switch h := hourOf(at); {
	case c.Do[i]&Add != 0:
		n.learn(&crowd, &ahead, known, h)
	case !known:
		return
	case h > ahead.last:
		n.roll(&crowd, &ahead, h)
	}
	n.answer(c, i, &ahead, at)
}

// Keep returns how long, in ms, an idle key is remembered.
func (n *Normal) Keep() int64 { return n.keep * hour }

// Size tells how many keys are known, and about how many bytes that takes.
func (n *Normal) Size() (keys int, bytes int64) {
	for i := range n.shards {
		s := &n.shards[i]
		keys += s.index.used
		bytes += int64(len(s.index.slots))*slotBytes + int64(len(s.rows))*slabRows*normalBytes + int64(cap(s.free))*4
	}
	return keys, bytes
}

const normalBytes = 140

// Save writes what was learned.
func (n *Normal) Save(e *Encoder) {
	for i := range n.shards {
		s := &n.shards[i]
		e.Uint32(s.next)
		for c, rows := range s.rows {
			e.raw(memory(rows[:min(slabRows, int(s.next)-c*slabRows)]))
		}
		Put(e, s.free)
		s.index.save(e)
		e.float(s.crowd.hours)
		e.float(s.crowd.events)
		for _, v := range s.crowd.day {
			e.float(v)
		}
	}
}

// Load reads what Save wrote into a new Normal of the same options.
func (n *Normal) Load(d *Decoder) {
	for i := range n.shards {
		s := &n.shards[i]
		next := d.Uint32()
		for have := int64(0); have < int64(next) && d.OK(); have += slabRows {
			rows := make([]normalRow, slabRows)
			d.raw(memory(rows[:min(slabRows, int64(next)-have)]))
			for j := range rows {
				d.Check(rows[j].first >= 0 && rows[j].last >= rows[j].first && rows[j].last <= math.MaxInt32/2, "the hours of a key")
			}
			s.rows = append(s.rows, rows)
		}
		s.next, s.free = next, Get[uint32](d)
		s.index = loadLent(d, s.next, s.free)
		s.crowd.hours, s.crowd.events = d.float(), d.float()
		for h := range s.crowd.day {
			s.crowd.day[h] = d.float()
		}
		if !d.OK() {
			return
		}
	}
}
