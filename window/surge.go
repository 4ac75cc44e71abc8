package window

import (
	"math"
)

// SurgeOptions say how a Surge counts. Zero means default.
type SurgeOptions struct {
	// Tick is the unit of time, in ms: a minute.
	Tick int64
	// Half is after how many ticks a present event counts half: 10.
	Half int
	// Width is how many cells each of the two rows of a shard's sketch has, made
	// odd: 1023. A cell takes 16 bytes.
	Width int
	// Rare is how many ticks are thought to lie, at most, between two events of a
	// key of which nothing is known: 1440, a day.
	Rare int
	// Loud is from how many decibans on what is counted is not learned: 2171,
	// which is a deviance of 1,000.
	Loud int64
}

// Surge says how surprising the present count of a key is against all its
// past, in constant memory, whatever the number of keys. For edges there are three
// of them, over the hashes of edge, source and target; their answers add up.
//
// It is MIDAS-F with another score: the one-sided deviance of a Poisson count
// rather than a squared difference, less the event that asks, with a prior that makes a
// key's second event a small surprise. docs/surprise.md compares them.
type Surge struct {
	tick   int64
	loud   float64
	rare   uint32
	width  uint64
	fade   [256]float32 // by ticks: what is left of a present event
	sum    float32      // of fade
	shards [Shards]surgeShard
}

type surgeShard struct {
	cells []surgeCell // two rows
	begin int64       // the tick before the first; 0 before any event
}

// surgeCell is the counts of the keys that share it: the present one, which
// fades, and the sum of it over past ticks.
type surgeCell struct {
	now, past float32
	tick      uint32 // of the shard, to which now has faded; 0 in an empty cell
	loud      bool
}

// NewSurge returns a Surge.
func NewSurge(o SurgeOptions) *Surge {
	if o.Tick == 0 {
		o.Tick = 60_000
	}
	if o.Half == 0 {
		o.Half = 10
	}
	if o.Width == 0 {
		o.Width = 1023
	}
	if o.Rare == 0 {
		o.Rare = 1440
	}
	if o.Loud == 0 {
		o.Loud = 2171
	}
	if o.Tick < 1 || o.Half < 1 || o.Rare < 1 || o.Rare > math.MaxInt32 || o.Width < 1 || o.Loud < 1 {
		panic("BUG: window: a surge that cannot count")
	}
	s := &Surge{tick: o.Tick, loud: float64(o.Loud), rare: uint32(o.Rare), width: uint64(o.Width) | 1}
	f := math.Exp2(-1 / float64(o.Half))
	s.sum = float32(1 / (1 - f))
	for d := range s.fade {
		s.fade[d] = float32(math.Pow(f, float64(d)))
	}
	return s
}

// SurgeColumns are the events of a batch as a Surge sees them, one element an
// event. Clock never falls, but for the first events of a stream.
type SurgeColumns struct {
	Do    []uint8  // Add, Read, both, or 0 to skip the event
	Key   []uint64 // hash of the key
	Time  []int64
	Clock []int64
	Out   []int64 // by event, if read: the surprise in decibans, 0 or more
}

// Run takes the events of a batch that belong to this worker's shards, an even
// part of all. Different workers may run at once.
func (s *Surge) Run(c *SurgeColumns, worker, workers int) {
	own := spanOf(worker, workers)
	for i, do := range c.Do {
		if do != 0 && own.has(c.Key[i]) == 1 {
			s.event(c, i)
		}
	}
}

// event adds and reads one event. Reading alone changes nothing.
func (s *Surge) event(c *SurgeColumns, i int) {
	if c.Do[i]&Add == 0 {
		s.Peek(c, i)
		return
	}
	sh, at := &s.shards[shardOf(c.Key[i])], min(c.Time[i], c.Clock[i])/s.tick
	if sh.begins(at) {
		sh.begin = at - 1
		sh.cells = make([]surgeCell, 2*s.width)
	}
	a, b := sh.cellsOf(c.Key[i], s.width)
	s.see(c, i, a, b, at-sh.begin)
}

// begins says whether a shard begins, or begins anew, with an event of a tick: a
// stream may begin with a wrong time.
func (sh *surgeShard) begins(at int64) bool { return sh.begin == 0 || at < sh.begin-maxBack }

// cellsOf returns the cells of a key. The two rows take different halves of a
// hash, each scaled to the width, so that they are independent whatever the
// width is.
func (sh *surgeShard) cellsOf(key, width uint64) (a, b *surgeCell) {
	h := keyOf(key) * 0x9e3779b97f4a7c15
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	hi, lo := h>>32, h&math.MaxUint32
	return &sh.cells[hi*width>>32], &sh.cells[width+lo*width>>32]
}

