package detect

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/orderguard/orderguard"
)

// Filter is a test of one field of an event.
type Filter struct {
	Field Field
	Test  Test
	// Values are those of a OneOf, or the words of a Contains or the texts of an
	// Is in small letters, sorted, without repetitions.
	Values []string
	words  *wordSet // of a Contains
	// codes has a bit for each of the Values of a OneOf whose field has a code;
	// comparing numbers is quicker.
	codes uint32
	// Numbers are those of a OneOfNumbers, sorted, without repetitions.
	Numbers []int64
	// Lo and Hi are the bounds of a Between, both included.
	Lo, Hi int64
}

// Test is what a filter asks of its field.
type Test uint8

// The tests. An event whose kind does not carry the field passes none of them.
const (
	OneOf        Test = iota + 1 // the text is one of Values
	OneOfNumbers                 // the number is one of Numbers
	Between                      // the number is at least Lo and at most Hi
	Contains                     // the text contains one of Values, capital or small
	Present                      // the field has a value
	Absent                       // the field has none
	Is                           // the text is one of Values, capital or small, whatever signs stand around it
)

// manyValues is from how many on it pays to search by halves.
const manyValues = 16

// Match says whether e passes the test. It does not allocate.
func (f *Filter) Match(e *orderguard.Event) bool { return f.match(e, &derived{}) }

// derived remembers what has been worked out of an event, which costs far more
// than to compare it: many filters may ask.
type derived struct {
	noteKind, addressFault, textKind, nameKind uint8 // one more than the value; 0 is not known yet
}

// match is Match for one who tests an event many times.
func (f *Filter) match(e *orderguard.Event, d *derived) bool {
	if !f.Field.On().Has(e.Kind) {
		return false
	}
	switch f.Test {
	case OneOf:
		if f.codes != 0 {
			return f.codes>>f.Field.code(e, d)&1 == 1
		}
		if len(f.Values) > manyValues {
			_, found := slices.BinarySearch(f.Values, f.Field.Text(e))
			return found
		}
		return slices.Contains(f.Values, f.Field.Text(e))
	case OneOfNumbers:
		return slices.Contains(f.Numbers, f.Field.Number(e))
	case Between:
		v := f.Field.Number(e)
		return v >= f.Lo && v <= f.Hi && f.Field.known(v)
	case Contains:
		return f.words.in(f.Field.Text(e))
	case Is:
		return f.is(f.Field.Text(e))
	case Present:
		return f.present(e)
	case Absent:
		return !f.present(e)
	}
	return false
}

// is says whether a text, but for signs and spaces around it, is one of the values.
func (f *Filter) is(text string) bool {
	text = strings.TrimFunc(text, isSign)
	return slices.ContainsFunc(f.Values, func(v string) bool { return strings.EqualFold(v, text) })
}

// isSign says whether a rune belongs to no word and no number.
func isSign(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

// code returns the number that an event has for a value of an enumeration, from
// 1 in the order of its values; 0 for none and for other fields.
func (f Field) code(e *orderguard.Event, d *derived) uint8 {
	switch f {
	case FieldActor:
		return uint8(e.Actor)
	case FieldReason:
		return uint8(e.Reason)
	case FieldOutcome:
		return uint8(e.Outcome)
	case FieldFrom:
		return uint8(e.From)
	case FieldRole:
		return uint8(e.Role)
	case FieldNoteKind:
		if d.noteKind == 0 {
			d.noteKind = 1 + uint8(readSafely(kindOfText, e.Note))
		}
		return d.noteKind - 1
	case FieldTextKind:
		if d.textKind == 0 {
			d.textKind = 1 + uint8(readSafely(kindOfText, e.Text))
		}
		return d.textKind - 1
	case FieldNameKind:
		if d.nameKind == 0 {
			d.nameKind = 1 + uint8(readSafely(kindOfName, e.ShipTo.Name))
		}
		return d.nameKind - 1
	case FieldAddressFault:
		if d.addressFault == 0 {
			d.addressFault = 1 + uint8(readSafely(faultOf, &e.ShipTo))
		}
		return d.addressFault - 1
	}
	return 0
}

// setCodes notes the codes of the values that the filter allows.
func (f *Filter) setCodes() {
	switch f.Field {
	case FieldActor, FieldReason, FieldOutcome, FieldFrom, FieldRole, FieldNoteKind, FieldAddressFault, FieldTextKind, FieldNameKind:
		for _, v := range f.Values {
			f.codes |= 1 << (1 + slices.Index(fields[f.Field].values, v))
		}
	}
}

// present says whether the field has a value in e. A number that is 0 counts
// as none, since an event does not tell it from a field that is not there.
func (f *Filter) present(e *orderguard.Event) bool {
	if f.Field.isText() {
		return f.Field.Text(e) != ""
	}
	v := f.Field.Number(e)
	return f.Field.known(v) && (v != 0 || f.Field == FieldBuyerAge)
}

// known says whether v is a value of f, not the mark of an unknown one.
func (f Field) known(v int64) bool { return f != FieldBuyerAge || v >= 0 }

// key returns the filter's canonical text.
func (f *Filter) key() string {
	var b strings.Builder
	b.WriteString(f.Field.String())
	switch f.Test {
	case OneOf, Contains, Is:
		mark := map[Test]rune{OneOf: '=', Contains: '~', Is: '≈'}[f.Test]
		values := slices.Compact(slices.Sorted(slices.Values(f.Values)))
		for i, v := range values {
			if i > 0 {
				mark = '|'
			}
			b.WriteRune(mark)
			b.WriteString(strconv.Quote(v))
		}
	case OneOfNumbers:
		numbers := slices.Compact(slices.Sorted(slices.Values(f.Numbers)))
		for i, v := range numbers {
			b.WriteByte("=|"[min(i, 1)])
			b.WriteString(strconv.FormatInt(v, 10))
		}
	case Between:
		b.WriteString("[" + strconv.FormatInt(f.Lo, 10) + "," + strconv.FormatInt(f.Hi, 10) + "]")
	case Present:
		b.WriteByte('+')
	case Absent:
		b.WriteByte('-')
	}
	return b.String()
}
