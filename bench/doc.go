// Package bench makes the workloads that the product is measured on, and measures
// it: a labelled synthetic marketplace, plain load streams, the scoring of alerts
// against labels, and a naive implementation to compare with.
//
// # Generate
//
// The marketplace is a simulation driven by one queue of future events. An entry of
// the queue (a task: a time, a number, a step) takes 32 bytes. What an order of
// ordinary trade is (its buyer, its item, its whole life cycle) is not stored but
// drawn again, from its number, at each step. So memory grows with the orders in
// flight, not with the length of the stream.
//
//	arrivals ─┐                          ┌─ disorder, duplicates, bad lines ─ events
//	families ─┼─ queue ─ next event ─────┤
//	life cycles ┘  └── next step ──┘     └─ labels
//
// A family is a kind of attack or of lawful look-alike. Ordinary trade is one source
// of events; each instance of a family is another. Each source has random numbers of
// its own, seeded by the stream's seed, the family's name and the instance's number,
// and draws its ids from them too. So leaving a family out removes its lines and
// changes no other.
//
// # Score
//
// Score joins alerts to labels by order, the unit that a seller sees: precision,
// recall and delay, for each scenario, attack and family. Given what GenerateOrigins
// writes, Report.Blame says which lawful trade was flagged.
//
// # Trying rules out
//
// Backtest judges one history by two sets of rules in one pass and compares what
// they flag. A Script holds cases, events in a short form and the orders that the
// rules must flag, and runs them through an engine.
//
// # Load and the naive twin
//
// Load writes plain order lines fast, with known bursts and floods among them.
// Obvious is the program that one would write in an afternoon for the two rules that
// these break; Pair times it and the product in turn.
//
// # Load benchmarks
//
// DetectSpeed, FeedLoad, PollLoad, Keys, Recover and Peers each return a Result,
// which is shown as a table, JSON and charts. The programs that they compare run as
// child processes (Program), in turn. In an open loop, a pacing says when each line
// is due, and sellers record when its alert could be read.
package bench