// Peek answers event i as Run would, and changes nothing: who only asks leaves no
// trace.
func (s *Surge) Peek(c *SurgeColumns, i int) {
	sh, at := &s.shards[shardOf(c.Key[i])], min(c.Time[i], c.Clock[i])/s.tick
	var a, b surgeCell
	begin := sh.begin
	switch {
	case c.Do[i]&Add != 0 && sh.begins(at):
		begin = at - 1
	case sh.begin == 0:
		c.Out[i] = 0
		return
	default:
		pa, pb := sh.cellsOf(c.Key[i], s.width)
		a, b = *pa, *pb
	}
	s.see(c, i, &a, &b, at-begin)
}

// see brings the cells of event i to a tick of the shard, and counts and answers
// the event.
func (s *Surge) see(c *SurgeColumns, i int, a, b *surgeCell, ticks int64) {
	tick, add := uint32(min(max(ticks, 1), math.MaxUint32)), c.Do[i]&Add != 0
	s.advance(a, tick)
	s.advance(b, tick)
	if add {
		a.now++
		b.now++
	}
	t := max(a.tick, b.tick) // not below tick; a late event counts as of now
	// That there is the event itself is no news: it is why one asks. And however
	// old the stream is, a key that it does not know is not thought rarer than rare.
	n := float64(min(a.now, b.now)) - float64(c.Do[i]&Add)
	d := deviance(n, float64(min(a.past, b.past))/float64(t)+1/float64(min(t, s.rare)))
	if c.Do[i]&Read != 0 {
		c.Out[i] = int64(min(d, maxDecibans))
	}
	if add {
		a.loud, b.loud = d >= s.loud, d >= s.loud
	}
}

const (
	// maxBack is how many ticks before the first of a shard an event may lie;
	// before that the first was wrong.
	maxBack = 10_000
	// maxDecibans bounds an answer.
	maxDecibans = 1e9
)

// advance brings a cell to a tick: the present fades, and what it was at each
// tick between joins the past. What was loud does not; it is as if the past had
// gone on as it was.
func (s *Surge) advance(c *surgeCell, tick uint32) {
	if c.tick >= tick {
		return
	}
	d := tick - c.tick
	left := float32(0)
	if d < uint32(len(s.fade)) {
		left = s.fade[d]
	}
	switch {
	case c.tick == 0:
	case !c.loud:
		c.past += c.now * (1 - left) * s.sum
	case c.tick > 1:
		c.past *= float32(tick-1) / float32(c.tick-1)
	}
	c.now *= left
	c.tick = tick
}

// deviance returns how much a Poisson count of n is above a mean of m: -10 log10
// of Chernoff's bound of the chance of n or more.
func deviance(n, m float64) float64 {
	if n <= m {
		return 0
	}
	return decibans * (n*math.Log(n/m) - (n - m))
}

// decibans is what one nat of surprise makes.
const decibans = 10 / math.Ln10

// Size tells about how many bytes a Surge takes.
func (s *Surge) Size() (bytes int64) {
	for i := range s.shards {
		bytes += int64(len(s.shards[i].cells)) * 16
	}
	return bytes
}

// Save writes what was counted.
func (s *Surge) Save(e *Encoder) {
	for i := range s.shards {
		sh := &s.shards[i]
		e.Int(len(sh.cells))
		for j := range sh.cells {
			c := &sh.cells[j]
			e.Uint64(uint64(math.Float32bits(c.now)) | uint64(math.Float32bits(c.past))<<32)
			e.Uint32(c.tick)
			e.Bool(c.loud)
		}
		e.Int64(sh.begin)
	}
}

// Load reads what Save wrote into a new Surge of the same options.
func (s *Surge) Load(d *Decoder) {
	for i := range s.shards {
		sh := &s.shards[i]
		n := d.Int(int(2 * s.width))
		d.Check(n == 0 || n == int(2*s.width), "the cells of a sketch")
		if n > 0 && d.OK() {
			sh.cells = make([]surgeCell, n)
		}
		for j := range sh.cells {
			both := d.Uint64()
			sh.cells[j] = surgeCell{math.Float32frombits(uint32(both)), math.Float32frombits(uint32(both >> 32)), d.Uint32(), d.Bool()}
		}
		sh.begin = d.Int64()
		d.Check(n > 0 || sh.begin == 0, "where a sketch begins")
		if !d.OK() {
			return
		}
	}
}
