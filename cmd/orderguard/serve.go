package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// How a daemon stops. What has arrived by then is still taken: a feed that is
// silent for lastLook has given all, and one that is not is cut off after
// linger. A store that fails is tried for lastTry.
const (
	lastLook = 100 * time.Millisecond
	linger   = time.Second
	lastTry  = 3 * time.Second
)

// daemon is a running orderguard serve.
type daemon struct {
	serveFlags
	log      *slog.Logger
	store    *store.Store
	pipeline *pipeline
	flow     *flow
	keeper   *snapshotKeeper
	api      *api.API
	hooks    *api.Webhooks
	intake   *httpIntake
	screener *screener
	reloader *reloader
	secret   string // of the admin token for orderguard token, while we run
	// localListener is for commands of this machine, where httpListener asks for TLS.
	httpListener, tcpListener, localListener net.Listener
	// starting is why no feed is taken yet, nil once one is.
	starting atomic.Pointer[error]
	// work ends when what has been taken in is no longer journalled, judged and
	// committed: later than the feeds.
	work context.Context
}

// errStarting is what /readyz says before the journal's tail has been judged.
var errStarting = errors.New("starting: what the journal holds since the last snapshot is being judged")

func runServe(ctx context.Context, f serveFlags) (err error) {
	if err := f.validate(); err != nil {
		return err
	}
	tuneDaemon()
	go detect.Preload()
	rules, err := loadRuleSource(f.rules)
	if err != nil {
		return err
	}
	policy, err := readPolicy(f.policy)
	if err != nil {
		return err
	}
	endpoints, err := readWebhooks(f.webhooks)
	if err != nil {
		return err
	}
	work, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	d := &daemon{serveFlags: f, log: newLogger(), secret: newSecret(), work: work}
	d.starting.Store(&errStarting)
	if d.store, err = store.Open(f.data, f.storeOptions(d.log)); err != nil {
		return fmt.Errorf("--data %s: %w", f.data, err)
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	if err := d.dropReadyFile(); err != nil {
		return err
	}
	dead, err := openDeadFile(d.deadPath())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dead.Close()) }()
	d.pipeline, err = newPipeline(pipelineOptions{
		rules: rules.set, files: rules.files, lateness: f.lateness, workers: f.workers, store: d.store, casework: true, acceptLoss: f.acceptLoss, log: d.log,
		publish: d.flagged, filed: d.filed,
	})
	if err != nil {
		return err
	}
	defer func() { d.pipeline.close() }()
	d.keeper = newSnapshotKeeper(d.store, f.snapshotEvery, f.aside(), d.log)
	defer d.keeper.wait()
	d.pipeline.caughtUp = func(size int64) error { return d.flow.tidy(d.work, size) }
	if d.flow, err = newFlow(d.store, d.pipeline, d.keeper, dead, d.log); err != nil {
		return err
	}
	d.flow.memory = newMemoryLimit(f.memoryBytes, d.log)
	if err := d.join(endpoints); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeDaemonFile(f.data)) }()
	if err := d.listen(ctx); err != nil {
		return err
	}
	return d.run(ctx, giveUp, rules, policy)
}

