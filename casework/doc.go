// Package casework holds what follows a flag: verdicts, reports and appeals, the
// decisions on orders and buyers that come of them, and the service indicators
// of shops. It is pure: no clock, no I/O, no randomness; time comes with what is
// done. docs/0010-casework.md says why it is as it is.
//
// # The way of the data
//
// There are two states, each of which follows from its history and nothing else:
//
//	acts ──────────────▶ Desk ──▶ changes ──┬──▶ store, feeds
//	(verdict, report,     ▲                 │ exclusions
//	 examination,         │ Order           ▼
//	 decision, appeal,    └───────────── Ledger ──▶ deltas ──▶ store
//	 override)                              ▲
//	events ─────────────────────────────────┘
//
// A Desk takes one Act at a time. An act carries all that has to be known to
// judge it, such as whether the order was shipped by then, so that a journal of
// acts is enough to make the desk again: NewDesk, and Apply to each. Apply
// first does what has fallen due by the time of the act, each at its own time;
// so it makes no difference how often a tick is sent. It returns changes, in
// order, which the store commits together with the act, or a *Refusal.
//
// A Ledger takes order, dispute and review events as they come, and keeps a
// small record of each order, from which its share in the figures of its day is
// worked out anew with each event. It follows the exclusions among a desk's
// changes, and answers with deltas. Save and LoadLedger are for snapshots.
//
// Who joins them does, under one lock and in one transaction:
//
//	act.Judge.Flags[i].Order = ledger.Order(shop, order) // and the buyer
//	changes, refusal := desk.Apply(act)
//	changes = append(changes, ledger.Follow(changes)...)
//	store.Commit(act, changes)
//
// # Records
//
//	finding   that an order was found abnormal, by a verdict or an upheld
//	          report; it stands until that is taken back
//	order     the findings that stand on it ask for: closed, freed, excluded
//	buyer     the findings that stand weigh points, points make sanctions
//	report    as the API shows it
//	quiet     until when a buyer is not flagged at a shop under a scenario
//
// Decisions are made to follow from the findings that stand, at the end of each
// act, and never by it directly. So taking a finding back undoes exactly what it
// brought, in whatever order things are taken back.
//
// Screen judges an order before it is accepted. Policy has all the numbers.
package casework
