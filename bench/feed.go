package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard/ingest"
)

// FeedOptions says what FeedLoad sends.
type FeedOptions struct {
	Setup
	// To is a running daemon. Without an address one is started in a temporary
	// folder, with Flags.
	To    Daemon
	Flags []string
	Input string // a file; empty makes one
	Made  Made   // of it; as many orders as the run takes by default
	// Rate is how many lines are due a second; 0 sends as fast as they are
	// taken. For is how long; 0 is a minute.
	Rate float64
	For  time.Duration
	// Probes is how many of the lines a second are orders that are flagged by
	// themselves, whose alerts are waited for; 0 is 100. Without a rate it is one
	// in a thousand lines.
	Probes float64
	Shops  int // that probes are spread over; 0 is 20
}

// Validate returns every fault of the options at once, or nil.
func (o FeedOptions) Validate() error {
	var errs []error
	if o.Rate != 0 && (o.Rate < 100 || o.Rate > 1e8) || math.IsNaN(o.Rate) {
		errs = append(errs, fmt.Errorf("rate %v: want 0, or 100 to 100000000 lines a second", o.Rate))
	}
	if o.For < 0 || o.For > 24*time.Hour {
		errs = append(errs, fmt.Errorf("for %v: want up to 24h", o.For))
	}
	if o.Probes < 0 || o.Rate > 0 && o.Probes > o.Rate/2 || math.IsNaN(o.Probes) {
		errs = append(errs, fmt.Errorf("probes %v: want at most half of the lines", o.Probes))
	}
	if o.Shops < 0 || o.Shops > 10_000 {
		errs = append(errs, fmt.Errorf("shops %d: want 1 to 10000", o.Shops))
	}
	if o.To.TCP != "" && (o.To.HTTP == "" || o.To.Token == "") {
		errs = append(errs, errors.New("a running daemon: want the address of its API and an admin's token too, to read alerts"))
	}
	return errors.Join(errs...)
}

// freeRate is what a daemon may take at most without a rate: what is made for it.
const freeRate = 500_000

// pace returns the pacing of the run over a file.
func (o *FeedOptions) pace(path string) *pacing {
	p := &pacing{
		path: path, rate: o.Rate, length: cmp.Or(o.For, time.Minute), total: math.MaxInt64, every: 1000,
		shops: cmp.Or(o.Shops, 20), prefix: "bench-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-",
	}
	if o.Rate > 0 {
		p.total = int64(o.Rate * p.length.Seconds())
		p.every = max(2, int64(o.Rate/cmp.Or(o.Probes, 100)))
	}
	return p
}

// madeFor says what to make for so many lines.
func (m Made) madeFor(lines float64) Made {
	if m.Orders == 0 {
		m.Orders = int(lines * 1.02)
		if m.Market {
			m.Orders = int(lines / 4.7) // some five events an order
		}
	}
	m.Orders = max(m.Orders, 1000)
	return m
}

// feedRun is what happened while a stream was fed.
type feedRun struct {
	lines   int64
	acked   *latency
	begun   time.Time
	ended   time.Time // of the last ack
	sellers *sellers
	missing int64
}

// FeedLoad feeds a daemon over TCP at a rate that does not depend on it, and
// measures, from when each line was due, how long it takes until it is acked and
// until its alert can be polled.
func FeedLoad(ctx context.Context, o FeedOptions) (res *Result, err error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bench feed: %w", err)
	}
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	defer remove(&err)
	o.note("making the input")
	length := cmp.Or(o.For, time.Minute).Seconds()
	path, in, err := o.Made.madeFor(cmp.Or(o.Rate, freeRate)*length).input(o.Input, dir)
	if err != nil {
		return nil, err
	}
	p := o.pace(path)
	to, own := &o.To, (*ownDaemon)(nil)
	if to.TCP == "" {
		if own, err = startDaemon(ctx, o.Program, filepath.Join(dir, "data"), o.Flags...); err != nil {
			return nil, fmt.Errorf("bench feed: %w", err)
		}
		defer func() { err = errors.Join(err, own.stop()) }()
		to = &own.Daemon
	}
	o.note("feeding %s", to.TCP)
	before := 0.
	if own != nil {
		before = own.cpu()
	}
	run, err := feed(ctx, to, p, (*sellers).poll)
	if err != nil {
		return nil, fmt.Errorf("bench feed: %w", err)
	}
	res = newResult("feed", &o.Setup, in)
	run.report(res, p)
	if own != nil {
		res.Cases[0].Values = append(res.Cases[0].Values,
			Value{"daemon's CPU an event", (own.cpu() - before) / float64(run.lines), "s"}, Value{"daemon's peak memory", float64(own.memory()), "B"})
	}
	return res, nil
}

