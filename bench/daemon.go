package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Daemon is where a daemon is to be reached.
type Daemon struct {
	TCP   string `json:"tcp"`  // host:port of the feed
	HTTP  string `json:"http"` // host:port of the API
	Token string `json:"-"`    // an admin's
}

// dial connects to the daemon's feed.
func (d *Daemon) dial(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", d.TCP)
}

// ownDaemon is a daemon that a benchmark has started, over a folder of its own.
type ownDaemon struct {
	Daemon
	cmd   *exec.Cmd
	took  time.Duration // until it took events
	log   *bytes.Buffer
	ended chan error
}

// startWait bounds the time in which a daemon must be ready: a recovery of
// gibibytes takes minutes.
const startWait = 15 * time.Minute

// startDaemon starts a daemon over the folder data and waits until it takes
// events.
func startDaemon(ctx context.Context, p Program, data string, flags ...string) (*ownDaemon, error) {
	ready := filepath.Join(filepath.Dir(data), filepath.Base(data)+".ready")
	if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("daemon: %w", err)
	}
	// One client makes the calls of a thousand sellers.
	args := append([]string{"serve", "--data", data, "--http", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--ready-file", ready,
		"--http-rate", "1000000", "--http-max-waits", "100000"}, flags...)
	d := &ownDaemon{cmd: p.command(context.WithoutCancel(ctx), args...), log: new(bytes.Buffer), ended: make(chan error, 1)}
	d.cmd.Stderr = d.log
	begin := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("daemon: %w", err)
	}
	go func() { d.ended <- d.cmd.Wait() }()
	if err := d.await(ctx, ready); err != nil {
		return nil, errors.Join(err, d.end(os.Kill))
	}
	d.took = time.Since(begin)
	token := p.command(ctx, "token", "create", "--role", "admin", "--data", data)
	text, err := token.Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("daemon: token: %w", err), d.end(os.Kill))
	}
	d.Token = strings.TrimSpace(string(text))
	return d, nil
}

// await waits for the ready file.
func (d *ownDaemon) await(ctx context.Context, ready string) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		if text, err := os.ReadFile(ready); err == nil {
			return json.Unmarshal(text, &d.Daemon)
		}
		select {
		case <-look.C:
		case err := <-d.ended:
			d.ended <- err
			return fmt.Errorf("daemon: it ended: %w: %s", err, tail(d.log.String()))
		case <-ctx.Done():
			return fmt.Errorf("daemon: it was not ready: %w", context.Cause(ctx))
		}
	}
}

// end sends a signal and waits until the process has ended.
func (d *ownDaemon) end(s os.Signal) error {
	_ = d.cmd.Process.Signal(s) // it may have ended
	err := <-d.ended
	d.ended <- err
	if s == os.Kill {
		return nil
	}
	if err != nil {
		return fmt.Errorf("daemon: %w: %s", err, tail(d.log.String()))
	}
	return nil
}

// stop ends the daemon in order.
func (d *ownDaemon) stop() error { return d.end(syscall.SIGTERM) }

// cpu returns the CPU seconds that the running daemon has used.
func (d *ownDaemon) cpu() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// The name, in brackets, may have blanks; user and system time are the
	// 12th and 13th field after it, in hundredths of a second.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks float64
	for _, f := range fields[11:13] {
		n, _ := strconv.ParseFloat(f, 64)
		ticks += n
	}
	return ticks / 100
}

// memory returns the most memory that the running daemon has held.
func (d *ownDaemon) memory() int64 {
	return kibibytes(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid), "VmHWM")
}

// tail returns the last lines of a log.
func tail(log string) string {
	const most = 1000
	log = strings.TrimSpace(log)
	return log[max(0, len(log)-most):]
}
