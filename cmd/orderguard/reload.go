package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// quiet is for how long rule files must rest before they are read: editors and
// copies write in several steps. Those that never rest are read after maxUnread.
const (
	quiet     = 150 * time.Millisecond
	maxUnread = 2 * time.Second
)

// reloader puts rules into a running pipeline when their file or folder has
// changed, or at SIGHUP. Rules with a fault are refused, and the old ones stay.
type reloader struct {
	path     string // empty: the shipped rules, which do not change
	folder   bool   // path is one
	count    *reloads
	put      func(ctx context.Context, rules *ruleSource) (changed bool, err error)
	log      *slog.Logger
	hangup   chan os.Signal
	changes  <-chan fsnotify.Event // nil: nobody watches
	troubles <-chan error          // of the watching
	end      func()
}

// newReloader returns a reloader that sees from now on what its run is to deal
// with.
func newReloader(path string, count *reloads, put func(context.Context, *ruleSource) (bool, error), log *slog.Logger) *reloader {
	r := &reloader{path: path, count: count, put: put, log: log, hangup: make(chan os.Signal, 1), end: func() {}}
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
	var since time.Time // of the first change that was not read; zero: all were
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-r.changes:
			if !r.concerns(e.Name) {
				continue
			}
			if since.IsZero() {
				since = time.Now()
			}
			rest.Reset(min(quiet, time.Until(since.Add(maxUnread))))
		case err := <-r.troubles:
			// What was missed may have been a change.
			r.log.Warn("watching the rules", "error", err)
			rest.Reset(quiet)
		case <-rest.C:
			since = time.Time{}
			r.reload(ctx)
		case <-r.hangup:
			r.reload(ctx)
		}
	}
}

// concerns reports whether a change of a file in the watched folder may be one of
// the rules. Kubernetes changes mounted files by turning the link ..data.
func (r *reloader) concerns(name string) bool {
	base := filepath.Base(name)
	if base == filepath.Base(r.path) || base == "..data" {
		return true
	}
	return r.folder && isRuleFile(base)
}

// watch has the system tell of changes. Without its help only SIGHUP reloads.
func (r *reloader) watch() {
	// The folder of a file is watched, for editors put a new file in the place
	// of the old one.
	folder := r.path
	info, err := os.Stat(r.path)
	if r.folder = err != nil || info.IsDir(); !r.folder {
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
func (r *reloader) reload(ctx context.Context) {
	if r.path == "" {
		r.log.Info("the rules are those that ship, there is nothing to reload: --rules names a file that can change")
		return
	}
	rules, err := loadRuleSource(r.path)
	changed := false
	if err == nil {
		changed, err = r.put(ctx, rules)
	}
	switch {
	case err != nil:
		r.count.refused.Add(1)
		r.count.faulty.Store(true)
		r.log.Error("the rules are refused, the old ones go on", "rules", r.path, "error", err)
	case changed:
		r.count.taken.Add(1)
		r.count.faulty.Store(false)
		r.log.Info("the rules have been reloaded", "rules", rules.set.Version, "number", len(rules.set.Rules), "lists", len(rules.set.Lists))
	default:
		r.count.faulty.Store(false)
	}
}

// putRules has other rules judge what comes after them in the journal. It
// reports whether they are others.
func (f *flow) putRules(ctx context.Context, rules *ruleSource) (changed bool, err error) {
	if f.pipeline.judgesBy(rules.set) {
		return false, nil
	}
	text, err := rules.text()
	if err != nil {
		return false, err
	}
	p := &parcel{Record: store.Record{Kind: store.Rules, Wall: f.now(), Raw: text}, size: int64(len(text)), content: content{rules: rules}}
	p.Pack()
	if err := f.note(ctx, "operator", "rules", "version "+rules.set.Version); err != nil {
		return false, err
	}
	return true, f.await(ctx, p)
}

// text returns the rules as records hold them.
func (r *ruleSource) text() ([]byte, error) { return json.Marshal(r.files) }

// rulesOf reads the rules that a record holds.
func rulesOf(r *store.Record) (*ruleSource, error) {
	var s ruleSource
	if err := json.Unmarshal(r.Raw, &s.files); err != nil {
		return nil, err
	}
	var err error
	s.set, err = parseRules(s.files)
	return &s, err
}

// judgesBy reports whether the pipeline judges by such rules, and the journal
// says so.
func (p *pipeline) judgesBy(rules *detect.RuleSet) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ruled && p.options.rules.Version == rules.Version
}

// reload lets other rules judge from the next batch on. The caller holds mu.
func (p *pipeline) reload(rules *ruleSource) error {
	if rules.set.Version != p.options.rules.Version {
		if err := p.engine.Reload(rules.set); err != nil {
			return err
		}
	}
	p.options.rules, p.options.files, p.ruled = rules.set, rules.files, true
	return nil
}