// join makes the API of its parts.
func (d *daemon) join(endpoints []api.Endpoint) (err error) {
	registry := prometheus.NewRegistry()
	meter := newMeter(d.pipeline, d.figures)
	meter.register(registry)
	if d.apiOptions.Store, err = d.store.ID(); err != nil {
		return err
	}
	if d.hooks, err = newHooks(endpoints, d.store, d.apiOptions.Store, d.log); err != nil {
		return err
	}
	registry.MustRegister(hookMeter{d.hooks})
	d.apiOptions.Logger = d.log
	d.apiOptions.Version = version()
	d.apiOptions.Metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelError)})
	d.apiOptions.Ready = d.ready
	d.apiOptions.Observe = meter.observe
	if d.cert != "" {
		if d.apiOptions.TLS, err = api.LoadTLS(d.cert, d.key, d.clientCA, d.log); err != nil {
			return err
		}
	}
	d.reloader = newReloader(d.rules, &d.pipeline.reloads, d.flow.putRules, d.log)
	d.intake = &httpIntake{flow: d.flow, ready: d.ready, posts: d.store}
	book := d.pipeline.book
	d.screener = newScreener(d.work, d.flow, d.ready)
	c := &cases{flow: d.flow, store: d.store, book: book, ready: d.ready}
	d.api, err = api.New(api.Parts{
		Alerts: alertsOf{d.store}, Guard: guard{d.store, d.secret}, Tokens: tokensOf{d.store, d.flow}, Intake: d.intake, Copies: copiesOf{d.store, d.pipeline}, Orders: ordersIn{d.store},
		Verdicts: c, Reports: c, ReportRecords: c, Reviews: c, Decisions: c, Indicators: c, Buyers: c, Audit: c, RuleBook: rulesIn{d.pipeline, book}, Screener: d.screener,
	}, d.apiOptions)
	return err
}

// ready returns why events are not taken, nil if they are.
func (d *daemon) ready() error {
	if err := d.store.Writable(); err != nil {
		return err
	}
	for _, trouble := range []*atomic.Pointer[error]{&d.starting, &d.flow.trouble, &d.pipeline.trouble} {
		if err := trouble.Load(); err != nil {
			return *err
		}
	}
	return nil
}

// listen opens the addresses and says where.
func (d *daemon) listen(ctx context.Context) (err error) {
	var lc net.ListenConfig
	if d.httpListener, err = lc.Listen(ctx, "tcp", d.http); err != nil {
		return fmt.Errorf("--http %s: %w", d.http, err)
	}
	local := d.httpListener
	if d.apiOptions.TLS != nil {
		if d.localListener, err = lc.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return errors.Join(fmt.Errorf("listen for commands: %w", err), d.httpListener.Close())
		}
		local = d.localListener
	}
	if d.tcp != "" {
		if d.tcpListener, err = lc.Listen(ctx, "tcp", d.tcp); err != nil {
			return errors.Join(fmt.Errorf("--tcp %s: %w", d.tcp, err), d.httpListener.Close())
		}
	}
	return writeDaemonFile(d.data, daemonFile{HTTP: local.Addr().String(), Token: d.secret})
}

func (d *daemon) tcpAddr() string {
	if d.tcpListener == nil {
		return ""
	}
	return d.tcpListener.Addr().String()
}

// run serves until ctx ends or a part fails, and then stops in order: no more
// feeds and calls, then what was taken in is journalled, judged and committed,
// and a snapshot taken, so that the next start has no tail to judge.
func (d *daemon) run(ctx context.Context, giveUp func(), rules *ruleSource, policy *casework.Adopt) error {
	parts, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, func() {
		d.log.Info("stopping: judging and committing what was taken in")
		time.AfterFunc(lastTry, giveUp)
	})
	parts.Go(func() error { return d.api.Serve(ctx, d.httpListener) })
	parts.Go(func() error { return d.hooks.Run(ctx) })
	// Orders are looked up before the tail has been judged, which takes longer than to index what is not yet.
	parts.Go(func() error { return d.store.IndexOrders(ctx) })
	if d.localListener != nil {
		parts.Go(func() error { return d.api.ServePlain(ctx, d.localListener) })
	}
	intake, endIntake := context.WithCancel(d.work)
	defer endIntake()
	flowed := make(chan error, 1)
	parts.Go(func() error {
		if _, err := d.pipeline.recover(d.workUnless(ctx), d.store, d.log); err != nil {
			flowed <- nil
			if ctx.Err() != nil {
				d.log.Info("stopped before the journal's tail was judged: the next start goes on", "record", d.pipeline.record)
				return d.pipeline.rest()
			}
			return err
		}
		if err := d.pipeline.mendLost(); err != nil {
			return err
		}
		if d.pipeline.lacking {
			d.keeper.takeAtOnce(d.pipeline) // so that the next start need not be told again
		}
		go func() { flowed <- d.flow.run(intake, d.work) }()
		if err := d.begin(ctx, rules, policy); ctx.Err() != nil {
			return nil // stopped meanwhile
		} else if err != nil {
			return err
		}
		return d.feed(ctx)
	})
	err := parts.Wait()
	d.intake.close()
	endIntake()
	stopped := <-flowed
	if errors.Is(stopped, errBehind) {
		if _, last, _ := d.store.Journal(); d.pipeline.record < last {
			d.log.Info("stopped before all that is journalled was judged: the next start does that", "judged", d.pipeline.record, "journalled", last)
		}
		stopped = d.pipeline.rest()
	}
	if err := errors.Join(err, stopped); err != nil {
		return err
	}
	d.keeper.finish(d.pipeline)
	if why := d.flow.trouble.Load(); why != nil {
		return fmt.Errorf("lines that had come could not be journalled, send those again that were not acked: %w", *why)
	}
	return nil
}

