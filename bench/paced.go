package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pacing says which lines are sent, and when. Each line has a time at which it
// is due, whatever became of those before it (an open loop): a daemon that
// stalls does not slow the clock by which it is measured.
type pacing struct {
	path   string
	rate   float64       // lines a second; 0 sends as fast as they are taken
	total  int64         // lines to send; fewer if the file ends
	length time.Duration // without a rate: how long to send
	every  int64         // each so many-th line is a probe
	shops  int           // that probes are spread over
	prefix string        // of what probes name, which tells runs apart

	mu    sync.Mutex
	start time.Time
	marks []mark // without a rate: what was handed over when
	late  time.Duration
	ended int64 // lines, once all have been given
}

// mark is a time at which the lines before a number had been handed over.
type mark struct {
	lines int64
	at    time.Time
}

// due returns when the line with the number n, from 0, is due. Without a rate
// that is when it was handed over.
func (p *pacing) due(n int64) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rate > 0 {
		return p.start.Add(time.Duration(float64(n) / p.rate * 1e9))
	}
	i := sort.Search(len(p.marks), func(i int) bool { return p.marks[i].lines > n })
	if i == len(p.marks) {
		return time.Now()
	}
	return p.marks[i].at
}

// probe appends the probe that is the line n: an order to a placeholder of an
// address, which is flagged by itself and at once.
func (p *pacing) probe(b []byte, n int64, ts []byte) []byte {
	id := strconv.FormatInt(n, 10)
	b = append(append(append(b, `{"type":"order","id":"`...), p.prefix...), id...)
	b = append(append(b, `","ts":`...), ts...)
	b = append(append(append(b, `,"shop":"`...), p.shop(int(n/p.every)%p.shops)...), `","buyer":"`...)
	b = append(append(append(b, p.prefix...), id...), `","order":"`...)
	b = append(append(append(b, p.prefix...), id...), `","status":"created","ship_to":{"name":"A","country":"US","city":"Springfield","line1":"test"}}`...)
	return append(b, '\n')
}

// shop returns the name of a shop of probes.
func (p *pacing) shop(i int) string { return p.prefix + "shop-" + strconv.Itoa(i) }

// numberOf returns the number of the line that a probe was.
func (p *pacing) numberOf(order string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimPrefix(order, p.prefix), 10, 64)
	return n, err == nil && strings.HasPrefix(order, p.prefix)
}

// lines returns the stream after its first n lines. The clock begins with the
// first call.
func (p *pacing) lines(ctx context.Context) func(n int64) (io.Reader, error) {
	return func(n int64) (io.Reader, error) {
		f, err := os.Open(p.path)
		if err != nil {
			return nil, err
		}
		r := &pacedReader{pacing: p, ctx: ctx, file: f, src: bufio.NewReaderSize(f, 512<<10)}
		for r.line < n {
			if _, err := r.next(); err != nil {
				return nil, errors.Join(fmt.Errorf("line %d of the input: %w", r.line+1, err), f.Close())
			}
		}
		p.mu.Lock()
		if p.start.IsZero() {
			p.start = time.Now()
		}
		p.mu.Unlock()
		return r, nil
	}
}

// pacedReader gives the lines, each no sooner than it is due.
type pacedReader struct {
	*pacing
	ctx     context.Context
	file    *os.File
	src     *bufio.Reader
	line    int64  // of the next line
	pending []byte // of the line before it, not given yet
	ts      []byte // the time in the line that was read last
	made    []byte
}

// tick is how long lines gather at least until they are handed over.
const tick = time.Millisecond

// Read gives the lines that are due, as many as there is room for.
func (r *pacedReader) Read(b []byte) (n int, err error) {
	due, err := r.await()
	if err != nil {
		return 0, err
	}
	for n < len(b) {
		if len(r.pending) == 0 {
			if r.line >= due {
				break
			}
			if r.pending, err = r.next(); err != nil {
				break
			}
		}
		k := copy(b[n:], r.pending)
		n, r.pending = n+k, r.pending[k:]
	}
	if r.rate == 0 {
		r.mu.Lock()
		r.marks = append(r.marks, mark{r.line, time.Now()})
		r.mu.Unlock()
	}
	if errors.Is(err, io.EOF) && n > 0 {
		err = nil // the next call tells
	}
	return n, err
}

// await waits until a line is due, and returns the number before which all are.
func (r *pacedReader) await() (due int64, err error) {
	if len(r.pending) > 0 {
		return r.line, nil
	}
	if r.line >= r.total || r.rate == 0 && time.Since(r.start) >= r.length {
		r.end()
		return 0, io.EOF
	}
	if r.rate == 0 {
		return r.total, nil
	}
	late := time.Since(r.due(r.line))
	if late < 0 {
		select {
		case <-time.After(max(-late, tick)):
		case <-r.ctx.Done():
			return 0, context.Cause(r.ctx)
		}
		late = time.Since(r.due(r.line))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = max(r.late, late)
	return min(r.total, int64(time.Since(r.start).Seconds()*r.rate)+1), nil
}

// end notes how many lines there were.
func (r *pacedReader) end() {
	r.mu.Lock()
	r.ended = r.line
	r.mu.Unlock()
}

// next returns the next line: a probe, or one of the file.
func (r *pacedReader) next() ([]byte, error) {
	if r.ts != nil && r.line%r.every == r.every-1 {
		r.made = r.probe(r.made[:0], r.line, r.ts)
		r.line++
		return r.made, nil
	}
	line, err := r.src.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, io.EOF) {
			r.end()
		}
		return nil, err
	}
	r.line++
	// Only the line before a probe lends it its time.
	if r.ts == nil || r.line%r.every == r.every-1 {
		if ts := timeIn(line); ts != nil {
			r.ts = append(r.ts[:0], ts...)
		}
	}
	return line, nil
}

// Close closes the file.
func (r *pacedReader) Close() error { return r.file.Close() }

// timeIn returns the time in a line as it is written there, nil if there is none.
func timeIn(line []byte) []byte {
	_, rest, ok := bytes.Cut(line, []byte(`"ts":`))
	if !ok {
		return nil
	}
	ts, _, ok := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(","))
	if !ok {
		ts, _, ok = bytes.Cut(rest, []byte("}"))
	}
	if !ok {
		return nil
	}
	return bytes.TrimSpace(ts)
}
