package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
)

// output writes lines, and makes them ugly where options ask for it: late,
// twice, broken. It has its own random numbers, so that the marketplace stays
// the same.
type output struct {
	w        *bufio.Writer
	r        *rand.Rand
	disorder int64
	dup, err float64
	// held are lines that wait for their time of arrival, by that.
	held  queue
	lines [][]byte
	free  []uint32
	n     uint64
	// previous is the line before, from which broken ones are made.
	previous               []byte
	duplicates, bad, bytes int64
}

func newOutput(w io.Writer, o *GenOptions) *output {
	return &output{
		w: bufio.NewWriterSize(w, 1<<18), r: rand.New(rand.NewPCG(o.Seed, hashName("output"))),
		disorder: o.Disorder.ms(), dup: o.DuplicateShare, err: o.BadLineShare,
	}
}

// write takes a line without its end, of an event at the time given. Times
// never fall.
func (u *output) write(line []byte, at int64) error {
	for len(u.held) > 0 && u.held[0].at < at {
		if err := u.release(); err != nil {
			return err
		}
	}
	if u.err > 0 && u.r.Float64() < u.err && len(u.previous) > 0 {
		if err := u.put(u.broken(), true); err != nil {
			return err
		}
	}
	if u.dup > 0 && u.r.Float64() < u.dup {
		u.duplicates++
		u.hold(line, at+u.r.Int64N(30*second+u.disorder))
	}
	if u.disorder > 0 {
		u.hold(line, at+u.r.Int64N(u.disorder+1))
		return nil
	}
	return u.put(line, false)
}

// hold keeps a copy of a line until the stream has reached the time given.
func (u *output) hold(line []byte, until int64) {
	slot := uint32(len(u.lines))
	if k := len(u.free); k > 0 {
		slot, u.free = u.free[k-1], u.free[:k-1]
	} else {
		u.lines = append(u.lines, nil)
	}
	u.lines[slot] = append(u.lines[slot][:0], line...)
	u.n++
	u.held.push(task{at: until, n: u.n, slot: slot})
}

// release writes the line that has waited longest.
func (u *output) release() error {
	t := u.held.pop()
	u.free = append(u.free, t.slot)
	return u.put(u.lines[t.slot], false)
}

// put writes a line and its end.
func (u *output) put(line []byte, bad bool) error {
	if bad {
		u.bad++
	} else if u.err > 0 {
		u.previous = append(u.previous[:0], line...)
	}
	u.bytes += int64(len(line)) + 1
	_, err := u.w.Write(line)
	if err == nil {
		err = u.w.WriteByte('\n')
	}
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}

// flush writes all that is held.
func (u *output) flush() error {
	for len(u.held) > 0 {
		if err := u.release(); err != nil {
			return err
		}
	}
	if err := u.w.Flush(); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}

// broken returns a line that is no event: half of one, or one of the things
// that feeds are found to carry.
func (u *output) broken() []byte {
	all := []string{
		"null", "[]", "{}", "order created", "2026-11-02 00:00:01 INFO feed connected", `{"type":"order"}`,
		`{"type":"ordr","id":"e-1","ts":"2026-11-02T00:00:00Z","shop":"s","buyer":"b","order":"o","status":"created"}`,
		`{"type":"order","id":"e-2","ts":"yesterday","shop":"s","buyer":"b","order":"o","status":"created"}`,
		`{"type":"order","id":"e-3","ts":1793577600000,"shop":7,"buyer":"b","order":"o","status":"created"}`,
		`{"type":"review","id":"e-4","ts":1793577600000,"shop":"s","buyer":"b","order":"o","rating":9}`,
		"\x00\x01\x02", "{\"type\":\"order\",",
	}
	if k := u.r.IntN(2 * len(all)); k < len(all) {
		return []byte(all[k])
	}
	return u.previous[:1+u.r.IntN(len(u.previous)-1)]
}
