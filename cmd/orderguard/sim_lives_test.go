package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// TestLives is TestSimulation with a flow that runs: what is journalled, judged, committed and copied for
// snapshots goes on side by side, over a disk that is slow and fails, beside screening and checks, in lives that are
// killed or told to stop. A seed is no schedule here: goroutines take turns as they do. Nobody may be left waiting.
func TestLives(t *testing.T) {
	t.Parallel()
	seeds := 8
	if text := os.Getenv("ORDERGUARD_SIM"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err, "ORDERGUARD_SIM")
		seeds = n
	} else if testing.Short() {
		seeds = 2
	}
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 78))
			disk := &slowDisk{simDisk: newSimDisk(rand.New(rand.NewPCG(seed, 77)))}
			disk.calm = true // it has faults of its own
			s := &sim{t: t, rng: rng, disk: disk.simDisk, rules: simRules(t), lines: [][]byte{simLines(rng, 0), simLines(rng, 1)}}
			for range 1 + rng.IntN(6) {
				newSimLife(s, disk).live(false)
			}
			newSimLife(s, disk).live(true)
			s.check(seed)
		})
	}
}

// slowDisk is a simDisk for many goroutines that takes its time, and fails now and then, or for good.
type slowDisk struct {
	*simDisk
	mu     sync.Mutex
	takes  time.Duration // at most
	bad    bool          // it fails now and then
	frozen bool          // the process was killed
}

// write does what a disk may refuse with as many of n things as it keeps.
func (d *slowDisk) write(n int, do func(kept int, err error)) {
	d.mu.Lock()
	takes := time.Duration(d.rng.Int64N(int64(d.takes) + 1))
	d.mu.Unlock()
	time.Sleep(takes)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.frozen:
		do(0, errCrash)
	case d.bad && d.rng.IntN(4) == 0:
		do(d.rng.IntN(n+1), errors.New("the disk fails"))
	default:
		do(n, nil)
	}
}

func (d *slowDisk) Append(records []store.Record) (durable int, err error) {
	d.write(len(records), func(n int, fail error) {
		_, _ = d.simDisk.Append(records[:n])
		durable, err = n, fail
	})
	return durable, err
}

func (d *slowDisk) Commit(alerts []orderguard.Alert, position uint64, papers ...store.Paper) (changed []orderguard.Alert, err error) {
	d.write(len(alerts)+len(papers), func(n int, fail error) {
		if err = fail; err != nil {
			position = 0
		}
		changed, _ = d.simDisk.Commit(alerts[:min(n, len(alerts))], position, papers[:max(n-len(alerts), 0)]...)
	})
	return changed, err
}

func (d *slowDisk) SaveSnapshot(record uint64, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	d.write(0, func(_ int, fail error) {
		if err = errors.Join(err, fail); err == nil {
			d.snapshots[record] = b.Bytes()
		}
	})
	return err
}

func (d *slowDisk) Record(n uint64) (store.Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.simDisk.Record(n)
}

func (d *slowDisk) Position() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.simDisk.Position()
}

func (d *slowDisk) Acts(from, to uint64, fn func(uint64, []byte) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.simDisk.Acts(from, to, fn)
}

