package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard/ingest"
)

// PollOptions says what PollLoad does to a daemon that it starts.
type PollOptions struct {
	Setup
	Rate     float64       // lines a second that are fed meanwhile; 0 is 50,000
	For      time.Duration // of each way of polling; 0 is 10 s
	Sellers  int           // who wait at once; 0 is 200
	Requests float64       // pages a second in the open loop; 0 is 2,000
	Clients  int           // connections that ask for pages, and about orders; 0 is 16
	Screens  float64       // orders a second that are asked about; 0 is 100
}

// Validate returns every fault of the options at once, or nil.
func (o PollOptions) Validate() error {
	var errs []error
	if o.Rate < 0 || o.Rate > 1e7 || o.Rate > 0 && o.Rate < 1000 {
		errs = append(errs, fmt.Errorf("rate %v: want 1000 to 10000000 lines a second", o.Rate))
	}
	if o.For < 0 || o.For > time.Hour {
		errs = append(errs, fmt.Errorf("for %v: want up to 1h", o.For))
	}
	if o.Sellers < 0 || o.Sellers > 1000 || o.Clients < 0 || o.Clients > 1000 {
		errs = append(errs, fmt.Errorf("sellers %d, clients %d: want 1 to 1000", o.Sellers, o.Clients))
	}
	if o.Requests < 0 || o.Requests > 1e6 || o.Screens < 0 || o.Screens > 1e6 {
		errs = append(errs, fmt.Errorf("requests %v, screens %v: want up to 1000000 a second", o.Requests, o.Screens))
	}
	return errors.Join(errs...)
}

// pageAlerts is how many alerts a polled page has, and pageShops how many shops
// have as many.
const (
	pageAlerts = 50
	pageShops  = 20
)

// poller is a daemon under sellers.
type poller struct {
	PollOptions
	daemon *ownDaemon
	path   string
	full   *pacing // of the alerts that pages have
	res    *Result
	chart  Chart
}

// PollLoad measures how sellers are answered while events are taken in: pages of
// 50 alerts in an open loop and flat out, pages that have not changed, long polls
// and event streams; and a marketplace that asks about orders before it accepts them.
func PollLoad(ctx context.Context, o PollOptions) (res *Result, err error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bench poll: %w", err)
	}
	o.Rate, o.For, o.Sellers = cmp.Or(o.Rate, 50_000), cmp.Or(o.For, 10*time.Second), cmp.Or(o.Sellers, 200)
	o.Requests, o.Clients, o.Screens = cmp.Or(o.Requests, 2000), cmp.Or(o.Clients, 16), cmp.Or(o.Screens, 100)
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	defer remove(&err)
	o.note("making the input")
	path, in, err := Made{Market: true}.madeFor(max(o.Rate*o.For.Seconds(), 10_000)).input("", dir)
	if err != nil {
		return nil, err
	}
	daemon, err := startDaemon(ctx, o.Program, filepath.Join(dir, "data"))
	if err != nil {
		return nil, fmt.Errorf("bench poll: %w", err)
	}
	defer func() { err = errors.Join(err, daemon.stop()) }()
	p := &poller{PollOptions: o, daemon: daemon, path: path, res: newResult("poll", &o.Setup, in)}
	p.chart = Chart{Title: "Time of an answer, beside " + Quantity(o.Rate, "lines/s") + " of intake", Y: "s"}
	for _, step := range []func(context.Context) error{p.fill, p.pages, p.screens, p.waiting} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("bench poll: %w", err)
		}
	}
	p.res.Charts = []Chart{p.chart}
	return p.res, nil
}

// pace returns the pacing of a stream of its own.
func (p *poller) pace(name string, shops int) *pacing {
	return &pacing{
		path: p.path, rate: p.Rate, length: p.For, total: int64(p.Rate * p.For.Seconds()), every: max(2, int64(p.Rate/100)),
		shops: shops, prefix: name + "-",
	}
}

// fill gives shops a page of alerts each.
func (p *poller) fill(ctx context.Context) error {
	p.note("filling pages")
	p.full = p.pace("full", pageShops)
	p.full.rate, p.full.length, p.full.every, p.full.total = 0, startWait, 2, 2*pageShops*pageAlerts
	_, err := feed(ctx, &p.daemon.Daemon, p.full, (*sellers).poll)
	return err
}

// pages measures those who ask for pages.
func (p *poller) pages(ctx context.Context) error {
	for _, way := range []struct {
		name string
		rate float64
		tag  bool
	}{
		{"pages of 50, " + Quantity(p.Requests, "requests/s"), p.Requests, false},
		{"pages of 50, flat out", 0, false},
		{"unchanged pages, flat out", 0, true},
	} {
		took, err := p.beside(ctx, way.name, way.rate, func(s *sellers) question { return p.pageQuestion(s, way.tag) })
		if err != nil {
			return err
		}
		if way.rate > 0 {
			p.goal(way.name, took, 20*time.Millisecond)
		}
	}
	return nil
}

// goal holds the p99 of a way of asking to a limit, at the rate that it is given for.
func (p *poller) goal(name string, took *latency, limit time.Duration) {
	p.res.Goals = append(p.res.Goals, Goal{
		What:  name + ", beside " + Quantity(p.Rate, "lines/s") + ", p99",
		Value: took.quantile(99), Limit: limit.Seconds(), Unit: "s", AtMost: true,
	})
}

