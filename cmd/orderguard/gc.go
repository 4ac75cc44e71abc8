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
)

// tuneGC makes the collector run when the heap has grown by 32 MiB or, if that
// is more, by a tenth, rather than doubled. Nearly all of the heap is tables
// without pointers, which a collection does not look into, so that running it
// often is cheap and the memory that it holds in reserve is small. GOGC in the
// environment wins.
func tuneGC() {
	if os.Getenv("GOGC") == "" {
		afterGC(&struct{ _ [16]byte }{})
	}
}

// afterGC sets when the next collection is due. As the finalizer of what it is
// given it runs once after each.
func afterGC(x *struct{ _ [16]byte }) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := gcRoom * 100 / max(live[0].Value.Uint64(), gcRoom/4)
	debug.SetGCPercent(int(max(percent, gcPercent)))
	runtime.SetFinalizer(x, afterGC)
}
