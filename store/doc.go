// Package store keeps what must outlive the process: alerts with their
// sequence of changes, the feed positions that they come from, and access
// tokens. It is the only user of Badger. It holds ready-made JSON, so that a
// poll copies bytes and decodes nothing.
//
// Commit is the way in: it merges findings into the alerts that are known and
// writes them in one synced transaction with the feed positions. Whatever
// Commit has returned survives kill -9 and power loss. Changes, Alert and Head
// are the way out.
//
// # Keys
//
// A key begins with a byte for its kind. A shop's name may hold any bytes, so
// its length stands before it: no shop's prefix is then the beginning of
// another's.
//
//	+-----+-----+------+----------+
//	| 'a' | len | shop | alert id |                    alert -> its latest change
//	+-----+-----+------+----------+
//	| 'c' | len | shop | seq, 8 BE |                   change -> the alert's JSON
//	+-----+-----+------+-----------+
//	| 'h' | len | shop |                               head: the shop's latest seq
//	+-----+-----+------+-----+----------+-----------+
//	| 't' | len | shop | len | alert id | rev, 4 BE | timeline entry
//	+-----+-----+------+-----+----------+-----------+
//	| 'f' | feed's name |                             feed position
//	+-----+-------------+
//	| 'p' | post's name |                             position in a post, let go of after 48 h
//	+-----+-------------+
//	| 'k' | SHA-256 of the token, 32 |                token
//	+-----+--------------------------+
//	| 'i' | token id |                                token id -> its SHA-256
//	+-----+----------+
//	| 'm' | "seq" |                                   the last seq given out
//	+-----+-------+
//
// # Values
//
//	a, h, m     seq, 8 bytes big endian
//	c           the alert as the API gives it, JSON
//	            user meta: scenario << 3 | status, so that a filter reads no value
//	t, f, p, k  JSON (Entry, FeedPosition, Token)
//	i           32 bytes
//
// A change of an alert deletes its former change and writes a new one at the
// end, so a shop's changes hold each alert once, in the order in which they
// last changed. The seq counter is one for the whole store, and dense: each
// change takes the next number. A single writer holds the lock while it takes
// numbers and commits, so a reader that sees seq n sees all that came before.
//
// # Large commits
//
// Badger bounds a transaction (15% of a memtable). A commit that would pass
// three quarters of the bound is cut into several transactions between two
// alerts. The feed positions go with the last, so that a crash in between
// makes the feed send again what is already there, which Commit then merges
// to no change.
package store
