package ingest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/orderguard/orderguard"
)

// DeadLetters writes rejected lines as NDJSON; the package's documentation
// shows the fields. It is not safe for concurrent use.
type DeadLetters struct {
	w *bufio.Writer
	e *json.Encoder
}

// NewDeadLetters returns a DeadLetters that writes to w, through a buffer:
// Flush it in the end.
func NewDeadLetters(w io.Writer) *DeadLetters {
	b := bufio.NewWriterSize(w, 64<<10)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return &DeadLetters{w: b, e: e}
}

// deadLetter is the record of one line. Exactly one of the raws is set.
type deadLetter struct {
	Source    string                  `json:"source"`
	Line      int64                   `json:"line"`
	Offset    int64                   `json:"offset"`
	Reason    orderguard.RejectReason `json:"reason"`
	Error     string                  `json:"error"`
	Raw       *string                 `json:"raw,omitempty"`
	RawBase64 []byte                  `json:"raw_base64,omitempty"`
	Cut       bool                    `json:"cut,omitempty"`
}

// Write writes the rejects of a batch. After an error every further Write and
// Flush returns one.
func (d *DeadLetters) Write(b *orderguard.Batch) error {
	for i := range b.Rejects {
		r := &b.Rejects[i]
		x := deadLetter{
			Source: b.Source, Line: r.Line, Offset: r.Offset, Reason: r.Reason, Error: r.Detail, Cut: r.Cut,
		}
		if utf8.Valid(r.Raw) {
			s := string(r.Raw)
			x.Raw = &s
		} else {
			x.RawBase64 = r.Raw
		}
		if err := d.e.Encode(x); err != nil {
			return fmt.Errorf("ingest: write dead letters: %w", err)
		}
	}
	return nil
}

// Flush writes what is in the buffer.
func (d *DeadLetters) Flush() error {
	if err := d.w.Flush(); err != nil {
		return fmt.Errorf("ingest: write dead letters: %w", err)
	}
	return nil
}
