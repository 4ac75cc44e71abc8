package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Result is what a benchmark measured, with all that its reader needs to judge
// it: on what machine, with which version, over which input, when.
type Result struct {
	Bench   string    `json:"bench"`   // "detect"
	Command string    `json:"command"` // by which it was made
	When    time.Time `json:"when"`
	Commit  string    `json:"commit"`
	Machine Machine   `json:"machine"`
	// Others is the share of the machine that others used meanwhile, in percent.
	Others float64 `json:"others"`
	Input  Input   `json:"input"`
	Cases  []Case  `json:"cases"`
	Goals  []Goal  `json:"goals,omitempty"`
	Charts []Chart `json:"charts,omitempty"`
}

// Input is what a benchmark ran over.
type Input struct {
	Name   string `json:"name"` // a file, or how it was generated
	Events int64  `json:"events"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // empty for one that was never a file
}

// Case is what was measured of one of the things that a benchmark compares.
type Case struct {
	Name   string  `json:"name"`
	Values []Value `json:"values"`
}

// Value is one measurement. Its unit is a basic one (s, B, B/s, events/s, %, x);
// people are shown milliseconds and gibibytes.
type Value struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// Goal is a limit that a measured value is held against: at least it, or at
// most. It reports; it does not fail a benchmark.
type Goal struct {
	What   string  `json:"what"`
	Value  float64 `json:"value"`
	Limit  float64 `json:"limit"`
	Unit   string  `json:"unit"`
	AtMost bool    `json:"at_most,omitempty"`
}

// Met reports whether the value keeps to the limit.
func (g Goal) Met() bool {
	if g.AtMost {
		return g.Value <= g.Limit
	}
	return g.Value >= g.Limit
}

// Verdict says whether the value keeps to the limit, and if not, by how much it
// misses it, as a share of the limit.
func (g Goal) Verdict() string {
	if g.Met() {
		return "met"
	}
	off := (g.Limit - g.Value) / g.Limit
	if g.AtMost {
		return fmt.Sprintf("missed: %.1f times the limit", g.Value/g.Limit)
	}
	return fmt.Sprintf("missed by %.0f%%", 100*off)
}

// want says what the goal asks for.
func (g Goal) want() string {
	if g.AtMost {
		return "at most " + Quantity(g.Limit, g.Unit)
	}
	return "at least " + Quantity(g.Limit, g.Unit)
}

// WriteJSON writes the result for programs.
func (r *Result) WriteJSON(w io.Writer) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// newResult begins the result of a benchmark that was run on this machine.
func newResult(name string, s *Setup, in Input) *Result {
	return &Result{Bench: name, Commit: s.Commit, When: time.Now().UTC().Truncate(time.Second), Machine: ThisMachine(), Input: in}
}