// feed sends the lines of p, while sellers read the alerts of its probes.
func feed(ctx context.Context, to *Daemon, p *pacing, seller func(*sellers, context.Context, string) error) (*feedRun, error) {
	run := &feedRun{acked: newLatency(), sellers: newSellers(to, p, p.shops)}
	parts, ctx := errgroup.WithContext(ctx)
	watch, endWatch := context.WithCancel(ctx)
	defer endWatch()
	for i := range p.shops {
		parts.Go(func() error { return seller(run.sellers, watch, p.shop(i)) })
	}
	parts.Go(func() error {
		defer endWatch()
		err := ingest.Feed(ctx, ingest.FeedOptions{
			Dial: func(ctx context.Context) (net.Conn, error) { return to.dial(ctx) }, Stream: p.prefix + "feed", Token: to.Token,
			Lines: p.lines(ctx), Acked: func(at ingest.Position) { run.ack(p, at.Lines) },
		})
		if err != nil {
			return err
		}
		run.lines, run.begun = p.ended, p.start
		run.missing = run.sellers.await(ctx, run.lines/p.every, 30*time.Second)
		return nil
	})
	return run, parts.Wait()
}

// ack notes that the lines before n are durable.
func (run *feedRun) ack(p *pacing, n int64) {
	now := time.Now()
	if n > run.lines {
		run.acked.noteSpread(now.Sub(p.due(run.lines)), now.Sub(p.due(n-1)), n-run.lines)
		run.lines, run.ended = n, now
	}
}

// report puts what happened into a result.
func (run *feedRun) report(r *Result, p *pacing) {
	took := run.ended.Sub(run.begun).Seconds()
	asked := "flat out"
	if p.rate > 0 {
		asked = Quantity(p.rate, "lines/s") + " for " + p.length.String()
	}
	seen := run.sellers.read
	r.Cases = []Case{
		{"feed, " + asked, []Value{
			{"lines", float64(run.lines), ""}, {"acked", float64(run.lines) / took, "events/s"}, {"sent late by, at most", p.late.Seconds(), "s"},
		}},
		{"from due to acked", append(run.acked.values(), Value{"lines", float64(run.acked.count()), ""})},
		{"from due to alert polled", append(seen.values(), Value{"lines", float64(seen.count()), ""})},
	}
	if p.rate == 0 {
		judged := run.sellers.last.Sub(run.begun).Seconds()
		r.Cases[0].Values = append(r.Cases[0].Values[:2], Value{"judged", float64(run.lines) / judged, "events/s"})
		r.Cases[1].Name, r.Cases[2].Name = "from sent to acked", "from sent to alert polled"
	} else {
		r.Goals = []Goal{
			{What: "lines acked a second, of those asked for", Value: float64(run.lines) / took / p.rate, Limit: .99, Unit: "x"},
			{What: "ack, p99, at " + Quantity(p.rate, "lines/s"), Value: run.acked.quantile(99), Limit: .25, Unit: "s", AtMost: true},
			{What: "alert polled, p99, at " + Quantity(p.rate, "lines/s"), Value: seen.quantile(99), Limit: .1, Unit: "s", AtMost: true},
		}
	}
	r.Goals = append(r.Goals, Goal{What: "alerts that never came", Value: float64(run.missing), AtMost: true})
	r.Charts = []Chart{{Title: "Time from when a line was due, " + asked, Y: "s", Series: []Series{
		{"ack", run.acked.points()}, {"alert polled", seen.points()},
	}}}
}
