package ingest

import "unsafe"

// op is what a scan does behind a token.
type op uint8

const (
	opString op = iota // a string follows, its opening quote is part of the token
	opNumber           // a number that we want is likely to follow
	opValue            // any value follows
	opOpen             // the '{' of ship_to follows
	opClose            // the token was the '}' of ship_to
	opEnd              // the token was the line's last '}'
)

// token is the bytes between two values, such as `,"shop":"`, and what they
// mean there. It is compared by two masked words.
type token struct {
	w0, m0, w1, m1 uint64
	off            uintptr // where the value goes, see dest
	n              int32   // length in bytes
	field          field
	op             op
	dest           uint8 // 0: off is in the event, 1: in the decoder
}

// ways is how many tokens are remembered behind each field. Streams mix event
// types, and a field is followed by another one in each.
const ways = 4

// follow is the tokens that were seen behind a field, and the one that is
// overwritten next.
type follow struct {
	tokens [ways]token
	victim uint8
}

// is reports whether the token begins with the 16 bytes w0 and w1. An unused
// token is none.
func (t *token) is(w0, w1 uint64) bool { return (w0^t.w0)&t.m0|(w1^t.w1)&t.m1 == 0 && t.n != 0 }

// find returns the token at p, which comes behind the field f: one that is
// remembered, or else one that is read now. It returns nil if what is there is
// not JSON.
func (d *Decoder) find(f field, p int) *token {
	w0, w1 := load(d.base, p), load(d.base, p+8)
	for i := range d.follow[f].tokens {
		if t := &d.follow[f].tokens[i]; t.is(w0, w1) {
			return t
		}
	}
	end, next, o := d.readKey(f, p)
	if end < 0 {
		return nil
	}
	if o == opString && end-p > 16 {
		// A token that is too long by its last quote is still remembered.
		o, end = opValue, end-1
	}
	t := &d.odd
	if end-p <= 16 {
		w := &d.follow[f]
		t = &w.tokens[w.victim]
		w.victim = (w.victim + 1) % ways
	}
	*t = token{w0: w0, w1: w1, n: int32(end - p), field: next, op: o}
	t.m0, t.m1 = masks(end - p)
	t.aim()
	return t
}

// masks returns those that select the first n bytes of 16. They select none for
// n over 16, and such a token is never compared.
func masks(n int) (m0, m1 uint64) {
	if n <= 8 {
		return ^uint64(0) >> (64 - 8*n), 0
	}
	return ^uint64(0), ^uint64(0) >> (128 - 8*min(n, 16))
}

// aim sets where the value behind the token goes.
func (t *token) aim() {
	s := &specs[t.field]
	t.off = s.off
	if t.op == opString && s.class != text {
		t.dest = 1
		t.off = unsafe.Offsetof(Decoder{}.words) + uintptr(s.word)*unsafe.Sizeof("")
	}
}

// readKey reads what is between two values: from p, behind the field f, to the
// next value, or behind the brace that ends the object. It returns -1 if that
// is not JSON.
func (d *Decoder) readKey(f field, p int) (end int, next field, o op) {
	closing, closed := fStart, opEnd
	if f.inShipTo() {
		closing, closed = fShipTo, opClose
	}
	first := f == fStart || f == fShipStart
	p = d.space(p)
	switch c := at(d.base, p); {
	case c == '{' && first:
		p = d.space(p + 1)
		if at(d.base, p) == '}' {
			return p + 1, closing, closed
		}
	case c == ',' && !first:
		p = d.space(p + 1)
	case c == '}' && !first:
		return p + 1, closing, closed
	default:
		return d.fail(p), 0, 0
	}
	if at(d.base, p) != '"' {
		return d.fail(p), 0, 0
	}
	mark := len(d.mem.text)
	key, p := d.str(p + 1)
	if p < 0 {
		return p, 0, 0
	}
	if next = lookUp(f, key); len(d.mem.text) > mark {
		d.mem.text = d.mem.text[:mark] // The key was escaped; its text is not needed again.
	}
	if p = d.space(p); at(d.base, p) != ':' {
		return d.fail(p), 0, 0
	}
	p = d.space(p + 1)
	end, o = d.expect(next, p)
	return end, next, o
}

func lookUp(f field, key string) field {
	names, other := byName, fUnknown
	if f.inShipTo() {
		names, other = partByName, fShipUnknown
	}
	if next, ok := names[key]; ok {
		return next
	}
	return other
}

// expect says what the value of f at p looks like. Only opString is a promise,
// kept by the token's last byte; behind the others anything may follow when the
// token is met again.
func (d *Decoder) expect(f field, p int) (end int, o op) {
	switch specs[f].class {
	case text, word, unknown:
		if at(d.base, p) == '"' {
			return p + 1, opString
		}
	case instant:
		if at(d.base, p) == '"' {
			return p + 1, opString
		}
		return p, opNumber
	case integer:
		if f != fRating {
			return p, opNumber
		}
	case parts:
		return p, opOpen
	}
	return p, opValue
}