// change changes how the disk is.
func (d *slowDisk) change(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

// simLife is a life of a flow that runs.
type simLife struct {
	*sim
	slow *slowDisk
	ctx  context.Context // of those who send
	ends func()
	sent sync.WaitGroup
}

// newSimLife begins a life: it recovers, and all begin to send.
func newSimLife(s *sim, disk *slowDisk) *simLife {
	log := slog.New(slog.DiscardHandler)
	disk.takes, disk.bad, disk.frozen = 0, false, false
	p, err := newPipeline(pipelineOptions{
		rules: s.rules[0].set, files: s.rules[0].files, lateness: 77 * time.Hour, workers: 1 + s.rng.IntN(3), store: disk, casework: true, log: log,
		publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(s.t, err)
	_, err = p.recover(s.t.Context(), disk, log)
	require.NoError(s.t, err)
	k := newSnapshotKeeper(disk, 1+s.rng.Int64N(6000), 1<<40, log)
	k.atOnce, k.idle = []int64{0, 1 << 40}[s.rng.IntN(2)], time.Duration(1+s.rng.IntN(40))*time.Millisecond
	dead, err := openDeadFile(os.DevNull)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = dead.Close() })
	s.flow, err = newFlow(disk, p, k, dead, log)
	require.NoError(s.t, err)
	disk.takes, disk.bad = []time.Duration{0, 3 * time.Millisecond, 50 * time.Millisecond, 1500 * time.Millisecond}[s.rng.IntN(4)], s.rng.IntN(2) == 0
	l := &simLife{sim: s, slow: disk}
	l.ctx, l.ends = context.WithCancel(s.t.Context())
	for f := range s.lines {
		rng := rand.New(rand.NewPCG(s.rng.Uint64(), 79))
		l.sent.Go(func() { l.feed(f, rng) })
	}
	rng := rand.New(rand.NewPCG(s.rng.Uint64(), 80))
	l.sent.Go(func() { l.disturb(rng) })
	return l
}

// live runs the flow until it is killed, told to stop, or, in the last life, has taken all that is sent.
func (l *simLife) live(last bool) {
	defer func() { l.flow.pipeline.close() }()
	intake, endIntake := context.WithCancel(l.t.Context())
	work, giveUp := context.WithCancel(l.t.Context())
	defer giveUp()
	ended := make(chan error, 1)
	go func() { ended <- l.flow.run(intake, work) }()
	if last {
		time.Sleep(3 * time.Minute)
		l.slow.change(func() { l.slow.bad = false })
		time.Sleep(2 * time.Minute)
	} else {
		time.Sleep(time.Duration(l.rng.Int64N(int64(2 * time.Second))))
	}
	patience := lastTry
	if !last && l.rng.IntN(2) == 0 {
		l.slow.change(func() { l.slow.frozen = true })
		patience = 0
	} else if !last && l.rng.IntN(2) == 0 {
		patience = time.Duration(l.rng.Int64N(int64(40 * time.Millisecond)))
	}
	l.ends()
	endIntake()
	time.AfterFunc(patience, giveUp)
	err := <-ended
	l.sent.Wait()
	if errors.Is(err, errBehind) {
		err = l.flow.pipeline.rest()
	}
	if err == nil {
		l.flow.keeper.finish(l.flow.pipeline)
	}
	l.flow.keeper.wait()
	synctest.Wait()
	require.Zero(l.t, l.flow.open)
	require.Zero(l.t, l.flow.behind)
	require.False(l.t, last && err != nil)
}

// feed sends the rest of a stream, and now and then waits until that has been judged.
func (l *simLife) feed(f int, rng *rand.Rand) {
	name := l.feedName(f)
	for rest := l.lines[f][l.flow.position(name).Bytes:]; len(rest) > 0; {
		size := 0
		for range 1 + rng.IntN(6) {
			size += bytes.IndexByte(rest[size:], '\n') + 1
		}
		before := l.lines[f][:len(l.lines[f])-len(rest)]
		b, err := new(ingest.Redecoder).Decode(rest[:size], name, "", int64(bytes.Count(before, []byte("\n")))+1, int64(len(before)))
		if err != nil {
			panic(err)
		}
		told := make(chan error, 1)
		x := &parcel{}
		if rng.IntN(3) == 0 {
			x.judged = func(_ int64, err error) { told <- err }
		} else {
			told <- nil
		}
		if l.flow.push(l.ctx, name, b, x) != nil || <-told != nil {
			return
		}
		rest = rest[size:]
		time.Sleep(time.Duration(rng.Int64N(int64(30 * time.Millisecond))))
	}
}

// disturb sends what is not lines, and looks at the pipeline.
func (l *simLife) disturb(rng *rand.Rand) {
	_ = l.flow.start(l.ctx, time.Duration(rng.IntN(3))*time.Second)
	for l.ctx.Err() == nil {
		time.Sleep(time.Duration(rng.Int64N(int64(60 * time.Millisecond))))
		switch rng.IntN(6) {
		case 0:
			_, _ = l.flow.putRules(l.ctx, l.rules[rng.IntN(2)])
		case 1:
			_ = l.flow.send(l.ctx, &parcel{Record: store.Record{Kind: store.Tick, Wall: l.flow.now()}})
		case 2:
			var x *parcel
			l.slow.change(func() { x = simActs(l.t, rng, l.disk, l.flow.now()) })
			_ = l.flow.do(l.ctx, x.acts.list...)
		case 3:
			_ = l.flow.pipeline.countedSoFar()
		default:
			for range rng.IntN(20) {
				go l.flow.pipeline.screen(context.Background(), &orderguard.Event{Kind: orderguard.OrderCreated, ID: "e-1", Time: march, Shop: "s-1", Buyer: "b-1", Order: "o-1"})
				time.Sleep(time.Millisecond)
			}
		}
	}
}
