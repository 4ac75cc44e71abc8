package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// StateOptions says what windows RunState fills.
type StateOptions struct {
	Buyers int
	Shops  int           // zero is the default of LoadOptions
	Orders int           // zero is two a buyer
	Within time.Duration // of the windows; zero is 24 h
	// Pairs counts the orders of each pair of a buyer and a shop, and the
	// buyers of each shop, rather than the orders of each buyer.
	Pairs bool
}

// rules returns the rules whose windows are filled.
func (o *StateOptions) rules() (*detect.RuleSet, error) {
	within := cmp.Or(o.Within, 24*time.Hour).String()
	text := "rules:\n  - id: buyer-day\n    scenario: malicious_order\n    on: order.created\n    all:\n" +
		"      - {count: order.created, by: [buyer], within: 24h, at_least: 1000}\n"
	if o.Pairs {
		text = strings.NewReplacer("10m", within, "5m", within, ": 10}", ": 1000000}", ": 100}", ": 1000000}").Replace(TwoRules)
	}
	return detect.ParseRules("state", []byte(strings.ReplaceAll(text, "24h", within)))
}

// StateRun is what the windows cost.
type StateRun struct {
	Events  int64              `json:"events"`
	Held    int64              `json:"held"`   // bytes of the engine when all orders were in
	Keys    int                `json:"keys"`   // of the largest table
	Tables  map[string]float64 `json:"tables"` // bytes by name
	Slots   int64              `json:"slots"`  // of them, what tables of so many keys take before these have done anything
	Update  float64            `json:"update"` // CPU seconds in the engine
	Decode  float64            `json:"decode"` // CPU seconds before it
	Idle    int                `json:"idle"`   // keys that are left when nine of ten have been idle
	IdleHas int64              `json:"idle_has"`
	Used
}

// RunState fills windows in this process, which should do nothing else: all
// buyers order one after the other, again and again. After longer than any window
// there is as much trade once more, by a tenth of the buyers over ten days: all
// other keys are idle then. How long that takes does not count.
func RunState(ctx context.Context, o StateOptions) (run StateRun, err error) {
	rules, err := o.rules()
	if err != nil {
		return run, err
	}
	engine, err := detect.New(rules, detect.Options{})
	if err != nil {
		return run, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := &stateRun{StateRun: &run, runner: detect.NewRunner(engine, 1), order: ingest.NewSequencer(ingest.SequencerOptions{})}
	defer s.runner.Close()
	load := LoadOptions{Buyers: o.Buyers, Shops: o.Shops, Orders: cmp.Or(o.Orders, 2*o.Buyers), InTurn: true, Bursts: -1, Floods: -1}
	begin := useSoFar()
	if err := s.load(ctx, load); err != nil {
		return run, err
	}
	run.Used = begin.since()
	run.Held, run.Tables, run.Keys = engine.Held(), map[string]float64{}, 0
	for _, t := range engine.Memory() {
		run.Tables[t.Table] += float64(t.Bytes)
		run.Slots += t.Slots
		if strings.Contains(t.Table, " by ") {
			run.Keys = max(run.Keys, t.Keys)
		}
	}
	// The rest is not measured, but must fit too.
	update, decode, events := run.Update, run.Decode, run.Events
	load.Start = load.withDefaults().Start.AddDate(0, 0, 3).Add(o.Within)
	load.Buyers, load.Duration = max(200, load.Buyers/10), 10*Day
	err = s.load(ctx, load)
	run.Update, run.Decode, run.Events, run.IdleHas = update, decode, events, engine.Held()
	for _, t := range engine.Memory() {
		if strings.Contains(t.Table, " by ") {
			run.Idle = max(run.Idle, t.Keys)
		}
	}
	return run, err
}

// stateRun fills the windows of an engine.
type stateRun struct {
	*StateRun
	runner *detect.Runner
	order  *ingest.Sequencer
}

// load takes a stream of orders through the engine. Another goroutine makes it.
func (s *stateRun) load(ctx context.Context, o LoadOptions) (err error) {
	read, write := io.Pipe()
	go func() { write.CloseWithError(Load(write, nil, o)) }()
	r := ingest.NewReader(read, ingest.ReaderOptions{Feed: "bench", Source: "load", Workers: 1})
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		begin := threadCPU()
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.Events += int64(len(b.Events))
		decoded := threadCPU()
		s.judge(s.order.Push("bench", b, time.Time{}))
		s.Decode, s.Update = s.Decode+decoded-begin, s.Update+threadCPU()-decoded
		r.Recycle(b)
	}
}

func (s *stateRun) judge(b *orderguard.Batch) {
	for ; b != nil; b = s.order.Next() {
		s.runner.Process(b)
	}
}

// threadCPU returns the CPU seconds of this thread.
func threadCPU() float64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return float64(t.Sec) + float64(t.Nsec)/1e9
}

