package main

import (
	"os"
	"runtime"
)

// tuneDaemon sets what the runtime does otherwise in a process that serves.
func tuneDaemon() {
	spareProcs()
	tuneGC(serveRoom)
}

// spareProcs lets two goroutines more run than there are processors, for as long as the process lives. The workers of the
// engine keep as many busy as there are, and merges of tables too, for up to half a second: a call would wait for the
// end of a slice of 10 ms, and not be seen to have come before, where the system takes 1 to 3 to give every thread its
// turn. GOMAXPROCS in the environment wins.
func spareProcs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 2)
	}
}
