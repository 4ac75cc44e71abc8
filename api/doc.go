// Package api serves Orderguard over HTTP: the alerts of a shop by cursor, by
// long poll and as a stream, the intake of events, the tokens, an OpenAPI
// document, a page for sellers, health and metrics.
//
// # The way of a call
//
//	listener   bounds connections; one too many is told so, not left hanging
//	server     bounds headers and the time that a client may take
//	route      one table (routes.go): method, path, who may, what it does
//	access     token -> role -> shop; rate; bodies get a limit and a deadline
//	handler    asks an interface declared here, splices ready-made JSON
//
// Every refusal is a problem document (RFC 9457) that says what is wrong and,
// in "cure", what to do.
//
// # Cursors
//
// A cursor stands for a place in one shop's sequence of changes. It is opaque
// to clients and made only of what the store keeps, so it outlives restarts:
//
//	+-----------+--------------------------------+
//	| seq, 8 BE | CRC-32 of the shop and the seq |   in base64 for URLs, 16 letters
//	+-----------+--------------------------------+
//
// The checksum finds a mangled cursor, or one of another shop. It guards
// nothing: what a caller may see depends on the token alone.
//
// # Waiting
//
// A call that waits registers with the hub before it looks, so that a change
// committed in between wakes it. The hub carries no alerts, only wake-ups: what
// a client is given always comes from the store, after the commit.
package api
