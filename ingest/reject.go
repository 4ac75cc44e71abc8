package ingest

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orderguard/orderguard"
)

// RejectError says why a line is not an event.
type RejectError struct {
	Reason orderguard.RejectReason
	// Detail says what is wrong, where, and what would be right. Values in it
	// are cut to 40 bytes.
	Detail string
}

// Error returns the detail.
func (e *RejectError) Error() string { return e.Detail }

// maxGot is how many bytes of a value a detail shows.
const maxGot = 40

// quote returns s quoted, and cut.
func quote(s string) string {
	if len(s) > maxGot {
		return strconv.Quote(cut(s)) + "..."
	}
	return strconv.Quote(s)
}

// cut returns the first maxGot bytes of s, or a few less so as not to split a
// character.
func cut(s string) string {
	if len(s) <= maxGot {
		return s
	}
	n := maxGot
	for n > maxGot-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func decimal(t orderguard.Millis) string { return strconv.FormatInt(int64(t), 10) }

// reject returns the error that the first fault calls for, of the fields that
// the event has.
func (d *Decoder) reject(has fieldSet) *RejectError {
	f := field(bits.TrailingZeros64(uint64(d.bad & has)))
	fault := &d.faults[f]
	name, want := specs[f].name, specs[f].want
	if f >= fName {
		name = specs[fShipTo].name + "." + name
	}
	got := fault.got
	if quoted := fault.reason != orderguard.WrongType && strings.HasPrefix(got, `"`); !quoted && len(got) > maxGot {
		got = cut(got) + "..."
	}
	var detail string
	switch fault.reason {
	case orderguard.MissingField:
		detail = d.needed(f, name)
	case orderguard.NumberTooBig:
		detail = fmt.Sprintf("%s: want an integer of 64 bits, got %s", name, got)
	case orderguard.IDTooLong:
		detail = fmt.Sprintf("%s: want at most %d bytes, got more: %s", name, orderguard.MaxID, got)
	case orderguard.BadValue:
		if specs[f].class == integer && f != fRating {
			want += " from 0"
		}
		if f == fStatus {
			want = d.statuses()
		}
		fallthrough
	default:
		detail = fmt.Sprintf("%s: want %s, got %s", name, want, got)
	}
	return &RejectError{Reason: fault.reason, Detail: detail}
}

// needed says that a field is missing that the event needs.
func (d *Decoder) needed(f field, name string) string {
	typ := d.words[wType]
	switch {
	case f <= fTime:
		return name + ": missing or empty, every event needs it"
	case f == fShop && typ == "account":
		return "shop, buyer: missing or empty, an account event needs one of them"
	case typ == "order" || typ == "account":
		return fmt.Sprintf("%s: missing or empty, an %s event needs it", name, typ)
	default:
		return fmt.Sprintf("%s: missing or empty, a %s event needs it", name, typ)
	}
}

// statuses names the statuses that the line's type has.
func (d *Decoder) statuses() string {
	if d.words[wType] == "dispute" {
		return "opened, escalated, withdrawn or closed"
	}
	return "created, paid, shipped, delivered, completed, cancelled or refunded"
}

// notJSON says where the line, from start, stopped being JSON.
func (d *Decoder) notJSON(start int) *RejectError {
	what := "the line ends in the middle of the JSON object"
	if c := at(d.base, d.stop); c != '\n' {
		what = "unexpected " + strconv.QuoteRune(rune(c))
		if c >= utf8.RuneSelf {
			what = fmt.Sprintf("unexpected byte 0x%02x", c)
		}
	}
	return &RejectError{
		Reason: orderguard.NotJSON,
		Detail: fmt.Sprintf("byte %d: %s; want one JSON object a line", d.stop-start+1, what),
	}
}

// notObject judges the line from start, whose first byte that is no white space
// is at p and does not begin an object.
func (d *Decoder) notObject(start, p int) *RejectError {
	first := p
	if p = d.any(p, 0); p >= 0 {
		if p = d.space(p); at(d.base, p) == '\n' {
			got := cut(view(d.base, first, p))
			return &RejectError{
				Reason: orderguard.NotObject,
				Detail: fmt.Sprintf("want one JSON object a line, got %s", got),
			}
		}
		d.stop = p
	}
	return d.notJSON(start)
}

func tooLong(n int64) *RejectError {
	return &RejectError{
		Reason: orderguard.LineTooLong,
		Detail: fmt.Sprintf("the line has %d bytes, want at most %d", n, orderguard.MaxLine),
	}
}
