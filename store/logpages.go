package store

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// logPages has the system take the logs that Badger writes to, which it maps into memory, page by
// page. Else it reads such a file ahead, although there is nothing in it yet, in pieces that grow to
// MiBs, and later takes each to the disk as a whole for the one page of it that is new: at a hundred
// syncs a second that was sixteen times what was written, and each sync waited for it.
type logPages struct {
	dir    string // where the logs are, as the system calls it; "" is not known
	mu     sync.Mutex
	looked time.Time
	apart  map[string]bool // logs that are not read ahead, by path
}

// mapping is a log in memory.
type mapping struct {
	path       string
	from, size uintptr
}

// lookAgain is how often logs are looked for: a new one begins every few seconds at most.
const lookAgain = 100 * time.Millisecond

// newLogPages returns what looks after the logs in a folder.
func newLogPages(dir string) *logPages {
	whole, err := filepath.Abs(dir)
	if err == nil {
		whole, err = filepath.EvalSymlinks(whole)
	}
	if err != nil {
		return &logPages{}
	}
	return &logPages{dir: whole}
}

// look looks for logs that are new since it did so last, if it is time.
func (l *logPages) look() {
	if l.dir == "" || !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	if time.Since(l.looked) < lookAgain {
		return
	}
	l.looked = time.Now()
	logs := mappedLogs(l.dir)
	last := "" // the value log that is written to
	for _, m := range logs {
		if filepath.Ext(m.path) == ".vlog" {
			last = max(last, m.path)
		}
	}
	apart := make(map[string]bool, len(logs))
	for _, m := range logs {
		if read := filepath.Ext(m.path) == ".vlog" && m.path != last; read {
			if l.apart[m.path] {
				advise(m, unix.MADV_NORMAL)
			}
			continue
		}
		// Each time, which costs next to nothing: where Badger was opened anew, a log may be at its old place again.
		advise(m, unix.MADV_RANDOM)
		apart[m.path] = true
	}
	l.apart = apart
}

// advise says how a mapping is used. One that is gone meanwhile, or a system that does not know this, costs nothing.
func advise(m mapping, advice int) {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.size, uintptr(advice))
}

// mappedLogs returns where the logs of a folder are in this process's memory, as far as they may be written to.
// Where the system does not tell there are none.
func mappedLogs(dir string) (logs []mapping) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// from-to perms offset device inode path
		line := lines.Bytes()
		if !bytes.HasSuffix(line, []byte(".vlog")) && !bytes.HasSuffix(line, []byte(".mem")) {
			continue
		}
		fields := strings.Fields(string(line))
		at := bytes.IndexByte(line, '/') // it may have spaces
		if at < 0 || len(fields) < 6 || fields[1] != "rw-s" || filepath.Dir(string(line[at:])) != dir {
			continue
		}
		low, high, _ := strings.Cut(fields[0], "-")
		from, err := strconv.ParseUint(low, 16, 64)
		to, fail := strconv.ParseUint(high, 16, 64)
		if err == nil && fail == nil && to > from {
			logs = append(logs, mapping{string(line[at:]), uintptr(from), uintptr(to - from)})
		}
	}
	return logs
}
