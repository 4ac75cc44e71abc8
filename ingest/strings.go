package ingest

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// fail notes where the line stopped being JSON. It returns -1.
func (d *Decoder) fail(p int) int {
	d.stop = p
	return -1
}

// space returns the index of the first byte from p that is no white space. The
// line's '\n' is none here.
func (d *Decoder) space(p int) int {
	for {
		switch at(d.base, p) {
		case ' ', '\t', '\r':
			p++
		default:
			return p
		}
	}
}

// plain returns the index of the first byte from p that ends the plain part of
// a string, and whether bytes of 128 or more came before it.
func (d *Decoder) plain(p int) (end int, high bool) {
	var h uint64
	for {
		w := load(d.base, p)
		if m := special(w); m != 0 {
			h |= w & (m&-m - 1)
			return p + index(m), h&highs != 0
		}
		h |= w
		p += 8
	}
}

// str reads the string whose first byte, behind the quote, is at p. It returns
// the index behind the closing quote, or -1 if it is not JSON.
func (d *Decoder) str(p int) (s string, end int) {
	q, high := d.plain(p)
	s = view(d.base, p, q)
	switch at(d.base, q) {
	case '"':
		if high && !utf8.ValidString(s) {
			return d.unescape(p)
		}
		return s, q + 1
	case '\\':
		return d.unescape(p)
	default:
		return "", d.fail(q)
	}
}

// skipString returns the index behind the string whose first byte, behind the
// quote, is at p, or -1.
func (d *Decoder) skipString(p int) int {
	for {
		p, _ = d.plain(p)
		switch at(d.base, p) {
		case '"':
			return p + 1
		case '\\':
			if p = d.escape(p); p < 0 {
				return p
			}
		default:
			return d.fail(p)
		}
	}
}

// escape returns the index behind the escape at p, or -1.
func (d *Decoder) escape(p int) int {
	switch at(d.base, p+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return p + 2
	case 'u':
		if hex4(d.base, p+2) < 0 {
			return d.fail(p)
		}
		return p + 6
	}
	return d.fail(p)
}

// unescape reads a string like str, into memory. Bytes that are not UTF-8 and
// lone surrogates become U+FFFD, as in encoding/json.
func (d *Decoder) unescape(p int) (s string, end int) {
	const step = 16 // more than one turn of the loop writes
	out, n := d.mem.grow(4*step), 0
	for {
		if len(out)-n < step {
			out = d.regrow(out, n)
		}
		w := load(d.base, p)
		binary.LittleEndian.PutUint64(out[n:], w)
		m := special(w) | w&highs
		if m == 0 {
			p, n = p+8, n+8
			continue
		}
		k := index(m)
		p, n = p+k, n+k
		switch c := at(d.base, p); {
		case c == '"':
			if n > 0 {
				s = unsafe.String(&out[0], n)
			}
			d.mem.text = d.mem.text[:len(d.mem.text)+n]
			return s, p + 1
		case c == '\\':
			r, q := d.escaped(p)
			if q < 0 {
				return "", q
			}
			p, n = q, n+utf8.EncodeRune(out[n:n+utf8.UTFMax], r)
		case c < ' ':
			return "", d.fail(p)
		default:
			r, size := utf8.DecodeRune(unsafe.Slice((*byte)(unsafe.Add(d.base, p)), utf8.UTFMax))
			p, n = p+size, n+utf8.EncodeRune(out[n:n+utf8.UTFMax], r)
		}
	}
}

// regrow moves the first n bytes of out, a string that is being written, to the
// beginning of a bigger free part.
func (d *Decoder) regrow(out []byte, n int) []byte {
	more := d.mem.grow(2 * len(out))
	copy(more, out[:n])
	return more
}

// escaped reads the escape at p: the character that it stands for, and the
// index behind it, or -1.
func (d *Decoder) escaped(p int) (r rune, end int) {
	c := at(d.base, p+1)
	if c != 'u' {
		if r = rune(simple[c]); r == 0 {
			return 0, d.fail(p)
		}
		return r, p + 2
	}
	if r = hex4(d.base, p+2); r < 0 {
		return 0, d.fail(p)
	}
	if !utf16.IsSurrogate(r) {
		return r, p + 6
	}
	if at(d.base, p+6) == '\\' && at(d.base, p+7) == 'u' {
		if r = utf16.DecodeRune(r, hex4(d.base, p+8)); r != utf8.RuneError {
			return r, p + 12
		}
	}
	return utf8.RuneError, p + 6
}

// simple holds the characters that the escapes of one letter stand for.
var simple = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// hexDigits holds the values of the hexadecimal digits, and 255 for the rest.
var hexDigits = func() (t [256]uint8) {
	for i := range t {
		t[i] = 255
	}
	for i := range 10 {
		t['0'+i] = uint8(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = uint8(10+i), uint8(10+i)
	}
	return t
}()

// hex4 reads the four hexadecimal digits at p, or returns -1.
func hex4(base unsafe.Pointer, p int) rune {
	a, b := hexDigits[at(base, p)], hexDigits[at(base, p+1)]
	c, e := hexDigits[at(base, p+2)], hexDigits[at(base, p+3)]
	if (a | b | c | e) > 15 {
		return -1
	}
	return rune(a)<<12 | rune(b)<<8 | rune(c)<<4 | rune(e)
}
