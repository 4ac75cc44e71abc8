// Package detect turns rules into an engine: a batch of events in, alerts out.
//
// # The way of the data
//
// ParseRules reads and checks a rule file; New compiles the rules into a plan.
// What is due of rules that look again is put among the events of a batch first
// (timer.go). Conditions that look at the same events under the same key share a table of
// package window, and each different question to it is a view with a column of
// answers. Then, for each batch:
//
//	prepare   each event: which selectors pick it, the hashes of its fields,
//	          the keys of the tables
//	identify  each id: is it a repeated one; each distinct value: its number
//	record    each event that a table takes in: a reference in the ledger; and
//	          events that are older than a table remembers, one at a time
//	remember  each order, if a condition needs to know orders: its record, and
//	          what its new state changes in the tables
//	measure   each table: add the events, read the views into columns; and what
//	          is learned of them for surprises (surprise.go)
//	judge     each rule: compare the columns with the thresholds; where they
//	          hold, ask what costs more: clusters, lockstep, expressions
//	flag      each rule that fired: which orders took part, and the alerts
//
// Record and flag run alone; the others run on any number of workers at once,
// each over its own events or its own shards of the tables, with nothing
// shared. Measure comes before judge for the whole batch, which changes
// nothing, since a view's answer for an event looks at no later event.
//
// Engine is a pure machine: it has no goroutine, no clock and no I/O, and the
// same events in the same order give the same alerts, byte for byte, however
// they are cut into batches and whatever the number of workers. Runner is the
// thin shell around it that owns the goroutines.
//
// # Who took part
//
// Each event that a table takes in has a reference, a number that counts up.
// The ledger knows the order, shop and buyer behind it for as long as a window
// may hold it:
//
//	page    up to 256 KiB of records and the offsets of every 64th of them
//	record  order | shop | buyer, each as
//	        uint8 bytes shared with the record before << 3 | length of the rest, or 31 << 3 | 7
//	        and more numbers (appendPart) | rest
//	beside  by record the number of its order, and the hash of its buyer, where rules ask for them
//
// When a rule fires, the tables tell which references stood in the windows of
// its conditions. Those that the rule has not flagged yet (it keeps a roaring
// bitmap of them) become alerts, or reasons added to an alert that the order
// has already.
//
// # Other rules, exceptions, and why
//
// Reload changes the plan between two batches. Tables whose fields, events and
// values are still asked for, in windows no longer than before, go on in the new
// plan; a table of which the new plan asks more is split in two. Rules have a
// slot for life, found by their id, under which all that lasts is kept.
//
// What a list blocks is made a rule of its own. What a list allows is taken out
// of the parties of each firing; since later events of an order carry no device
// and no address, the orders that came with a listed one are remembered.
//
// Screener asks what would be found of an order that has not happened, by the
// same stages over a view of the engine, and leaves no trace.
//
// Watch follows one order: it sees the columns before anything is flagged, and
// who took part in each firing.
package detect
