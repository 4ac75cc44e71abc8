// Package ingest turns bytes into events: it reads feeds, cuts them into
// lines, decodes the lines, keeps the bad ones, and puts the good ones in the
// order of event time.
//
// # The way of the data
//
//	Open, a TCP connection or an HTTP body     bytes, unpacked
//	  Reader      blocks cut at line ends, decoded in parallel
//	  Decoder     one line to one orderguard.Event
//	  DeadLetters the lines that are no events, with the reason
//	  Sequencer   watermarks, lateness, the stream's clock
//
// A Reader gives batches in the order of their lines, whatever the number of
// its workers. The strings of a batch are views into its block: Recycle gives
// both back, and a stream in its steady state allocates nothing.
//
// # How a line is decoded
//
// The Decoder goes over a line once, 8 bytes at a time. It validates all of
// the JSON, of unknown fields too, to the letter of encoding/json. At each key
// it first compares the bytes with those that followed the same key in lines
// before (file token.go), which are nearly always the same, and goes on to the
// value; otherwise it reads the key in full and remembers its bytes. Values go
// straight to their place in the event:
//
//	text      a field of the event            id, shop, note, ship_to.city ...
//	word      Decoder.words, told apart last  type, status, actor, ts as a string ...
//	integer   a field of the event            qty, amount, ts as a number ...
//
// Three sets of bits say what was seen: text (the field's last value was a
// string), other (any other value that fits), and bad (a value that does not).
// Only the type of the event says which fields count, and it may come last, so
// judging what was seen is the end of the work (file finish.go). Fields that
// the type does not have are cleared, and what is wrong with them forgotten.
//
// Line ends are sentinels: a block ends with '\n', a string, number or space
// stops there by itself, and no loop looks for the end of the line.
//
// # Dead letters
//
// One JSON object a line:
//
//	source  the file or the remote address
//	line    the line's number in its source, from 1
//	offset  of its first byte in its source (after unpacking)
//	reason  one of orderguard.RejectReason
//	error   what is wrong, and where
//	raw     the line as a string, or
//	raw_base64  the line in base64, when it is not valid UTF-8
//	cut     true if raw is only the line's beginning
package ingest
