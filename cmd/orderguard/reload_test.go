package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

// attackLines are orders of one buyer at one shop, ten seconds apart.
func attackLines(from, to int) (lines [][]byte) {
	for i := from; i < to; i++ {
		lines = append(lines, fmt.Appendf(nil,
			`{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":"s-0","buyer":"b-1","order":"o-%d","device":"d-1"}`+"\n",
			i, 1_770_000_000_000+i*10_000, i))
	}
	return lines
}

// replaceRules puts a file of rules in the place of another, as editors do.
func replaceRules(t testing.TB, path, text string) {
	t.Helper()
	other := path + "~"
	require.NoError(t, os.WriteFile(other, []byte(text), 0o600))
	require.NoError(t, os.Rename(other, path))
}

// TestServeReload changes the rules in the middle of an attack: a faulty file,
// another limit, and a folder's further file by SIGHUP.
func TestServeReload(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "rules.yaml")
	limit := func(n string) string { return strings.Replace(burstRule, "at_least: 10", "at_least: "+n, 1) }
	require.NoError(t, os.WriteFile(path, []byte(limit("20")), 0o600))
	old, err := loadRules(path)
	require.NoError(t, err)
	d := startDaemon(t, t.TempDir(), "--rules", folder)
	token := newToken(t, d.dir, "admin")
	version := func(v string) bool {
		return strings.Contains(d.call("GET", "/metrics", "", nil).body, `orderguard_rules_info{version="`+v+`"} 1`)
	}
	require.True(t, version(old.Version))
	d.send(attackLines(0, 7)...)
	d.judged(7)

	replaceRules(t, path, limit("ten"))
	await(t, "the refusal", func() bool { return d.metric("orderguard_rules_refused") == "1" })
	require.True(t, version(old.Version), "the old rules go on")

	replaceRules(t, path, limit("8"))
	eight, err := loadRules(path)
	require.NoError(t, err)
	await(t, "the new rules", func() bool { return version(eight.Version) })
	require.Equal(t, "0", d.metric("orderguard_rules_refused"))
	require.Equal(t, "1", d.metric(`orderguard_rules_reloads_total{result="taken"}`))
	d.send(attackLines(7, 9)...)
	d.judged(9)
	alerts, _ := d.alerts(token, burstShops)
	require.Len(t, alerts, 9, "the window went on, so that the eighth order is the eighth")
	for _, a := range alerts {
		require.Equal(t, eight.Rules[0].Version, a.Reasons[0].Version)
	}

	lists := "lists:\n  - {allow: buyer, values: [b-1], until: 2030-01-01, reason: test}\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "lists.yml"), []byte(lists), 0o600))
	require.NoError(t, d.cmd.Process.Signal(syscall.SIGHUP))
	all, err := loadRules(folder)
	require.NoError(t, err)
	require.Len(t, all.Lists, 1)
	await(t, "the list", func() bool { return version(all.Version) })
	d.send(attackLines(9, 12)...)
	d.judged(12)
	alerts, _ = d.alerts(token, burstShops)
	require.Len(t, alerts, 9)
	require.Equal(t, "3", d.metric("orderguard_spared_total"))
	d.stop()
	require.Contains(t, d.stderr.String(), "rules.yaml:6", "the log names the fault and its line")
}

// TestReloadHeedsRuleFilesOnly holds that what is written beside the rules causes
// no reload and delays none, and that rules which are written all the time are
// read all the same.
func TestReloadHeedsRuleFilesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(path, []byte(burstRule), 0o600))
	for name, x := range map[string]struct {
		folder  bool
		changed string
		every   time.Duration
		reads   int // within maxUnread, and a rest
	}{
		"the file, once":             {changed: "rules.yaml", every: time.Hour, reads: 1},
		"a link's target":            {changed: "..data", every: time.Hour, reads: 1},
		"the file, all the time":     {changed: "rules.yaml", every: quiet / 2, reads: 1},
		"a log beside the file":      {changed: "rules.log", every: quiet / 2},
		"a rule file beside it":      {changed: "others.yaml", every: quiet / 2},
		"a rule file in a folder":    {folder: true, changed: "others.yml", every: time.Hour, reads: 1},
		"another file in the folder": {folder: true, changed: "rules.yaml~", every: quiet / 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reads := 0
				changes := make(chan fsnotify.Event)
				r := &reloader{path: path, folder: x.folder, count: new(reloads), log: slog.New(slog.DiscardHandler), changes: changes, end: func() {}}
				r.put = func(context.Context, *ruleSource) (bool, error) {
					reads++
					return false, nil
				}
				if x.folder {
					r.path = filepath.Dir(path)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- r.run(ctx) }()
				<-time.After(2 * quiet)
				synctest.Wait()
				require.Equal(t, 1, reads, "as it begins")
				stop := time.After(maxUnread + 2*quiet)
				for over := false; !over; {
					changes <- fsnotify.Event{Name: filepath.Join(filepath.Dir(path), x.changed)}
					select {
					case <-time.After(x.every):
					case <-stop:
						over = true
					}
				}
				cancel()
				require.NoError(t, <-done)
				require.Equal(t, 1+x.reads, reads)
			})
		})
	}
}

// TestServeHangup holds that SIGHUP does not end a daemon with the shipped rules.
func TestServeHangup(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, t.TempDir())
	require.NoError(t, d.cmd.Process.Signal(syscall.SIGHUP))
	d.send(attackLines(0, 3)...)
	d.judged(3)
	d.stop()
	require.Contains(t, d.stderr.String(), "nothing to reload")
}
