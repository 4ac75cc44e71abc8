package window

import (
	"math"
	"math/bits"
)

// sum128 is a sum of 128 bits, so that what goes in can be taken out again
// whatever was summed in between.
type sum128 struct {
	hi int64
	lo uint64
}

// add adds a value.
func (t *sum128) add(v int64) {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, uint64(v), 0)
	t.hi += v>>63 + int64(carry)
}

// sub takes a value out.
func (t *sum128) sub(v int64) {
	var borrow uint64
	t.lo, borrow = bits.Sub64(t.lo, uint64(v), 0)
	t.hi -= v>>63 + int64(borrow)
}

// join adds another sum.
func (t *sum128) join(o sum128) {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, o.lo, 0)
	t.hi += o.hi + int64(carry)
}

// value returns the sum, or the end of int64 that it is beyond: an amount
// without sense must not turn a large sum into a small one.
func (t *sum128) value() int64 {
	switch {
	case t.hi == int64(t.lo)>>63:
		return int64(t.lo)
	case t.hi < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}