// question asks the question with the number n.
type question func(ctx context.Context, n int64) error

// pageQuestion asks for a page of one shop after the other, or of the first as it has not changed.
func (p *poller) pageQuestion(s *sellers, tagged bool) question {
	var tag string
	var page bytes.Buffer
	return func(ctx context.Context, n int64) error {
		var headers []string
		if tagged && tag != "" {
			headers = []string{"If-None-Match", tag}
		}
		shop := p.full.shop(int(n % pageShops))
		if tagged {
			shop = p.full.shop(0)
		}
		now, err := s.text(ctx, &page, shop, url.Values{"limit": {strconv.Itoa(pageAlerts)}}, headers...)
		if err != nil {
			return err
		}
		// To parse it would cost the machine more than to serve it.
		if n := bytes.Count(page.Bytes(), []byte(`{"alert":`)); len(headers) == 0 && n != pageAlerts {
			return fmt.Errorf("a page of %s has %d alerts, and not %d", shop, n, pageAlerts)
		}
		tag = now
		return nil
	}
}

// screens measures who asks about orders before they are accepted.
func (p *poller) screens(ctx context.Context) error {
	orders, err := created(p.path, 1000)
	if err != nil {
		return err
	}
	name := "questions about orders, " + Quantity(p.Screens, "requests/s")
	took, err := p.beside(ctx, name, p.Screens, func(s *sellers) question {
		return func(ctx context.Context, n int64) error {
			order := maps.Clone(orders[n%int64(len(orders))])
			order["id"] = fmt.Sprintf("asked-%d", n)
			order["order"] = order["id"]
			return s.screen(ctx, order)
		}
	})
	if err == nil {
		p.goal(name, took, 5*time.Millisecond)
	}
	return err
}

// created reads orders from a file of events, at most so many.
func created(path string, most int) (orders []map[string]any, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	for len(orders) < most && lines.Scan() {
		var e map[string]any
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		if e["type"] == "order" && e["status"] == "created" {
			orders = append(orders, e)
		}
	}
	if lines.Err() == nil && len(orders) == 0 {
		err = fmt.Errorf("%s: no order is created there", path)
	}
	return orders, errors.Join(lines.Err(), err)
}

// beside measures questions at a rate, or flat out, beside intake.
func (p *poller) beside(ctx context.Context, name string, rate float64, asker func(*sellers) question) (*latency, error) {
	p.note("%s", name)
	pace := p.pace("beside-"+strconv.Itoa(len(p.res.Cases)), 1)
	pace.every = math.MaxInt64 // no probes
	s, took := newSellers(&p.daemon.Daemon, pace, p.Clients), newLatency()
	parts, ctx := errgroup.WithContext(ctx)
	asking, endAsking := context.WithTimeout(ctx, p.For)
	defer endAsking()
	parts.Go(func() error {
		return ingest.Feed(ctx, ingest.FeedOptions{
			Dial: func(ctx context.Context) (net.Conn, error) { return p.daemon.dial(ctx) }, Stream: pace.prefix, Token: p.daemon.Token,
			Lines: pace.lines(ctx),
		})
	})
	begin, asked := time.Now(), atomic.Int64{}
	for range p.Clients {
		parts.Go(func() error {
			ask := asker(s)
			for {
				n := asked.Add(1) - 1
				at := time.Now()
				if rate > 0 {
					at = begin.Add(time.Duration(float64(n) / rate * 1e9))
					sleepUntil(asking, at)
				}
				if asking.Err() != nil {
					return nil
				}
				if err := ask(asking, n); err != nil {
					return unlessEnded(asking, err)
				}
				took.note(time.Since(at))
			}
		})
	}
	if err := parts.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.add(name, took, float64(took.count())/p.For.Seconds())
	return took, nil
}

func sleepUntil(ctx context.Context, at time.Time) {
	if wait := time.Until(at); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// waiting measures those who wait for alerts.
func (p *poller) waiting(ctx context.Context) error {
	for _, way := range []struct {
		name   string
		seller func(*sellers, context.Context, string) error
	}{{"long polls", (*sellers).poll}, {"event streams", (*sellers).stream}} {
		name := fmt.Sprintf("%s, %d sellers", way.name, p.Sellers)
		p.note("%s", name)
		pace := p.pace(way.name[:4], p.Sellers)
		begin := time.Now()
		run, err := feed(ctx, &p.daemon.Daemon, pace, way.seller)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if run.missing > 0 {
			return fmt.Errorf("%s: %d alerts never came", name, run.missing)
		}
		p.add(name, run.sellers.read, float64(run.sellers.requests.Load())/time.Since(begin).Seconds())
	}
	return nil
}

// add puts one way of polling into the result.
func (p *poller) add(name string, took *latency, rate float64) {
	values := append(took.values(), Value{"answers", float64(took.count()), ""}, Value{"requests", rate, "requests/s"})
	p.res.Cases = append(p.res.Cases, Case{name, values})
	p.chart.Series = append(p.chart.Series, Series{name, took.points()[2:3]}) // p99
}
