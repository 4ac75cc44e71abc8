package decoders

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/ingest"
)

// TestResult measures all decoders in turn, by CPU time, and writes the result
// as JSON to the file that ORDERGUARD_DECODERS names: make bench does.
func TestResult(t *testing.T) {
	file := os.Getenv("ORDERGUARD_DECODERS")
	if file == "" {
		t.Skip("ORDERGUARD_DECODERS names no file to write to")
	}
	names, runs := contestants(t)
	const rounds = 9
	others := bench.WatchOthers()
	cpu, mallocs := map[string][]float64{}, map[string]float64{}
	for round := range rounds {
		for k := range names {
			name := names[(k+round)%len(names)]
			c, m := costOf(runs[name])
			cpu[name], mallocs[name] = append(cpu[name], c), m
		}
	}
	res := result(names, cpu, mallocs)
	res.Others = others()
	res.Commit = os.Getenv("ORDERGUARD_COMMIT")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(res.WriteTable(os.Stdout), res.WriteJSON(f), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// toBatches is what the product does: a reader over the text gives batches.
const toBatches = "ingest, to batches"

// contestants returns what decodes lines, and says how many: for a reader a whole
// batch, for the others all lines once. The product is first.
func contestants(t *testing.T) (names []string, runs map[string]func() int) {
	var all [][]byte
	for i := range lines {
		all = append(all, []byte(line(i)))
	}
	text := append(bytes.Join(all, []byte("\n")), '\n')
	names, by := decoders()
	runs = map[string]func() int{}
	events := make([]orderguard.Event, lines)
	for _, name := range names {
		runs[name] = func() int {
			for i, l := range all {
				if err := by[name](l, &events[i]); err != nil {
					t.Fatal(name, err)
				}
			}
			return lines
		}
	}
	r := ingest.NewReader(&endless{text: text}, ingest.ReaderOptions{Workers: 1})
	runs[toBatches] = func() int {
		b, err := r.Next(context.Background())
		if err != nil || len(b.Rejects) > 0 {
			t.Fatal(err, b.Rejects)
		}
		defer r.Recycle(b)
		return len(b.Events)
	}
	return append([]string{toBatches}, names...), runs
}

// endless gives the same text again and again.
type endless struct {
	text []byte
	at   int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

// costOf runs f for a while and returns the CPU time, and the allocations, of a
// line.
func costOf(f func() int) (cpu, mallocs float64) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin, n := cpuTime(), 0
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		n += f()
	}
	cpu = cpuTime() - begin
	runtime.ReadMemStats(&after)
	return cpu / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)
}

func cpuTime() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return float64(t.Sec) + float64(t.Nsec)/1e9
}

// result makes the result of the medians.
func result(names []string, cpu map[string][]float64, mallocs map[string]float64) *bench.Result {
	res := &bench.Result{
		Bench: "decoders", Command: "make decoders", When: time.Now().UTC().Truncate(time.Second), Machine: bench.ThisMachine(),
		Input: bench.Input{Name: "orders of the full contract in memory, 16 fields", Events: lines},
	}
	middle := map[string]float64{}
	for _, name := range names {
		slices.Sort(cpu[name])
		middle[name] = cpu[name][len(cpu[name])/2]
	}
	chart := bench.Chart{Title: "CPU time to decode a line of 264 bytes", Y: "s", Series: []bench.Series{{}}}
	own, best := middle[toBatches], ""
	for _, name := range names {
		res.Cases = append(res.Cases, bench.Case{Name: name, Values: []bench.Value{
			{Name: "CPU a line", Value: middle[name], Unit: "s"},
			{Name: "allocations a line", Value: mallocs[name]},
			{Name: "product is faster", Value: middle[name] / own, Unit: "x"},
		}})
		chart.Series[0].Points = append(chart.Series[0].Points, bench.Point{Label: name, Y: middle[name]})
		if !strings.HasPrefix(name, "ingest") && (best == "" || middle[name] < middle[best]) {
			best = name
		}
	}
	res.Charts = []bench.Chart{chart}
	res.Goals = []bench.Goal{
		{What: "decoding to batches, to encoding/json", Value: middle["encoding-json"] / own, Limit: 20, Unit: "x"},
		{What: "decoding to batches, to the best library, " + best, Value: middle[best] / own, Limit: 3, Unit: "x"},
		{What: "allocations a line", Value: mallocs[toBatches], Limit: .01, AtMost: true},
	}
	return res
}
