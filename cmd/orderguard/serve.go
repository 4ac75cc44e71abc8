package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
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
	api      *api.API
	intake   *httpIntake
	reloader *reloader
	secret   string // of the admin token for orderguard token, while we run
	web, tcp net.Listener
	// work ends when what has been taken in is no longer judged and committed:
	// later than the feeds.
	work context.Context
}

func runServe(ctx context.Context, f serveFlags) (err error) {
	if err := f.validate(); err != nil {
		return err
	}
	tuneGC()
	rules, err := loadRules(f.rules)
	if err != nil {
		return err
	}
	work, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	d := &daemon{serveFlags: f, log: newLogger(), secret: newSecret(), work: work}
	if err := d.dropReadyFile(); err != nil {
		return err
	}
	if d.store, err = store.Open(f.data, store.Options{Logger: d.log}); err != nil {
		return fmt.Errorf("--data %s: %w", f.data, err)
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	dead, err := openDeadFile(work, d.deadPath(), d.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dead.Close()) }()
	d.pipeline, err = newPipeline(pipelineOptions{
		rules: rules, lateness: f.lateness, workers: f.workers, dead: dead, store: d.store, live: true, log: d.log,
		publish: func(alerts []orderguard.Alert) error { d.api.Publish(alerts); return nil },
	})
	if err != nil {
		return err
	}
	defer d.pipeline.close()
	dead.trouble = &d.pipeline.trouble
	if err := d.join(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeDaemonFile(f.data)) }()
	if err := d.listen(ctx); err != nil {
		return err
	}
	d.log.Info("orderguard serves", "http", d.web.Addr().String(), "tcp", d.tcpAddr(), "rules", rules.Version, "data", f.data)
	return d.run(ctx, giveUp)
}

// join makes the API of its parts.
func (d *daemon) join() (err error) {
	registry := prometheus.NewRegistry()
	meter := newMeter(d.pipeline)
	meter.register(registry)
	d.serveFlags.api.Logger = d.log
	d.serveFlags.api.Version = version()
	d.serveFlags.api.Metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelError)})
	d.serveFlags.api.Ready = d.pipeline.err
	d.serveFlags.api.Observe = meter.observe
	d.reloader = newReloader(d.rules, d.pipeline, d.log)
	d.intake = &httpIntake{pipeline: d.pipeline, work: d.work}
	d.api, err = api.New(api.Parts{
		Alerts: alertsOf{d.store}, Guard: guard{d.store, d.secret}, Tokens: tokensOf{d.store}, Intake: d.intake, Copies: copiesOf{d.store},
	}, d.serveFlags.api)
	return err
}

// listen opens the addresses and says where.
func (d *daemon) listen(ctx context.Context) (err error) {
	var lc net.ListenConfig
	if d.web, err = lc.Listen(ctx, "tcp", d.http); err != nil {
		return fmt.Errorf("--http %s: %w", d.http, err)
	}
	if d.serveFlags.tcp != "" {
		if d.tcp, err = lc.Listen(ctx, "tcp", d.serveFlags.tcp); err != nil {
			return errors.Join(fmt.Errorf("--tcp %s: %w", d.serveFlags.tcp, err), d.web.Close())
		}
	}
	if err = writeDaemonFile(d.data, daemonFile{HTTP: d.web.Addr().String(), Token: d.secret}); err != nil {
		return err
	}
	return d.writeReadyFile()
}

func (d *daemon) tcpAddr() string {
	if d.tcp == nil {
		return ""
	}
	return d.tcp.Addr().String()
}

// run serves until ctx ends or a part fails, and then stops in order: no more
// feeds and calls, then what was taken in is judged and committed.
func (d *daemon) run(ctx context.Context, giveUp func()) error {
	parts, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, func() {
		d.log.Info("stopping: judging and committing what was taken in")
		time.AfterFunc(lastTry, giveUp)
	})
	parts.Go(func() error { return d.api.Serve(ctx, d.web) })
	if d.tcp != nil {
		parts.Go(func() error { return d.feedTCP(ctx) })
	}
	if d.stdin {
		parts.Go(func() error { return d.feedStdin(ctx) })
	}
	parts.Go(func() error { return d.tick(ctx) })
	parts.Go(func() error { return d.reloader.run(ctx) })
	err := parts.Wait()
	d.intake.close()
	return errors.Join(err, d.pipeline.flush(d.work))
}

// feedTCP takes the feeds of the TCP listener.
func (d *daemon) feedTCP(ctx context.Context) error {
	server, err := ingest.NewTCPServer(ingest.TCPOptions{
		Listener: d.tcp, MaxConns: d.tcpConns, IdleTimeout: d.tcpIdle, Log: d.log,
		LastLook: lastLook, Linger: linger,
	})
	if err != nil {
		return err
	}
	return server.Serve(ctx, func(source string, b *orderguard.Batch) error {
		if b == nil {
			d.pipeline.end(source)
			return nil
		}
		_, err := d.pipeline.push(d.work, source, b)
		return err
	})
}

// feedStdin takes the feed on standard input. The daemon goes on after its end.
func (d *daemon) feedStdin(ctx context.Context) error {
	stdin, err := ingest.Open("-")
	if err != nil {
		return err
	}
	r := ingest.NewReader(stdin, ingest.ReaderOptions{Feed: "stdin", Source: "stdin", Workers: d.workers})
	defer func() { _ = r.Close() }()
	defer d.pipeline.end("stdin")
	for until := (time.Time{}); ; {
		b, err := r.Next(ctx)
		if err != nil && ctx.Err() != nil {
			if until.IsZero() {
				until = time.Now().Add(linger)
			}
			if time.Now().After(until) {
				return nil
			}
			look, cancel := context.WithTimeout(d.work, lastLook)
			b, err = r.Next(look)
			cancel()
		}
		switch {
		case errors.Is(err, io.EOF) || err != nil && ctx.Err() != nil:
			return nil
		case err == nil:
			_, err = d.pipeline.push(d.work, "stdin", b)
			r.Recycle(b)
		}
		if err != nil {
			// One bad feed does not end the others.
			d.log.Error("the feed on standard input has ended", "error", err)
			return nil
		}
	}
}

// tick keeps time for what waits in the pipeline.
func (d *daemon) tick(ctx context.Context) error {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-t.C:
			if err := d.pipeline.tick(d.work, now); err != nil {
				return err
			}
		}
	}
}

// dropReadyFile removes the ready file of a former run, so that nobody takes
// its addresses for ours.
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
	text, err := json.Marshal(map[string]string{"http": d.web.Addr().String(), "tcp": d.tcpAddr()})
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
