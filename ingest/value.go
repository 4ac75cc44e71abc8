package ingest

import (
	"math"
	"unsafe"

	"github.com/orderguard/orderguard"
)

// maxNesting is how deep JSON may nest, the same as in encoding/json.
const maxNesting = 10000

// value reads the value of f at p, whatever it is, and returns the index behind
// it, or -1 if it is not JSON.
func (d *Decoder) value(f field, p int) int {
	p = d.space(p) // There is some when a token is met again with more behind it.
	k := specs[f].class
	switch c := at(d.base, p); {
	case c == '"':
		return d.string(f, p, k)
	case c == 'n':
		return d.literal(p, "null") // The same as if the field were absent.
	case c == 't' || c == 'f':
		return d.flag(f, p, c == 't')
	case c == '[' && k == list:
		return d.list(f, p)
	case c == '{' || c == '[':
		depth := 1
		if f.inShipTo() {
			depth = 2
		}
		return d.misfit(f, p, d.skip(p, depth))
	default:
		q := d.number(p)
		if k == integer || k == instant {
			return d.integer(f, p, q)
		}
		return d.misfit(f, p, q)
	}
}

// string takes the string at p as the value of f.
func (d *Decoder) string(f field, p int, k class) int {
	if k != text && k != word && k != instant {
		return d.misfit(f, p, d.skipString(p+1))
	}
	s, q := d.str(p + 1)
	if q < 0 {
		return q
	}
	if k == text {
		*(*string)(unsafe.Add(unsafe.Pointer(d.event), specs[f].off)) = s
	} else {
		d.words[specs[f].word] = s
	}
	d.text |= 1 << f
	d.bad &^= 1 << f
	return q
}

// misfit notes that the value of f from p to q is of the wrong type. It returns
// q.
func (d *Decoder) misfit(f field, p, q int) int {
	if q >= 0 && specs[f].class != unknown {
		d.fault(f, orderguard.WrongType, view(d.base, p, q))
	}
	return q
}

// fault notes what is wrong with f.
func (d *Decoder) fault(f field, reason orderguard.RejectReason, got string) {
	d.faults[f] = fault{reason: reason, got: got}
	d.bad |= 1 << f
}

// fits notes that the last value of f is one that is no string.
func (d *Decoder) fits(f field) {
	d.other |= 1 << f
	d.text &^= 1 << f
	d.bad &^= 1 << f
}

// literal returns the index behind the literal s at p, or -1.
func (d *Decoder) literal(p int, s string) int {
	for i := range len(s) {
		if at(d.base, p+i) != s[i] {
			return d.fail(p + i)
		}
	}
	return p + len(s)
}

func (d *Decoder) flag(f field, p int, v bool) int {
	s := "false"
	if v {
		s = "true"
	}
	q := d.literal(p, s)
	if specs[f].class != boolean || q < 0 {
		return d.misfit(f, p, q)
	}
	d.event.Custom = v
	d.fits(f)
	return q
}

// number returns the index behind the number at p, or -1.
func (d *Decoder) number(p int) int {
	if at(d.base, p) == '-' {
		p++
	}
	switch c := at(d.base, p); {
	case c == '0':
		p++
	case c >= '1' && c <= '9':
		p = d.run(p)
	default:
		return d.fail(p)
	}
	if at(d.base, p) == '.' {
		q := d.run(p + 1)
		if q == p+1 {
			return d.fail(q)
		}
		p = q
	}
	if c := at(d.base, p); c == 'e' || c == 'E' {
		p++
		if c := at(d.base, p); c == '+' || c == '-' {
			p++
		}
		q := d.run(p)
		if q == p {
			return d.fail(q)
		}
		p = q
	}
	return p
}

// run returns the index of the first byte from p that is no digit.
func (d *Decoder) run(p int) int {
	for at(d.base, p)-'0' <= 9 {
		p++
	}
	return p
}

// integer takes the number from p to q as the value of f.
func (d *Decoder) integer(f field, p, q int) int {
	if q < 0 {
		return q
	}
	raw := view(d.base, p, q)
	digits, negative := raw, raw[0] == '-'
	if negative {
		digits = raw[1:]
	}
	var v uint64
	big := false
	for i := range len(digits) {
		c := uint64(digits[i] - '0')
		if c > 9 { // a point or an exponent
			d.fault(f, orderguard.WrongType, raw)
			return q
		}
		big = big || v > (math.MaxInt64-c)/10
		v = v*10 + c
	}
	switch {
	case big && !(negative && digits == "9223372036854775808"):
		d.fault(f, orderguard.NumberTooBig, raw)
	case specs[f].class == instant && (negative && v > 0 || v > uint64(orderguard.MaxTime)):
		d.fault(f, orderguard.BadTime, raw)
	case negative && v > 0 || f == fRating && (v < 1 || v > 5):
		d.fault(f, orderguard.BadValue, raw)
	default:
		if f == fRating {
			d.event.Rating = uint8(v)
		} else {
			*(*int64)(unsafe.Add(unsafe.Pointer(d.event), specs[f].off)) = int64(v)
		}
		d.fits(f)
	}
	return q
}

// list reads the list of strings at p. Elements that are null or empty are no
// evidence and left out.
func (d *Decoder) list(f field, p int) int {
	begin, m := len(d.mem.list), d.mem
	start, fits := p, true
	if p = d.space(p + 1); at(d.base, p) == ']' {
		p++
	} else {
		for more := true; more; {
			var s string
			switch at(d.base, p) {
			case '"':
				s, p = d.str(p + 1)
			case 'n':
				p = d.literal(p, "null")
			default:
				fits = false
				p = d.any(p, 2)
			}
			if p < 0 {
				return p
			}
			if s != "" {
				m.list = append(m.list, s)
			}
			p = d.space(p)
			switch at(d.base, p) {
			case ',':
				p = d.space(p + 1)
			case ']':
				p, more = p+1, false
			default:
				return d.fail(p)
			}
		}
	}
	if !fits {
		return d.misfit(f, start, p)
	}
	d.event.Evidence = nil
	if len(m.list) > begin {
		d.event.Evidence = m.list[begin:len(m.list):len(m.list)]
	}
	d.fits(f)
	return p
}
