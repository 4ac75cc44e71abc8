package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/orderguard/orderguard/detect"
)

// quiet is for how long a rule file must rest before it is read: editors and
// copies write in several steps.
const quiet = 150 * time.Millisecond

// reloader puts rules into a running pipeline when their file or folder has
// changed, or at SIGHUP. Rules with a fault are refused, and the old ones stay.
type reloader struct {
	path     string // empty: the shipped rules, which do not change
	pipeline *pipeline
	log      *slog.Logger
	hangup   chan os.Signal
	changes  <-chan fsnotify.Event // nil: nobody watches
	troubles <-chan error          // of the watching
	end      func()
}

// newReloader returns a reloader that sees from now on what its run is to deal
// with.
func newReloader(path string, p *pipeline, log *slog.Logger) *reloader {
	r := &reloader{path: path, pipeline: p, log: log, hangup: make(chan os.Signal, 1), end: func() {}}
	signal.Notify(r.hangup, syscall.SIGHUP)
	if path != "" {
		r.watch()
	}
	return r
}

// reloads counts what became of rules that had changed.
type reloads struct {
	taken, refused atomic.Int64
	// faulty is set while the rules on disk are not those that judge.
	faulty atomic.Bool
}

// run reloads until ctx ends.
func (r *reloader) run(ctx context.Context) error {
	defer r.end()
	defer signal.Stop(r.hangup)
	// Once at the beginning, for changes since the rules were first read.
	rest := time.NewTimer(quiet)
	if r.path == "" {
		rest.Stop()
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.changes:
			rest.Reset(quiet)
		case err := <-r.troubles:
			// What was missed may have been a change.
			r.log.Warn("watching the rules", "error", err)
			rest.Reset(quiet)
		case <-rest.C:
			r.reload()
		case <-r.hangup:
			r.reload()
		}
	}
}

// watch has the system tell of changes. Without its help only SIGHUP reloads.
func (r *reloader) watch() {
	// The folder of a file is watched, for editors put a new file in the place
	// of the old one.
	folder := r.path
	if info, err := os.Stat(r.path); err == nil && !info.IsDir() {
		folder = filepath.Dir(r.path)
	}
	w, err := fsnotify.NewWatcher()
	if err == nil {
		if err = w.Add(folder); err == nil {
			r.changes, r.troubles, r.end = w.Events, w.Errors, func() { _ = w.Close() }
			return
		}
		_ = w.Close()
	}
	r.log.Warn("changes of the rules are not seen, send SIGHUP after one", "rules", r.path, "error", err)
}

// reload reads the rules and, if they are others, lets them judge from the next
// batch on.
func (r *reloader) reload() {
	count := &r.pipeline.reloads
	if r.path == "" {
		r.log.Info("the rules are those that ship, there is nothing to reload: --rules names a file that can change")
		return
	}
	rules, err := loadRules(r.path)
	changed := false
	if err == nil {
		changed, err = r.pipeline.reload(rules)
	}
	switch {
	case err != nil:
		count.refused.Add(1)
		count.faulty.Store(true)
		r.log.Error("the rules are refused, the old ones go on", "rules", r.path, "error", err)
	case changed:
		count.taken.Add(1)
		count.faulty.Store(false)
		r.log.Info("the rules have been reloaded", "rules", rules.Version, "number", len(rules.Rules), "lists", len(rules.Lists))
	default:
		count.faulty.Store(false)
	}
}

// reload lets other rules judge from the next batch on. It reports whether they
// are others.
func (p *pipeline) reload(rules *detect.RuleSet) (changed bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rules.Version == p.options.rules.Version {
		return false, nil
	}
	if err := p.engine.Reload(rules); err != nil {
		return false, err
	}
	p.options.rules = rules
	return true, nil
}
