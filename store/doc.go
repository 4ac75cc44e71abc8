// Package store keeps what must outlive the process: the journal of all that
// determines what the engine finds, alerts with their sequence of changes, the
// papers of casework, the positions of feeds, snapshots of the engine, and access tokens. It is the only
// user of Badger. It holds ready-made JSON, so that a poll copies bytes and decodes
// nothing.
//
// Append is the way in for lines: it writes records with the positions of their
// feeds in one synced transaction. Commit is the way in for alerts: it merges
// findings into those that are known, and writes them in one synced transaction
// with the position in the journal that they come from. Whatever Append or Commit has
// returned survives kill -9 and power loss. Changes, Alert and Head are the
// way out; Records, LoadSnapshot and Position are what a restart asks for.
// Order finds the lines of an order.
//
// database.go gives transactions their timestamps, so that reads wait for no sync.
// Around it: Check looks at everything; a new kind of key needs a line in its table.
// Backup and Restore copy all of it. Trim lets the oldest records go. mend.go and
// space.go say what is done about disks that fail or are full, survey.go about files that are
// damaged, and loss.go about what is lost by that; a command that only reads gets a mirror.
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
//	| 'p' | post's name |                             position in a post, let go of when its time is over
//	+-----+-------------+
//	| 'k' | SHA-256 of the token, 32 |                token
//	+-----+--------------------------+
//	| 'i' | token id |                                token id -> its SHA-256
//	+-----+----------+
//	| 'j' | number, 8 BE |                            record of the journal, from 1, dense
//	+-----+--------------+
//	| 'x' | place, 8 BE |                             act: what somebody did; Place, in paper.go
//	+-----+-----+------+-----+----------+-----------+
//	| 'v' | len | shop | len | alert id | number, 4 | verdict
//	+-----+-----+------+-----+----------+-----------+
//	| 'r' | report id |                               report, as it stands
//	+-----+-----+-----+-------------+
//	| 's' | len | shop | place, 8 BE |                 the report that was filed there: its id
//	+-----+-----+------+------------+
//	| 'd' | seq, 8 BE |                               decision
//	+-----+-----+------+-----------+-------------+
//	| 'e' | len | shop | day, 4 BE | place, 8 BE |     delta of an indicator; days with the sign bit turned over
//	+-----+-----+-------+----------+-------------+
//	| 'b' | len | buyer | seq, 8 BE |                 the alert that was flagged there: its key
//	+-----+-----+------+-----+--------+----------+
//	| 'g' | len | shop | len | attack | alert id |    1: the attack has the alert
//	+-----+-----+------+-----+--------+----------+
//	| 'n' | len | shop | place, 8 BE |                 what was decided there, or changed a report
//	+-----+-----+------+-----------+-+
//	| 'w' | len | endpoint |                           where an endpoint of webhooks began
//	+-----+-----+----------+-----+------+
//	| 'w' | len | endpoint | len | shop |              how far it has been told of a shop
//	+-----+-----+----------+-----+------+
//	| 'm' | name |                                    one of a kind:
//	+-----+------+                                    seq     the last seq given out
//	                                                  pos     the last record of which alerts were committed
//	                                                  layout  the version of keys and values
//	                                                  id      names the store in its copies
//	                                                  copied  the version of the last copy
//	                                                  undated the last seq before news said what they follow
//	                                                  line    the journal's id, which snapshots and the index name, also of a restored store
//	                                                  ran     for how many ms the store was open, by the last Trim that found posts
//	                                                  apart   1: something that is no record lies in a value log
//	                                                  nx, nd, ne, nn, nw  how many acts, decisions, deltas,
//	                                                  news and places of endpoints there are
//
// # Values
//
//	a, h, m     a number, 8 bytes big endian; of id, 16 random bytes
//	j           a record, see record.go; from 4 KiB on in Badger's value log, where all else lies from 768 KiB on only,
//	            see beside.go
//	c           the alert as the API gives it, JSON
//	            user meta: scenario << 3 | status, so that a filter reads no value
//	t, f, p, k  JSON (Entry, FeedPosition, Token)
//	x, v, r, d, e  JSON, as the API gives it
//	i           32 bytes
//	n           of a decision its seq, 8 BE; of a report the revision, 4 BE, and its id with the length before it;
//	            behind either the last seq of a change before it, 8 BE, which is missing from before layout 4
//	w           the seq of a change and the place of news, 8 BE each
//
// What is told of the whole site, such as decisions on buyers, stands in 'n' and 'w'
// under the shop with no name.
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
// alerts. The position goes with the last, so that a crash in between makes the
// engine find again what is already there, which Commit then merges to no
// change. Append cuts between records.
//
// # Other files
//
//	snapshots/   snapshot.go, chunks.go
//	index/       index.go, segment.go: made from the journal; it knows which records were lost when it read them
//	inuse        inuse.go: the store is open, or was killed
//	accepted     loss.go: something is lost, and is being gone on without
//	damaged      logs.go: value logs with a bad byte
package store
