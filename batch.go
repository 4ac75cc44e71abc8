package orderguard

// Batch is some thousand events, cut from one block of one feed, in the order
// of their lines, with the bad lines among them.
type Batch struct {
	// Feed names the space in which event ids are unique.
	Feed string
	// Source is where the lines came from, for people: a file's name, a remote
	// address.
	Source string
	// Events are the good lines.
	Events []Event
	// Rejects are the bad lines.
	Rejects []Reject
	// FirstLine is the number of the block's first line in its source, from 1;
	// Lines counts all its lines, blank ones too.
	FirstLine, Lines int64
	// Offset is where the block begins in its source, Bytes how long it is.
	Offset, Bytes int64
	// Raw is the lines, each with its line end. Decoded again they give the same
	// events, and as many bad lines for the same reasons. Of a line that is far
	// too long it has the beginning, and nothing of one in whose middle the
	// source broke off.
	Raw []byte
}

// Reject is a line that is not an event.
type Reject struct {
	Line   int64        // its number in its source, from 1
	Offset int64        // of its first byte in its source
	Reason RejectReason // what is wrong
	Detail string       // what, where, and what to do
	Raw    []byte       // the line, without its line end
	Cut    bool         // Raw is only the beginning, the line was longer than is kept
}

// RejectReason is why a line is not an event: one of a closed list, so that it
// can be counted.
type RejectReason uint8

// The reasons for rejecting a line.
const (
	LineTooLong   RejectReason         = iota + 1 // longer than MaxLine
	NotJSON                                       // not well-formed JSON
	NotObject                                     // JSON, but not an object
	MissingField                                  // a field that the type needs is absent or empty
	WrongType                                     // a field has another JSON type than it should
	BadValue                                      // a field's value is none of those allowed
	BadTime                                       // not a time, or outside 1970 to 9999
	NumberTooBig                                  // a number does not fit in 64 bits
	IDTooLong                                     // an id is longer than MaxID
	RejectReasons = int(IDTooLong) + 1            // how many values a RejectReason can have
)

var rejectNames = [RejectReasons]string{
	"", "line_too_long", "not_json", "not_object", "missing_field", "wrong_type", "bad_value",
	"bad_time", "number_too_big", "id_too_long",
}

// String returns the reason as dead letters and metrics write it.
func (r RejectReason) String() string { return nameOf(rejectNames[:], r) }

// MarshalText returns the text of String. It never fails.
func (r RejectReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a reason's name.
func (r *RejectReason) UnmarshalText(b []byte) error {
	return unmarshalName(rejectNames[:], "reject reason", b, r)
}