// KeysOptions says what Keys measures.
type KeysOptions struct {
	Setup
	Buyers []int // zero are 1, 5 and 20 million
	Curves bool  // also by the length of the windows and the number of shops
}

// Validate returns every fault of the options at once, or nil.
func (o KeysOptions) Validate() error {
	var errs []error
	for _, n := range o.Buyers {
		if n < 1000 || n > 200_000_000 {
			errs = append(errs, fmt.Errorf("buyers %d: want 1000 to 200000000", n))
		}
	}
	return errors.Join(errs...)
}

// args are the flags of a process that runs RunState.
func (o *StateOptions) args() []string {
	args := []string{"bench", "state", "--buyers", strconv.Itoa(o.Buyers), "--shops", strconv.Itoa(o.Shops), "--orders", strconv.Itoa(o.Orders)}
	if o.Within > 0 {
		args = append(args, "--within", o.Within.String())
	}
	if o.Pairs {
		args = append(args, "--pairs")
	}
	return args
}

// Keys measures what windows cost by the number of their keys: bytes a key, the
// time of an update, the collector's share, and that idle keys are let go of.
func Keys(ctx context.Context, o KeysOptions) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bench keys: %w", err)
	}
	if len(o.Buyers) == 0 {
		o.Buyers = []int{1_000_000, 5_000_000, 20_000_000}
	}
	slices.Sort(o.Buyers)
	res := newResult("keys", &o.Setup, Input{Name: "gen --load, buyers in turn, two orders each in a day"})
	var runs []StateRun
	for _, n := range o.Buyers {
		o.note("%d buyers", n)
		var run StateRun
		if _, err := o.Program.measure(ctx, counter{}, &run, (&StateOptions{Buyers: n}).args()...); err != nil {
			return nil, fmt.Errorf("bench keys: %w", err)
		}
		runs = append(runs, run)
	}
	res.keys(o.Buyers, runs)
	if o.Curves {
		for _, c := range curves {
			if err := c.measure(ctx, &o, res); err != nil {
				return nil, fmt.Errorf("bench keys: %w", err)
			}
		}
	}
	return res, nil
}

// keys puts the runs by the number of buyers into the result.
func (r *Result) keys(buyers []int, runs []StateRun) {
	size, cost := Series{}, Series{}
	for i, run := range runs {
		n := float64(buyers[i])
		events := float64(run.Events)
		windows := 0.
		for name, bytes := range run.Tables {
			if strings.Contains(name, " by ") {
				windows += bytes
			}
		}
		r.Input.Events += run.Events
		r.Cases = append(r.Cases, Case{Quantity(n, "buyers"), []Value{
			{"process, a buyer", float64(run.PeakMemory) / n, "B"},
			{"windows, a buyer", windows / n, "B"},
			{"of them slots", float64(run.Slots) / n, "B"},
			{"event ids, a buyer", run.Tables["event ids"] / n, "B"},
			{"update", run.Update / events, "s"},
			{"decode", run.Decode / events, "s"},
			{"GC", 100 * run.GCSeconds / (run.Update + run.Decode + run.GCSeconds), "%"},
			{"peak memory", float64(run.PeakMemory), "B"},
			{"held", float64(run.Held), "B"},
			{"keys", float64(run.Keys), ""},
			{"keys, 9 of 10 idle", float64(run.Idle), ""},
			{"held, 9 of 10 idle", float64(run.IdleHas), "B"},
		}})
		size.Points = append(size.Points, Point{X: n, Y: float64(run.PeakMemory) / n})
		cost.Points = append(cost.Points, Point{X: n, Y: run.Update / events})
	}
	last, first := runs[len(runs)-1], runs[0]
	most := float64(buyers[len(buyers)-1])
	per := func(run *StateRun) float64 { return (run.Update + run.Decode) / float64(run.Events) }
	r.Goals = []Goal{
		{What: "bytes a buyer, the whole process but the slots of the key table, at " + Quantity(most, "buyers"), Value: float64(last.PeakMemory-last.Slots) / most, Limit: 64, Unit: "B", AtMost: true},
		{What: "peak memory", Value: float64(last.PeakMemory), Limit: 8 << 30, Unit: "B", AtMost: true},
		{What: "GC, of the CPU of decoding and windows", Value: 100 * last.GCSeconds / (last.Update + last.Decode + last.GCSeconds), Limit: 3, Unit: "%", AtMost: true},
	}
	if len(runs) > 1 {
		r.Goals = append(r.Goals, Goal{What: "rate with the most buyers, by CPU, of that with the fewest", Value: per(&first) / per(&last), Limit: .65, Unit: "x"})
	}
	if len(runs) == 1 {
		return // a chart of one point says nothing
	}
	r.Charts = []Chart{
		{Title: "Memory of the process for a buyer", X: "buyers", Y: "B", LogX: true, XName: "two orders each in a day", Series: []Series{size}},
		{Title: "CPU time of an update", X: "buyers", Y: "s", LogX: true, XName: "two orders each in a day", Series: []Series{cost}},
	}
}
