// Package bench makes the workloads that the product is measured on, and
// measures it: a labelled synthetic marketplace, plain load streams, the
// scoring of alerts against labels, and the obvious program as a twin.
//
// # Generate
//
// The marketplace is a simulation driven by one queue of future events. What
// waits in the queue is small (a task: a time, a number, a step), and whatever
// an order of ordinary trade is (its buyer, its item, its whole life cycle) is
// drawn again from its number at each step. So memory grows with the orders
// in flight, a task of 32 bytes for each, and not with the length of the stream.
//
//	arrivals ─┐                          ┌─ disorder, duplicates, bad lines ─ events
//	families ─┼─ queue ─ next event ─────┤
//	life cycles ┘  └── next step ──┘     └─ labels
//
// Ordinary trade is one source; each instance of a family (an attack or a
// lawful look-alike) is another. Every source draws from its own random
// numbers, seeded by the stream's seed, the family's name and the instance's
// number, and all ids are derived from such numbers too. So switching a family
// off takes its lines out and leaves every other line as it was.
//
// # Score
//
// Score joins alerts to labels by order. The unit is the order, as a seller
// sees it: precision, recall, delay, for each scenario, attack and family. With
// what GenerateOrigins writes, Report.Blame says which lawful trade was flagged.
//
// # Trying rules out
//
// Backtest judges one history by two sets of rules in one pass and compares what
// they flag. A Script holds cases, events in a short form and the orders that
// rules must flag, and runs them through an engine.
//
// # Load and the twin
//
// Load writes plain order lines fast, with known bursts and floods. Obvious is
// the program that a reader would write in an afternoon for the two rules that
// these break; Pair runs it against the product in turn.
//
// # Load benchmarks
//
// DetectSpeed, FeedLoad, PollLoad, Keys, Recover and Peers each return a Result,
// which is shown as a table, JSON and charts. What they compare runs in
// processes of its own (Program), in turn. A pacing says when each line of an
// open loop is due; sellers note when its alert could be read.
package bench
