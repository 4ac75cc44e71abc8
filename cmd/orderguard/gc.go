package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// gcRoom is by how many bytes the heap may always grow until it is
	// collected again, gcPercent by which part of it if that is more.
	gcRoom    = 32 << 20
	gcPercent = 10
	// serveRoom is gcRoom for a daemon: batches on their way are full of
	// pointers, and a collection looks at all of them. It saves a fifth of the
	// computing.
	serveRoom = 128 << 20
)

// tuner sets when the next collection is due. Its finalizer runs once after each.
type tuner struct{ room uint64 }

// tuneGC makes the collector run when the heap has grown by room or, if that
// is more, by a tenth, rather than doubled. Nearly all of the heap is tables
// without pointers, which a collection does not look into, so that running it
// often is cheap and the memory that it holds in reserve is small. GOGC in the
// environment wins.
func tuneGC(room uint64) {
	if os.Getenv("GOGC") == "" {
		(&tuner{room}).collected()
	}
}

// collected is told of each collection.
func (t *tuner) collected() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := t.room * 100 / max(live[0].Value.Uint64(), t.room/4)
	debug.SetGCPercent(int(max(percent, gcPercent)))
	runtime.SetFinalizer(t, (*tuner).collected)
}
