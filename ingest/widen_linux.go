package ingest

import (
	"os"
	"syscall"
)

// pipeSize is what we ask of a pipe, the most that Linux gives anyone. With its
// usual 64 KiB the writer and the reader take turns four times as often.
const pipeSize = 1 << 20

// widen makes f's buffer bigger if it is a pipe. If that fails, the reading is
// only slower.
func widen(f *os.File) {
	c, err := f.SyscallConn()
	if err != nil {
		return
	}
	const setPipeSize = 1031 // F_SETPIPE_SZ
	_ = c.Control(func(fd uintptr) {
		_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, pipeSize)
	})
}
