package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// serveFlags are the flags of orderguard serve.
type serveFlags struct {
	tcp, http, data, rules, policy, readyFile, dead string
	webhooks                                        string
	stdin                                           bool
	stdinStream                                     string
	lateness                                        time.Duration
	workers                                         int
	tcpConns                                        int
	tcpHello                                        bool
	memory                                          string
	memoryBytes                                     int64 // what memory says
	snapshotEvery                                   int64
	keepAge                                         time.Duration
	keepBytes                                       int64
	acceptLoss                                      bool
	tcpIdle                                         time.Duration
	cert, key, clientCA                             string // of TLS
	apiOptions                                      api.Options
}

func newServeCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon: feeds in, flagged orders over HTTP",
		Long: `Takes feeds of events, one JSON object a line, over TCP, HTTP and, with --stdin,
standard input, keeps flagged orders in the store, and serves them over HTTP.
SIGTERM or SIGINT stops it: what was taken in is judged and committed first. Rules
that --rules names are read again when they change, and at SIGHUP; windows go on, and a
file with a fault is refused.`,
		Example: `  orderguard serve --data ./data --stdin < orders.ndjson
  nc -q1 127.0.0.1 7070 < orders.ndjson`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runServe(c.Context(), f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.tcp, "tcp", "127.0.0.1:7070", "`address` of the TCP feed; port 0 picks a free one, empty is none")
	fl.StringVar(&f.http, "http", "127.0.0.1:8080", "`address` of the HTTP API and page; port 0 picks a free one")
	fl.StringVar(&f.data, "data", "./data", "`folder` of the store")
	fl.StringVar(&f.rules, "rules", "", "rule `file` or folder (default: the rules that ship with orderguard)")
	fl.StringVar(&f.policy, "policy", "", "policy `file` of casework: deadlines, points, terms, limits (default: those of docs/policy.md)")
	fl.StringVar(&f.webhooks, "webhooks", "", "`file` of endpoints that are told of alerts, decisions and reports (docs/webhooks.md)")
	fl.BoolVar(&f.stdin, "stdin", false, "read a feed from standard input too")
	fl.StringVar(&f.stdinStream, "stdin-stream", "", "standard input has the lines of the stream of this `name`: those that are durable already are left out, so that the same input can be fed again")
	fl.StringVar(&f.readyFile, "ready-file", "", "write the addresses as JSON to `file` once both listen")
	fl.StringVar(&f.dead, "dead-letters", "", "`file` for lines that are no events (default: dead-letters.ndjson in the data folder)")
	fl.DurationVar(&f.lateness, "lateness", 0, "how long events wait for earlier ones, in event time")
	fl.IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that detect; the alerts do not depend on it")
	fl.BoolVar(&f.tcpHello, "tcp-hello", false, "take only TCP feeds that begin with a hello and a token")
	fl.StringVar(&f.memory, "memory", "0", "most memory of the process, such as 8GiB; 0 is no limit. Beyond it the keys that have been idle for longest are let go of, and the log says which")
	fl.Int64Var(&f.snapshotEvery, "snapshot-every", 1<<30, "take a snapshot of the windows for so many `bytes` of lines; a restart judges what came since, and what was waiting")
	fl.DurationVar(&f.keepAge, "journal-age", 184*24*time.Hour, "how long the journal keeps lines")
	fl.Int64Var(&f.keepBytes, "journal-bytes", 64<<30, "how large the journal may grow, in `bytes` on the disk; what a restart needs stays")
	fl.BoolVar(&f.acceptLoss, "accept-loss", false, "start although something that was acknowledged is lost for good, and there is no backup, or no snapshot can be read after an upgrade: the log says what")
	fl.IntVar(&f.tcpConns, "tcp-max-conns", ingest.DefaultMaxConns, "most TCP feeds at once")
	fl.DurationVar(&f.tcpIdle, "tcp-idle-timeout", ingest.DefaultIdleTimeout, "a TCP feed that is silent for so long is closed")
	fl.StringVar(&f.cert, "tls-cert", "", "serve HTTP over TLS by the certificate chain in this PEM `file`, read again when it is renewed")
	fl.StringVar(&f.key, "tls-key", "", "`file` of its private key")
	fl.StringVar(&f.clientCA, "tls-client-ca", "", "take only clients that show a certificate of an authority in this PEM `file`")
	fl.IntVar(&f.apiOptions.MaxConns, "http-max-conns", 10_000, "most HTTP connections at once")
	fl.IntVar(&f.apiOptions.MaxWaits, "http-max-waits", 8_000, "most calls that wait for alerts at once")
	fl.IntVar(&f.apiOptions.MaxStreams, "http-max-streams", 1_000, "most event streams at once")
	fl.Int64Var(&f.apiOptions.MaxBody, "http-max-body", 64<<20, "largest body, in bytes")
	fl.Int64Var(&f.apiOptions.MaxDecoded, "http-max-decoded", 512<<20, "largest compressed body when unpacked, in bytes")
	fl.DurationVar(&f.apiOptions.ReadTimeout, "http-read-timeout", 30*time.Second, "longest wait for the next piece of a body")
	fl.DurationVar(&f.apiOptions.WriteTimeout, "http-write-timeout", 30*time.Second, "longest time to send an answer")
	fl.DurationVar(&f.apiOptions.IdleTimeout, "http-idle-timeout", 2*time.Minute, "a connection without a call is closed after so long")
	fl.Float64Var(&f.apiOptions.Rate, "http-rate", 5000, "calls a second that one token may make")
	return c
}