// workUnless returns work, which ends sooner when ctx does: a recovery that is
// interrupted is done again by the next start.
func (d *daemon) workUnless(ctx context.Context) context.Context {
	work, cancel := context.WithCancel(d.work)
	context.AfterFunc(ctx, cancel)
	return work
}

// begin journals that the daemon starts, and by which rules and policy, and says so.
func (d *daemon) begin(ctx context.Context, rules *ruleSource, policy *casework.Adopt) error {
	if _, err := d.flow.putRules(ctx, rules); err != nil {
		return fmt.Errorf("the rules: %w", err)
	}
	if err := d.adopt(ctx, policy); err != nil {
		return fmt.Errorf("--policy: %w", err)
	}
	if err := d.flow.start(ctx, d.lateness); err != nil {
		return err
	}
	d.starting.Store(nil)
	d.log.Info("orderguard serves", "http", d.httpListener.Addr().String(), "tcp", d.tcpAddr(), "rules", rules.set.Version, "data", d.data)
	return d.writeReadyFile()
}

// feed takes feeds, and keeps time and rules, until ctx ends.
func (d *daemon) feed(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	if d.tcpListener != nil {
		parts.Go(func() error { return d.feedTCP(ctx) })
	}
	if d.stdin {
		parts.Go(func() error { return d.feedStdin(ctx) })
	}
	parts.Go(func() error { return d.tick(ctx) })
	parts.Go(func() error { return d.retain(ctx) })
	parts.Go(func() error { return d.reloader.run(ctx) })
	return parts.Wait()
}

// feedTCP takes the feeds of the TCP listener.
func (d *daemon) feedTCP(ctx context.Context) error {
	server, err := ingest.NewTCPServer(ingest.TCPOptions{
		Listener: d.tcpListener, HelloOnly: d.tcpHello, MaxConns: d.tcpConns, IdleTimeout: d.tcpIdle, Log: d.log,
		LastLook: lastLook, Linger: linger,
	})
	if err != nil {
		return err
	}
	return server.Serve(ctx, &tcpIntake{flow: d.flow, guard: guard{d.store, d.secret}, strict: d.tcpHello, ready: d.ready, work: d.work})
}

// dropReadyFile removes the ready file of a former run, so that nobody takes
// its addresses for ours. The folder is ours by then: the file of a daemon that
// runs on it is left alone.
func (d *daemon) dropReadyFile() error {
	if info, err := os.Stat(d.readyFile); d.readyFile == "" || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if err := os.Remove(d.readyFile); err != nil {
		return fmt.Errorf("--ready-file: %w", err)
	}
	return nil
}

// writeReadyFile says where the daemon listens. A pipe or a device is written
// to, a file is made whole.
func (d *daemon) writeReadyFile() error {
	if d.readyFile == "" {
		return nil
	}
	text, err := json.Marshal(map[string]string{"http": d.httpListener.Addr().String(), "tcp": d.tcpAddr()})
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if info, fail := os.Stat(d.readyFile); fail == nil && !info.Mode().IsRegular() {
		err = os.WriteFile(d.readyFile, text, 0o644)
	} else {
		err = replaceFile(d.readyFile, text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("--ready-file: %w", err)
	}
	return nil
}
