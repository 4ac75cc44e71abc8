package bench

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// WatchOthers begins to watch what else the machine does. The function that it
// returns says which share of its processors others have used since then, in
// percent: those who are neither this process nor its children that have ended.
func WatchOthers() func() float64 {
	total, busy := machineTicks()
	own := familyCPU()
	return func() float64 {
		totalNow, busyNow := machineTicks()
		if totalNow == total {
			return 0
		}
		others := busyNow - busy - 100*(familyCPU()-own)
		return min(100, max(0, 100*others/(totalNow-total)))
	}
}

// machineTicks returns the processors' time, in hundredths of a second, and how
// much of it was used, or taken by the host.
func machineTicks() (total, busy float64) {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	for i, f := range strings.Fields(line) {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil || i > 8 {
			continue // the name; guests are counted as users already
		}
		total += n
		if i != 4 && i != 5 { // idle, waiting for the disk
			busy += n
		}
	}
	return total, busy
}

// familyCPU returns the CPU seconds of this process and its children that have
// ended.
func familyCPU() (s float64) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var r unix.Rusage
		if unix.Getrusage(who, &r) == nil {
			s += timeval(r.Utime) + timeval(r.Stime)
		}
	}
	return s
}
