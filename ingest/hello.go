package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/orderguard/orderguard"
)

// Hello is what a feed says first that wants to know what of it is durable:
// {"hello":{"stream":"orders-eu","token":"…"}}.
type Hello struct {
	Stream string `json:"stream"`
	Token  string `json:"token"`
}

// errNoHello says that a line is not meant as a hello.
var errNoHello = errors.New("no hello")

// byteOrderMark is what some programs begin UTF-8 text with.
var byteOrderMark = []byte("\xef\xbb\xbf")

// parseHello reads a connection's first line, with the blank ones before it.
func parseHello(line []byte) (h Hello, err error) {
	var outer map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimPrefix(line, byteOrderMark), &outer) != nil || outer["type"] != nil {
		return h, errNoHello
	}
	if outer["hello"] == nil {
		for key := range outer {
			if strings.EqualFold(key, "hello") {
				return h, fmt.Errorf("hello: the first line has %q: write it in small letters", key)
			}
		}
		return h, errNoHello
	}
	if len(outer) > 1 {
		return h, errors.New(`hello: it stands alone in its line: {"hello":{"stream":"NAME","token":"TOKEN"}}`)
	}
	d := json.NewDecoder(bytes.NewReader(outer["hello"]))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			err = errors.New(strings.TrimPrefix(kind.Field+": got a JSON "+kind.Value, ": "))
		}
		return h, fmt.Errorf(`hello: %w: want {"hello":{"stream":"NAME","token":"TOKEN"}}`, err)
	}
	if h.Stream == "" || len(h.Stream) > orderguard.MaxID {
		return h, fmt.Errorf("hello: stream: want a name of 1 to %d bytes, got %d", orderguard.MaxID, len(h.Stream))
	}
	return h, nil
}

// opening is the beginning of a connection, read to look at its first line.
type opening struct {
	io.Reader
	head []byte // read and not yet given
	err  error  // that came behind it
}

// firstLine reads up to the end of the first line that is not blank, or as much as a
// hello may have, and keeps all of it to be read again.
func (o *opening) firstLine() []byte {
	end := 0
	for buf := make([]byte, 4<<10); end == 0 && o.err == nil && len(o.head) <= orderguard.MaxLine; {
		var n int
		n, o.err = o.Reader.Read(buf)
		o.head = append(o.head, buf[:n]...)
		end = endOfFirst(o.head)
	}
	return o.head[:end]
}

// endOfFirst returns where the first line that is not blank ends; 0 if it has not.
func endOfFirst(text []byte) int {
	rest := bytes.TrimLeft(bytes.TrimPrefix(text, byteOrderMark), " \t\r\n")
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		return len(text) - len(rest) + n + 1
	}
	return 0
}

// skip takes the first n bytes away.
func (o *opening) skip(n int) { o.head = o.head[n:] }

// Read implements io.Reader.
func (o *opening) Read(b []byte) (int, error) {
	if len(o.head) > 0 {
		n := copy(b, o.head)
		o.head = o.head[n:]
		return n, nil
	}
	if o.err != nil {
		return 0, o.err
	}
	return o.Reader.Read(b)
}
