package bench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// PairOptions says what Pair runs.
type PairOptions struct {
	// Product and Twin are command lines that print NDJSON with an "order" and
	// a "scenario" a line: alerts, or what Obvious emits.
	Product, Twin []string
	// Input is the file that both read as standard input; it may be empty, if
	// the command lines name it.
	Input string
	// Rounds is how often each is run; zero is 5.
	Rounds int
}

// Validate returns every fault of the options at once, or nil.
func (o PairOptions) Validate() error {
	var errs []error
	if len(o.Product) == 0 {
		errs = append(errs, errors.New("product: want a command line"))
	}
	if len(o.Twin) == 0 {
		errs = append(errs, errors.New("twin: want a command line"))
	}
	if o.Rounds < 0 || o.Rounds > 1000 {
		errs = append(errs, fmt.Errorf("rounds %d: want 1 to 1000", o.Rounds))
	}
	return errors.Join(errs...)
}

// PairResult is what Pair measured: medians over the rounds.
type PairResult struct {
	Rounds  int     `json:"rounds"`
	Product RunCost `json:"product"`
	Twin    RunCost `json:"twin"`
	// Ratio is the median, over the rounds, of the twin's seconds by the
	// product's: how many times faster the product is.
	Ratio float64 `json:"ratio"`
	// Orders is how many orders both flagged; OnlyProduct and OnlyTwin are
	// those which one of them did alone, none if both are right.
	Orders      int      `json:"orders"`
	OnlyProduct []string `json:"only_product"`
	OnlyTwin    []string `json:"only_twin"`
}

// RunCost is what a run took.
type RunCost struct {
	Seconds    float64 `json:"seconds"`     // by the clock
	CPUSeconds float64 `json:"cpu_seconds"` // of user and system
	MaxRSS     int64   `json:"max_rss"`     // bytes
}

// Pair runs two programs over one input in turn, so that a noisy machine is as
// noisy for both, and compares what they cost and which orders they flag. The
// error is that of the options, or of a program that failed, with what it wrote
// to standard error.
func Pair(ctx context.Context, o PairOptions) (PairResult, error) {
	if err := o.Validate(); err != nil {
		return PairResult{}, fmt.Errorf("pair: %w", err)
	}
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	res := PairResult{Rounds: o.Rounds}
	var costs [2][]RunCost
	var flagged [2]map[string]bool
	var ratios []float64
	err := inTurn(o.Rounds, 2, func(who int) error {
		argv := [][]string{o.Product, o.Twin}[who]
		cost, orders, err := runOnce(ctx, argv, o.Input)
		if err != nil {
			return fmt.Errorf("pair: %s: %w", argv[0], err)
		}
		costs[who] = append(costs[who], cost)
		flagged[who] = orders
		return nil
	})
	if err != nil {
		return PairResult{}, err
	}
	for round := range o.Rounds {
		ratios = append(ratios, costs[1][round].Seconds/costs[0][round].Seconds)
	}
	slices.Sort(ratios)
	res.Ratio = ratios[len(ratios)/2]
	res.Product, res.Twin = medianCost(costs[0]), medianCost(costs[1])
	res.OnlyProduct, res.OnlyTwin = without(flagged[0], flagged[1]), without(flagged[1], flagged[0])
	res.Orders = len(flagged[0]) - len(res.OnlyProduct)
	return res, nil
}

// runOnce runs a program and returns its cost and the orders it flagged.
func runOnce(ctx context.Context, argv []string, input string) (RunCost, map[string]bool, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if input != "" {
		f, err := os.Open(input)
		if err != nil {
			return RunCost{}, nil, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return RunCost{}, nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(errs.String()))
	}
	cost := RunCost{Seconds: time.Since(start).Seconds(), CPUSeconds: cpuOf(cmd.ProcessState), MaxRSS: peakOf(cmd.ProcessState)}
	orders, err := flaggedOrders(&out)
	return cost, orders, err
}

// flaggedOrders reads the orders of NDJSON alerts.
func flaggedOrders(r io.Reader) (map[string]bool, error) {
	orders := map[string]bool{}
	err := eachLine("output", r, func(line []byte) error {
		var a struct {
			Order    string `json:"order"`
			Scenario string `json:"scenario"`
		}
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		orders[a.Order+" "+a.Scenario] = true
		return nil
	})
	return orders, err
}

// medianCost returns the median of each cost.
func medianCost(runs []RunCost) RunCost {
	mid := len(runs) / 2
	var m RunCost
	slices.SortFunc(runs, func(a, b RunCost) int { return cmp.Compare(a.Seconds, b.Seconds) })
	m.Seconds = runs[mid].Seconds
	slices.SortFunc(runs, func(a, b RunCost) int { return cmp.Compare(a.CPUSeconds, b.CPUSeconds) })
	m.CPUSeconds = runs[mid].CPUSeconds
	slices.SortFunc(runs, func(a, b RunCost) int { return int(a.MaxRSS - b.MaxRSS) })
	m.MaxRSS = runs[mid].MaxRSS
	return m
}

// without returns, sorted, what is in a and not in b.
func without(a, b map[string]bool) []string {
	var only []string
	for k := range a {
		if !b[k] {
			only = append(only, k)
		}
	}
	slices.Sort(only)
	return only
}
