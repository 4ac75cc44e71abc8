package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// TwoRules are the rules that Obvious has built in.
const TwoRules = `rules:
  - id: order-burst
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 10}
  - id: shop-flood
    scenario: malicious_order
    on: order.created
    all:
      - {distinct: buyer, of: order.created, by: [shop], within: 5m, at_least: 100}
`

// stages are what may be run of the way of an event, each more than the one
// before: to read lines, to decode them, to keep windows up to date that never
// reach a limit, to judge by two rules, and by those that ship.
var stages = []string{"lines", "decode", "windows", "two", "shipped"}

// StageOptions says what RunStage runs.
type StageOptions struct {
	Stage   string // one of lines, decode, windows, two, shipped
	Input   string // a file
	Workers int    // goroutines that decode and detect; zero is 1
}

// StageRun is what a stage did and used.
type StageRun struct {
	Events int64 `json:"events"`
	Bytes  int64 `json:"bytes"`
	Alerts int64 `json:"alerts"`
	Used
}

// RunStage runs one stage over a file in this process, which should do nothing
// else.
func RunStage(ctx context.Context, o StageOptions) (StageRun, error) {
	o.Workers = max(o.Workers, 1)
	rules, err := stageRules(o.Stage)
	if err != nil {
		return StageRun{}, err
	}
	src, err := ingest.Open(o.Input)
	if err != nil {
		return StageRun{}, err
	}
	begin := useSoFar()
	var run StageRun
	if o.Stage == "lines" {
		err = errors.Join(run.lines(src), src.Close())
	} else {
		err = run.judge(ctx, src, rules, &o)
	}
	run.Used = begin.since()
	return run, err
}

// stageRules returns the rules of a stage; those of one that judges nothing
// serve to have workers.
func stageRules(stage string) (*detect.RuleSet, error) {
	if !slices.Contains(stages, stage) {
		return nil, fmt.Errorf("stage %q: want one of %s", stage, strings.Join(stages, ", "))
	}
	text := TwoRules
	switch stage {
	case "shipped":
		return detect.ShippedRules(), nil
	case "windows":
		text = strings.NewReplacer("at_least: 100}", "at_least: 1000000}", "at_least: 10}", "at_least: 1000000}").Replace(text)
	}
	return detect.ParseRules(stage, []byte(text))
}

// lines reads and counts lines, and does nothing else.
func (run *StageRun) lines(r io.Reader) error {
	buf := make([]byte, 1<<20)
	for {
		n, err := r.Read(buf)
		run.Bytes += int64(n)
		run.Events += int64(bytes.Count(buf[:n], []byte("\n")))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// judge takes the events of src through the stage, as detect does.
func (run *StageRun) judge(ctx context.Context, src io.ReadCloser, rules *detect.RuleSet, o *StageOptions) (err error) {
	engine, err := detect.New(rules, detect.Options{})
	if err != nil {
		return errors.Join(err, src.Close())
	}
	runner := detect.NewRunner(engine, o.Workers)
	defer runner.Close()
	r := ingest.NewReader(src, ingest.ReaderOptions{Feed: "bench", Source: o.Input, Workers: o.Workers, Each: runner.Each})
	runner.Meanwhile(r.Ahead)
	defer func() { err = errors.Join(err, r.Close()) }()
	order := ingest.NewSequencer(ingest.SequencerOptions{})
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		run.Events += int64(len(b.Events))
		run.Bytes += b.Bytes
		if o.Stage != "decode" {
			run.process(runner, order, order.Push("bench", b, time.Time{}))
		}
		r.Recycle(b)
	}
	if o.Stage != "decode" {
		run.process(runner, order, order.Flush())
		run.count(runner.Finish())
	}
	return nil
}

func (run *StageRun) process(runner *detect.Runner, order *ingest.Sequencer, b *orderguard.Batch) {
	for ; b != nil; b = order.Next() {
		run.count(runner.Process(b))
	}
}

func (run *StageRun) count(alerts []orderguard.Alert) {
	for i := range alerts {
		if alerts[i].Revision == 1 {
			run.Alerts++
		}
	}
}
