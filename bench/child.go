package bench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/metrics"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Program is the product as a program, of which benchmarks run more processes:
// each thing that is measured has one of its own, so that its peak memory and
// its garbage are its own.
type Program struct {
	Path string
	// Name is what the process is told that it is called; empty is Path.
	Name string
}

// ThisProgram returns the program that is running.
func ThisProgram() (Program, error) {
	path, err := os.Executable()
	if err != nil {
		return Program{}, fmt.Errorf("the program's own file: %w", err)
	}
	return Program{Path: path, Name: os.Args[0]}, nil
}

// command returns a process of the program that is not started yet.
func (p Program) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.Path, args...)
	c.Args[0] = cmp.Or(p.Name, p.Path)
	return c
}

// measure runs a process that prints what it measured as JSON, and returns what
// was counted meanwhile, -1 if nothing was.
func (p Program) measure(ctx context.Context, counts counter, into any, args ...string) (counted float64, err error) {
	c, read := counts.wrap(p.command(ctx, args...))
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err = c.Run()
	counted = read()
	if err != nil {
		return -1, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		return -1, fmt.Errorf("%s: what it printed: %w", strings.Join(args, " "), err)
	}
	return counted, nil
}

// Used is what a process used while it worked.
type Used struct {
	Seconds    float64 `json:"seconds"`     // by the clock
	CPUSeconds float64 `json:"cpu_seconds"` // of user and system
	GCSeconds  float64 `json:"gc_seconds"`  // of CPUSeconds, the garbage collector's
	Mallocs    int64   `json:"mallocs"`
	PeakMemory int64   `json:"peak_memory"` // bytes
}

// usage is the state of a meter.
type usage struct {
	at      time.Time
	cpu, gc float64
	mallocs uint64
}

// useSoFar reads what the process has used.
func useSoFar() usage {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/tiny/allocs:objects"},
	}
	metrics.Read(samples)
	u := usage{
		at: time.Now(), gc: samples[0].Value.Float64() - samples[1].Value.Float64(),
		mallocs: samples[2].Value.Uint64() + samples[3].Value.Uint64(),
	}
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) == nil {
		u.cpu = timeval(r.Utime) + timeval(r.Stime)
	}
	return u
}

// since returns what has been used since then.
func (u usage) since() Used {
	now := useSoFar()
	return Used{
		Seconds: now.at.Sub(u.at).Seconds(), CPUSeconds: now.cpu - u.cpu, GCSeconds: now.gc - u.gc,
		Mallocs: int64(now.mallocs - u.mallocs), PeakMemory: peakMemory(),
	}
}

func timeval(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// cpuOf returns the CPU seconds of a process that has ended.
func cpuOf(p *os.ProcessState) float64 { return (p.UserTime() + p.SystemTime()).Seconds() }

// peakOf returns the most memory that a process held that has ended. It is at
// least what its parent held when it was made.
func peakOf(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss * 1024 // Linux counts in KiB
	}
	return 0
}

// inTurn runs each of n things a number of times, in turn, so that a noisy
// machine is as noisy for all of them, and none is always the first.
func inTurn(rounds, n int, run func(i int) error) error {
	for round := range rounds {
		for k := range n {
			if err := run((k + round) % n); err != nil {
				return err
			}
		}
	}
	return nil
}
