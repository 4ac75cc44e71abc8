package api

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/orderguard/orderguard"
)

// Post is a body of events and, where the client says so, the place of its lines.
type Post struct {
	Body io.Reader
	// Interrupt ends the reading of Body, because somebody else feeds the same
	// stream, or sends the same post, from now on.
	Interrupt func()
	// Stream is that whose lines the body has, those after Offset of them; empty
	// if the client names none.
	Stream string
	Offset int64
	// Key is the same when the client sends a post again, and differs from those
	// of other tokens; empty if it gives none.
	Key string
}

// GapError says that the body begins after lines of its stream that are not durable.
type GapError struct {
	Offset, Durable int64
}

func (e *GapError) Error() string {
	return fmt.Sprintf("The stream has %d durable lines, and the body begins after line %d: what is between would be lost.", e.Durable, e.Offset)
}

// Headers of a post that say where its lines belong.
const (
	streamHeader = "X-Orderguard-Stream"
	offsetHeader = "X-Orderguard-Offset"
	keyHeader    = "Idempotency-Key"
)

// maxKey is the longest Idempotency-Key, in bytes.
const maxKey = 255

// postOf reads where the lines of a post belong.
func postOf(h http.Header, t Token) (p Post, err error) {
	p.Stream = h.Get(streamHeader)
	offset, key := h.Get(offsetHeader), h.Get(keyHeader)
	bad := func(detail, cure string) (Post, error) { return Post{}, problem(badHeader, detail, cure) }
	for _, name := range []string{streamHeader, offsetHeader, keyHeader} {
		// A client whose variable is unset asks for a guarantee that it would not get.
		if list := h.Values(name); len(list) > 0 && list[0] == "" {
			return bad("The header "+name+" is empty.", "Give it a value, or leave it out.")
		}
	}
	switch {
	case len(p.Stream) > orderguard.MaxID:
		return bad(fmt.Sprintf("The name of the stream has %d bytes.", len(p.Stream)), fmt.Sprintf("Use a name of at most %d.", orderguard.MaxID))
	case len(key) > maxKey:
		return bad(fmt.Sprintf("The %s has %d bytes.", keyHeader, len(key)), fmt.Sprintf("Use one of at most %d, such as a UUID.", maxKey))
	case p.Stream != "" && key != "":
		return bad("A post is a part of a stream, or one by itself with a key.", "Leave "+keyHeader+" out: the stream and the offset say what of it is durable already.")
	case (p.Stream == "") != (offset == ""):
		return bad("A stream and an offset go together.", "Send both "+streamHeader+" and "+offsetHeader+", the number of lines of the stream before this body.")
	}
	if offset != "" {
		if p.Offset, err = strconv.ParseInt(offset, 10, 64); err != nil || p.Offset < 0 {
			return bad(fmt.Sprintf("The offset %q is no number from 0 on.", offset), "Send how many lines of the stream come before this body.")
		}
	}
	if key != "" {
		p.Key = t.ID + " " + key
	}
	return p, nil
}

// superseded is told to a client whose post another has taken the place of.
func superseded() *Problem {
	return problem(superseding, "Another call or connection feeds the same stream, or sends the same post, now.",
		"Feed a stream by one sender at a time. The receipt says what of the body was taken.")
}
