package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// postEvents answers POST /v1/events.
func (a *API) postEvents(w http.ResponseWriter, r *http.Request, t Token) error {
	post, err := postOf(r.Header, t)
	if err != nil {
		return err
	}
	if r.ContentLength > a.opts.MaxBody {
		return tooLarge("The body has %s.", r.ContentLength, a.opts.MaxBody)
	}
	if !a.intakes.enter() {
		return problem(overloaded, "Too many bodies are being taken in.",
			"Send the same again a little later.").with("Retry-After", "1")
	}
	defer a.intakes.leave()
	rc := http.NewResponseController(w)
	// Reading may take longer than answering may, and HTTP/2 would reset the stream.
	_ = rc.SetWriteDeadline(time.Time{})
	wire := &wireReader{r: r.Body, rc: rc, left: a.opts.MaxBody, limit: a.opts.MaxBody,
		each: a.opts.ReadTimeout, end: time.Now().Add(a.opts.BodyTimeout)}
	body, done, err := decoded(wire, r.Header.Get("Content-Encoding"), a.opts.MaxDecoded)
	if err != nil {
		return err
	}
	defer done()
	post.Body, post.Interrupt = body, wire.interrupt
	receipt, err := a.parts.Intake.Ingest(r.Context(), post)
	_ = rc.SetWriteDeadline(time.Now().Add(a.opts.WriteTimeout))
	receipt.tidy(a.opts.MaxRejected)
	var p *Problem
	switch {
	// Where it was cancelled, the server took the end of reading for that of the client.
	case wire.isInterrupted() && (body.err != nil || errors.Is(err, context.Canceled)):
		p = superseded()
		p.Receipt = &receipt
		writeProblem(w, r, p)
		linger(rc, r)
		return nil
	case body.err != nil:
		p = bodyProblem(body.err)
	case err != nil:
		return fmt.Errorf("take in events: %w", err)
	}
	if p != nil {
		p.Receipt = &receipt
		return p
	}
	return writeJSON(w, http.StatusOK, receipt)
}

// lingering is how long an answer given before its body was read waits for the client.
const lingering = time.Second

// linger sends the answer and reads on what the client is still sending. To close the connection
// at once, with bytes in it that nobody reads, would tell the client of a broken pipe and not of
// the answer. The server does that by itself, but not where a deadline cut its reading.
func linger(rc *http.ResponseController, r *http.Request) {
	_ = rc.Flush()
	if slices.Contains(r.TransferEncoding, "chunked") {
		time.Sleep(lingering) // a body in chunks is not read any more once a read of it failed
		return
	}
	_ = rc.SetReadDeadline(time.Now().Add(lingering))
	_, _ = io.Copy(io.Discard, r.Body)
}

// tidy holds the list of rejected lines to its bound.
func (r *Receipt) tidy(most int) {
	r.RejectedTotal = max(r.RejectedTotal, int64(len(r.Rejected)))
	if r.Rejected = r.Rejected[:min(len(r.Rejected), most)]; r.Rejected == nil {
		r.Rejected = []Rejection{}
	}
}

// bodyProblem says what is wrong with a body that could not be read to its end.
func bodyProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return problem(badBody, "The body breaks off, or is not what its Content-Encoding says: "+err.Error(),
		"Send it whole again: lines that were taken are dropped as duplicates.")
}

func tooLarge(format string, size, limit int64) *Problem {
	return problem(bodyTooLarge, fmt.Sprintf(format, bytesText(size)),
		fmt.Sprintf("Send at most %s at once, in several posts; lines that were taken are dropped as duplicates.", bytesText(limit)))
}

func slowBody(cure string) *Problem {
	return problem(tooSlow, "The body came too slowly.", cure).zh("请求体发送过慢。", "请尽快把请求体发送完整。")
}

// bytesText writes a size in the largest unit in which it is whole.
func bytesText(n int64) string {
	switch {
	case n > 0 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n > 0 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// wireReader reads a body as it comes, within a size, and a time for each piece
// and for the whole.
type wireReader struct {
	r           io.Reader
	rc          *http.ResponseController
	left, limit int64
	each        time.Duration
	end         time.Time

	mu          sync.Mutex
	interrupted bool
	read        bool // to its end: nothing is to be interrupted any more
}

// interrupt ends a read under way, and those to come. A body that has been read is left alone:
// its sender hears what came of it.
func (b *wireReader) interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.read {
		b.interrupted = true
		_ = b.rc.SetReadDeadline(time.Unix(1, 0)) // also the server's own, of what is left of the body
	}
}

func (b *wireReader) isInterrupted() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.interrupted
}

// begin sets the deadline of a read, unless reading was interrupted.
func (b *wireReader) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.interrupted {
		return superseded()
	}
	deadline := time.Now().Add(b.each)
	if deadline.After(b.end) {
		deadline = b.end
	}
	_ = b.rc.SetReadDeadline(deadline)
	return nil
}

// finish says that the body has been read. From then on the server reads ahead, and would take a
// deadline for the client's leaving while the lines are judged.
func (b *wireReader) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.read = true; !b.interrupted {
		_ = b.rc.SetReadDeadline(time.Time{})
	}
}

func (b *wireReader) Read(p []byte) (int, error) {
	if err := b.begin(); err != nil {
		return 0, err
	}
	// One byte beyond the limit tells a body that ends there from a larger one.
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if int64(n) > b.left {
		return int(b.left), tooLarge("The body has more than %s.", b.limit, b.limit)
	}
	b.left -= int64(n)
	if err == io.EOF {
		b.finish()
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = slowBody("Send smaller bodies; lines that were taken are dropped as duplicates.")
	}
	return n, err
}

// bodyReader reads the unpacked body within a size, and remembers what went
// wrong, so that a fault of the body is told from a fault of the intake.
type bodyReader struct {
	r           io.Reader
	left, limit int64
	err         error
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if int64(n) > b.left {
		n, err = int(b.left), tooLarge("The body has more than %s when unpacked.", b.limit, b.limit)
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// decoded unpacks a body. done frees what that took.
func decoded(wire io.Reader, encoding string, limit int64) (body *bodyReader, done func(), err error) {
	body, done = &bodyReader{left: limit, limit: limit}, func() {}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		body.r = wire
	case "gzip", "x-gzip":
		// The header is read at the first Read, where its faults belong.
		body.r = &lazyGzip{wire: wire}
	case "zstd":
		z, err := zstd.NewReader(wire, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, nil, bodyProblem(err)
		}
		body.r, done = z, z.Close
	default:
		return nil, nil, problem(badEncoding, fmt.Sprintf("The Content-Encoding %q is not known.", encoding),
			"Use gzip, zstd or none.").with("Accept-Encoding", "gzip, zstd")
	}
	return body, done, nil
}

type lazyGzip struct {
	wire io.Reader
	z    *gzip.Reader
}

func (g *lazyGzip) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.wire)
		if err != nil {
			if err == io.EOF { // an empty body is no gzip
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		g.z = z
	}
	return g.z.Read(p)
}