// maxAside is the largest state that is copied for a snapshot, unless --memory
// says less.
const maxAside = 4 << 30

// aside returns how large a state may be, to be copied for a snapshot.
func (f *serveFlags) aside() int64 {
	if f.memoryBytes > 0 {
		return min(maxAside, f.memoryBytes/4)
	}
	return maxAside
}

// storeOptions returns how the daemon opens its store.
func (f *serveFlags) storeOptions(log *slog.Logger) store.Options {
	o := storeOptions(log)
	o.Orders, o.AcceptLoss = ordersOf, f.acceptLoss
	return o
}

// validate reports every fault of the flags. It comes before all else: a
// daemon that cannot run leaves nothing behind.
func (f *serveFlags) validate() error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if err := checkAddress(f.http); err != nil {
		bad("--http %q: %w", f.http, err)
	}
	if err := checkAddress(f.tcp); err != nil && f.tcp != "" {
		bad("--tcp %q: %w, or nothing for none", f.tcp, err)
	}
	if err := checkApart([]named{{"--ready-file", f.readyFile}, {"--dead-letters", f.dead}}, []named{{"the file of --rules", f.rules}, {"the file of --policy", f.policy}, {"the file of --webhooks", f.webhooks}}); err != nil {
		errs = append(errs, err)
	}
	if (f.cert == "") != (f.key == "") || f.clientCA != "" && f.cert == "" {
		bad("--tls-cert %q, --tls-key %q, --tls-client-ca %q: want a certificate and its key, and an authority only with those", f.cert, f.key, f.clientCA)
	}
	if f.stdinStream != "" && !f.stdin {
		bad("--stdin-stream %s: it names what --stdin reads, give that too", f.stdinStream)
	}
	if len(f.stdinStream) > orderguard.MaxID {
		bad("--stdin-stream: want a name of at most %d bytes, got %d", orderguard.MaxID, len(f.stdinStream))
	}
	if err := checkEngineFlags(f.workers, f.lateness); err != nil {
		errs = append(errs, err)
	}
	var err error
	if f.memoryBytes, err = parseMemory(f.memory); err != nil {
		bad("--memory %q: %w", f.memory, err)
	}
	errs = append(errs, f.validateNumbers()...)
	if err = errors.Join(errs...); err != nil {
		return &usageError{err}
	}
	return nil
}

// validateNumbers reports every number that is out of its bounds.
func (f *serveFlags) validateNumbers() (errs []error) {
	for _, x := range []struct {
		flag string
		n    float64
	}{
		{"tcp-max-conns", float64(f.tcpConns)},
		{"http-max-conns", float64(f.apiOptions.MaxConns)}, {"http-max-waits", float64(f.apiOptions.MaxWaits)},
		{"http-max-streams", float64(f.apiOptions.MaxStreams)}, {"http-max-body", float64(f.apiOptions.MaxBody)},
		{"snapshot-every", float64(f.snapshotEvery)}, {"journal-bytes", float64(f.keepBytes)},
		{"http-max-decoded", float64(f.apiOptions.MaxDecoded)}, {"http-rate", f.apiOptions.Rate},
	} {
		if !(x.n >= 1) {
			errs = append(errs, fmt.Errorf("--%s %v: want 1 or more", x.flag, x.n))
		}
	}
	for _, x := range []struct {
		flag string
		t    time.Duration
	}{
		{"journal-age", f.keepAge}, {"tcp-idle-timeout", f.tcpIdle}, {"http-read-timeout", f.apiOptions.ReadTimeout},
		{"http-write-timeout", f.apiOptions.WriteTimeout}, {"http-idle-timeout", f.apiOptions.IdleTimeout},
	} {
		if x.t <= 0 {
			errs = append(errs, fmt.Errorf("--%s %v: want more than 0s", x.flag, x.t))
		}
	}
	return errs
}

// checkAddress reports what is wrong with an address to listen on.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return errors.New("want HOST:PORT, with a port from 0 to 65535 or its name")
	}
	return nil
}
