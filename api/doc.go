// Package api serves Orderguard over HTTP: the alerts of a shop by cursor, by
// long poll and as a stream, what follows them (verdicts, reports, decisions,
// indicators), the intake of events, the tokens, an OpenAPI document, a page for
// sellers and one to try the API, webhooks, health and metrics.
//
// # The way of a call
//
//	listener   bounds connections; one too many is told so, not left hanging
//	server     bounds headers and the time that a client may take
//	route      one table (routes.go): method, path, who may, what it does
//	access     token -> role -> shop; rate; bodies get a limit and a deadline
//	body       held against its schema in the OpenAPI document (body.go)
//	handler    asks an interface declared here, splices ready-made JSON
//
// Every refusal is a problem document (RFC 9457) of one of the kinds in kinds.go
// that says what is wrong and, in "cure", what to do; in Chinese too, where a
// seller can meet it. The OpenAPI document is made of the table, of the types
// that handlers write, and of the openapi_*.go files. The tests hold every
// answer against it.
//
// # Cursors
//
// A cursor stands for a place in a list, such as one shop's sequence of changes.
// It is opaque to clients and made only of what the store keeps, so it outlives
// restarts:
//
//	+-----------+---------------------------------+
//	| seq, 8 BE | CRC-32 of the scope and the seq |   in base64 for URLs, 16 letters
//	+-----------+---------------------------------+
//
// The scope is the shop for its alerts, "decisions" for these. Where places are
// texts, as with deltas:
//
//	+-----------------------------------+-------+
//	| CRC-32 of the scope, 0, the place | place |   in base64 for URLs
//	+-----------------------------------+-------+
//
// The checksum finds a mangled cursor, or one of another list. It guards
// nothing: what a caller may see depends on the token alone.
//
// # Waiting
//
// A call that waits registers with the hub before it looks, so that a change
// committed in between wakes it. The hub carries no alerts, only wake-ups: what
// a client is given always comes from the store, after the commit.
//
// # Webhooks
//
// The other way round, Webhooks tells endpoints of what was committed:
//
//	Publish  wakes the lane of a shop, if an endpoint sees that
//	queue    lanes with something to tell, for some goroutines of the endpoint
//	tell     reads the next events after the shop's mark, and sends them
//	marks    how far each shop was told, saved after the delivery
//
// A lane whose delivery fails leaves the queue until its pause is over.
package api
