package ingest

import (
	"bytes"
	"unicode/utf8"
	"unsafe"

	"github.com/orderguard/orderguard"
)

// Decoder decodes lines into events. The zero Decoder is ready for use. It is
// not safe for concurrent use.
type Decoder struct {
	base  unsafe.Pointer    // of the bytes being read
	event *orderguard.Event // that the line goes to
	mem   *arena            // where strings go that are no views
	own   arena             // mem of a Decoder that no Reader owns
	stop  int               // where the line stopped being JSON

	text, other, bad fieldSet // see doc.go
	faults           [places]fault
	words            [words]string

	odd    token // a token that is too long to be remembered
	follow [places]follow
	nest   [maxNesting/64 + 1]uint64 // a bit for each open bracket of a skipped value
}

// fault is what is wrong with a field, and its value as it stands in the line.
type fault struct {
	reason orderguard.RejectReason
	got    string
}

// Decode reads one line, without its line end, into e. White space around the
// object is allowed, line ends between its parts too. The error is nil or a
// *RejectError, and e is of no use with one.
//
// The strings of e do not depend on line: they are good until Reset. A Decoder
// that is never Reset allocates memory for them now and then.
func (d *Decoder) Decode(line []byte, e *orderguard.Event) error {
	if len(line) > orderguard.MaxLine {
		return tooLong(int64(len(line)))
	}
	d.mem = &d.own
	buf := d.mem.grow(len(line) + 1 + padding)[:len(line)+1]
	copy(buf, line)
	if bytes.IndexByte(line, '\n') >= 0 {
		// '\n' is the sentinel here; '\r' is treated alike by JSON everywhere.
		for i, c := range line {
			if c == '\n' {
				buf[i] = '\r'
			}
		}
	}
	buf[len(line)] = '\n'
	d.mem.text = d.mem.text[:len(d.mem.text)+len(buf)+padding]
	d.base = unsafe.Pointer(&buf[0])
	end, err := d.line(0, e)
	if err == nil && end < 0 {
		return &RejectError{Reason: orderguard.NotJSON, Detail: "the line is blank"}
	}
	if err != nil { // A nil *RejectError would be an error that is not nil.
		return err
	}
	return nil
}

// Reset lets the memory be used again that the strings of decoded events are
// in.
func (d *Decoder) Reset() { d.own.reset() }

// line decodes the line that begins at p and returns the index of its '\n', or
// -1 minus that, if the line is blank. With an error the end is not known.
func (d *Decoder) line(p int, e *orderguard.Event) (end int, err *RejectError) {
	start := p
	p = d.space(p)
	switch at(d.base, p) {
	case '{':
	case '\n':
		return -1 - p, nil
	default:
		return p, d.notObject(start, p)
	}
	*e = orderguard.Event{}
	d.event = e
	d.text, d.other, d.bad = 0, 0, 0
	if p = d.object(p); p < 0 {
		return 0, d.notJSON(start)
	}
	if at(d.base, p) != '\n' {
		if p = d.space(p); at(d.base, p) != '\n' {
			d.stop = p
			return 0, d.notJSON(start)
		}
	}
	return p, d.finish()
}

// object reads the object whose '{' is at p into the event and returns the
// index behind its '}', or -1 if it is not JSON.
//
// This is the hot loop. Nearly always the first or second remembered token
// fits, and a plain string follows.
func (d *Decoder) object(p int) int {
	base := d.base
	dest := [2]unsafe.Pointer{unsafe.Pointer(d.event), unsafe.Pointer(d)}
	f := fStart
	for {
		w0, w1 := load(base, p), load(base, p+8)
		t := &d.follow[f].tokens[0]
		if !t.is(w0, w1) {
			if t = &d.follow[f].tokens[1]; !t.is(w0, w1) {
				if t = d.find(f, p); t == nil {
					return -1
				}
			}
		}
		f = t.field
		p += int(t.n)
		switch t.op {
		case opString:
			start, high := p, uint64(0)
			for {
				w := load(base, p)
				if m := special(w); m != 0 {
					high |= w & (m&-m - 1)
					p += index(m)
					break
				}
				high |= w
				p += 8
			}
			s := view(base, start, p)
			if at(base, p) == '"' && (high&highs == 0 || utf8.ValidString(s)) {
				p++
			} else if s, p = d.str(start); p < 0 {
				return -1
			}
			*(*string)(unsafe.Add(dest[t.dest&1], t.off)) = s
			d.text |= 1 << f
			d.bad &^= 1 << f
		case opNumber:
			if p = d.digits(f, t.off, p); p < 0 {
				return -1
			}
		case opValue:
			if p = d.value(f, p); p < 0 {
				return -1
			}
		case opOpen:
			if p = d.space(p); at(base, p) == '{' {
				d.fits(fShipTo)
				f = fShipStart
			} else if p = d.value(f, p); p < 0 {
				return -1
			}
		case opClose:
		case opEnd:
			return p
		}
	}
}

// digits reads a number that is likely to be a plain integer of at most 18
// digits, for the field f at off in the event.
func (d *Decoder) digits(f field, off uintptr, p int) int {
	start := p
	v, ok := eightDigits(load(d.base, p))
	if ok {
		p += 8
	} else {
		v = 0
	}
	c := at(d.base, p)
	for ; c-'0' <= 9; c = at(d.base, p) {
		v = v*10 + uint64(c-'0')
		p++
	}
	n := p - start
	if n == 0 || n > 18 || n > 1 && at(d.base, start) == '0' || c != ',' && c != '}' {
		return d.value(f, start)
	}
	*(*int64)(unsafe.Add(unsafe.Pointer(d.event), off)) = int64(v)
	d.fits(f)
	return p
}
