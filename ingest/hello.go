package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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

// parseHello reads a connection's first line.
func parseHello(line []byte) (h Hello, err error) {
	var outer map[string]json.RawMessage
	if !bytes.Contains(line, []byte(`"hello"`)) || json.Unmarshal(line, &outer) != nil || outer["hello"] == nil || outer["type"] != nil {
		return h, errNoHello
	}
	if len(outer) > 1 {
		return h, errors.New(`hello: it stands alone in its line: {"hello":{"stream":"NAME","token":"TOKEN"}}`)
	}
	d := json.NewDecoder(bytes.NewReader(outer["hello"]))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
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

// firstLine reads up to the end of the first line, or as much as a hello may
// have, and keeps all of it to be read again.
func (o *opening) firstLine() []byte {
	for buf := make([]byte, 4<<10); o.err == nil && len(o.head) <= orderguard.MaxLine; {
		var n int
		n, o.err = o.Reader.Read(buf)
		o.head = append(o.head, buf[:n]...)
		if bytes.IndexByte(buf[:n], '\n') >= 0 {
			break
		}
	}
	end := bytes.IndexByte(o.head, '\n') + 1
	return o.head[:end]
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
