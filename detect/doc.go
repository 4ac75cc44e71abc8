// Package detect turns rules into an engine: a batch of events in, alerts out.
//
// # The way of the data
//
// ParseRules reads and checks a rule file, and writes out what facts say in the rules
// that name them; New compiles the rules into a plan.
// Conditions that look at the same events under the same key share a table of
// package window; each different question to the table is a view, whose answers
// fill a column. Rules that look again after a while are served first: what is due
// of theirs is put among the events of the batch (timer.go). Then, for each batch:
//
//	prepare   each event: which selectors pick it, the hashes of its fields, and
//	          the keys of the tables
//	identify  each id: whether it is a repeated one; each distinct value: its number
//	record    each event that a table takes in: a reference in the ledger. Events
//	          older than a table remembers are measured here, one at a time
//	remember  each order, if a condition needs to know orders: its record, and
//	          what its new state changes in the tables
//	measure   each table: add the events, read the views into columns; then learn
//	          from them, for surprises (surprise.go)
//	judge     each rule: compare the columns with the thresholds. Only where these
//	          hold, measure what costs more: clusters, lockstep, expressions
//	flag      each rule that fired: which orders took part, and the alerts
//
// Before prepare, where rules need it, the records of orders and of buyers' accounts are
// found, and the events told what these say (orders.go, carried.go, accounts.go).
//
// Record and flag run alone. The others run on any number of workers at once, each
// over its own events or its own shards of the tables, with nothing shared. The
// whole batch is measured before any of it is judged; that changes no alert, since
// what a view answers for an event never depends on later events.
//
// Engine is a pure machine: no goroutine, no clock, no I/O. The same events in the
// same order give the same alerts, byte for byte, wherever batches end and whatever
// the number of workers. Runner is the thin shell around it that owns the
// goroutines.
//
// # Who took part
//
// Each event that a table takes in gets a reference, a number that counts up. The
// ledger keeps the order, shop and buyer behind it for as long as a window may hold
// the event:
//
//	page    up to 256 KiB of records, and the offset of every 64th of them
//	record  order | shop | buyer, each as
//	        uint8: bytes shared with the record before << 3 | length of the rest, or
//	        31 << 3 and 7 for longer ones, whose numbers follow (appendPart) | rest
//	beside  by record: the number of its order, and the hash of its buyer, where
//	        rules ask for them
//
// When a rule fires, the tables say which references stood in the windows of its
// conditions. Those that the rule has not flagged yet, by a roaring bitmap of its
// own, become alerts, or reasons added to an alert that the order has already.
//
// # Other rules, exceptions, and why
//
// Reload changes the plan between two batches. A table goes on in the new plan if
// its key, events and values are still asked for, in windows no longer than before;
// one that the new plan asks more of is split in two. What lasts of a rule is kept
// under its slot, a number that belongs to the rule's id for as long as the engine
// lives.
//
// What a list blocks is made a rule of its own. What a list allows is taken out of
// the orders that took part in each firing. Later events of an order carry neither
// device nor address, so the orders that came with an allowed one are remembered.
//
// Screener asks what would be found of an order that has not happened yet. It runs
// the same stages over a view of the engine, and changes nothing.
//
// Watch follows one order, to explain it: it sees the columns before anything is
// flagged, and who took part in each firing.
package detect
