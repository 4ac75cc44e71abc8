package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// counter counts an event of the processor in the processes that it runs, by
// perf. The zero value counts nothing: perf may not be installed, and many
// virtual machines have no counters.
type counter struct {
	perf, event string
}

// newCounter returns a counter of an event, which counts nothing where that is
// not possible.
func newCounter(ctx context.Context, event string) counter {
	path, err := exec.LookPath("perf")
	if err != nil {
		return counter{}
	}
	c := counter{perf: path, event: event}
	out, err := exec.CommandContext(ctx, path, "stat", "-x,", "-e", event, "true").CombinedOutput()
	if _, ok := c.parse(out); err != nil || !ok {
		return counter{}
	}
	return c
}

// wrap makes a command one that is counted, and returns how to read what was
// counted once it has run: -1 if nothing was.
func (c counter) wrap(cmd *exec.Cmd) (*exec.Cmd, func() float64) {
	if c.perf == "" {
		return cmd, func() float64 { return -1 }
	}
	file, err := os.CreateTemp("", "orderguard-perf-*")
	if err != nil {
		return cmd, func() float64 { return -1 }
	}
	_ = file.Close() // perf opens it itself
	cmd.Args = append([]string{c.perf, "stat", "-x,", "-o", file.Name(), "-e", c.event, "--"}, cmd.Args...)
	cmd.Path = c.perf
	return cmd, func() float64 {
		text, err := os.ReadFile(file.Name())
		_ = os.Remove(file.Name()) // a file in the temporary folder at worst
		n, ok := c.parse(text)
		if err != nil || !ok {
			return -1
		}
		return n
	}
}

// parse reads the count from what perf stat -x, writes.
func (c counter) parse(text []byte) (float64, bool) {
	for line := range bytes.Lines(text) {
		fields := strings.Split(string(line), ",")
		if len(fields) < 3 || !strings.HasPrefix(fields[2], c.event) {
			continue
		}
		n, err := strconv.ParseFloat(fields[0], 64)
		return n, err == nil // it may be <not supported>
	}
	return 0, false
}

// String names the event as people do.
func (c counter) String() string {
	return fmt.Sprintf("%s an event", strings.ReplaceAll(c.event, "-", " "))
}
