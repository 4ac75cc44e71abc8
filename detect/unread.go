package detect

import "sync/atomic"

// unread counts what Unread returns.
var unread atomic.Uint64

// Unread returns how many times this process could not read a text, a name or an address that somebody wrote,
// for a defect of ours. It was taken for one that says nothing.
func Unread() uint64 { return unread.Load() }

// readSafely has something read that somebody wrote; 0 if that panics. Of all that the engine looks at, this comes
// from strangers who may write what they like. A program that ended of it would read the same line in its journal
// when it starts again, and end again.
func readSafely[T any, K ~uint8](read func(T) K, written T) (k K) {
	defer func() {
		if recover() != nil {
			unread.Add(1)
			k = 0
		}
	}()
	return read(written)
}
