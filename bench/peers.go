package bench

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// PeersOptions says what Peers runs.
type PeersOptions struct {
	Setup
	Input  string // a file; empty makes one
	Made   Made   // of it; a million orders by default
	Rounds int    // zero is 3
	// JSONv2 is a program like Setup.Program that was built with
	// GOEXPERIMENT=jsonv2; empty leaves it out.
	JSONv2 string
}

// Validate returns every fault of the options at once, or nil.
func (o PeersOptions) Validate() error {
	if o.Rounds < 0 || o.Rounds > 1000 {
		return fmt.Errorf("rounds %d: want 1 to 1000", o.Rounds)
	}
	return nil
}

// peer is one of the programs that are compared.
type peer struct {
	name  string
	argv  []string
	costs []RunCost
	found map[string]bool
}

// Peers runs the product, by the two rules and by those that ship, and what
// users would pick instead for the two, as programs over one file, in turn, and
// compares what they cost. Those with the two rules must flag the same orders.
func Peers(ctx context.Context, o PeersOptions) (res *Result, err error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bench peers: %w", err)
	}
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	defer remove(&err)
	o.note("making the input")
	o.Made.Orders = cmp.Or(o.Made.Orders, 1_000_000)
	path, in, err := o.Made.input(o.Input, dir)
	if err != nil {
		return nil, err
	}
	peers, err := o.peers(dir)
	if err != nil {
		return nil, fmt.Errorf("bench peers: %w", err)
	}
	err = inTurn(cmp.Or(o.Rounds, 3), len(peers), func(i int) (err error) {
		p := peers[i]
		o.note("%s, run %d", p.name, len(p.costs)+1)
		var cost RunCost
		if cost, p.found, err = runOnce(ctx, p.argv, path); err != nil {
			return fmt.Errorf("bench peers: %s: %w", p.name, err)
		}
		p.costs = append(p.costs, cost)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range peers[2:] {
		if only, missed := without(p.found, peers[0].found), without(peers[0].found, p.found); len(only)+len(missed) > 0 {
			return nil, fmt.Errorf("bench peers: %s flags %d orders that the product does not, such as %.3q, and not %d that it does, such as %.3q",
				p.name, len(only), only, len(missed), missed)
		}
	}
	res = newResult("peers", &o.Setup, in)
	res.peers(peers)
	return res, nil
}

// The names of the peers that goals are about.
const (
	peerObvious = "obvious program, encoding/json"
	peerRedis   = "Redis, pipelined script, exact sorted sets"
)

// peers returns who is compared: the product first.
func (o *PeersOptions) peers(dir string) ([]*peer, error) {
	rules := filepath.Join(dir, "two.yaml")
	if err := os.WriteFile(rules, []byte(TwoRules), 0o600); err != nil {
		return nil, err
	}
	own := cmp.Or(o.Program.Name, o.Program.Path) // as it was called
	peers := []*peer{
		{name: "orderguard, two rules", argv: []string{own, "detect", "--rules", rules}},
		{name: "orderguard, shipped rules", argv: []string{own, "detect"}},
		{name: peerObvious, argv: []string{own, "bench", "twin", "obvious"}},
	}
	if o.JSONv2 != "" {
		peers = append(peers, &peer{name: "obvious program, jsonv2", argv: []string{o.JSONv2, "bench", "twin", "obvious"}})
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		o.note("%v: it is left out", ErrNoRedis)
		return peers, nil
	}
	return append(peers, &peer{name: peerRedis, argv: []string{own, "bench", "twin", "redis"}}), nil
}

// peers puts what the programs cost into the result.
func (r *Result) peers(peers []*peer) {
	events := float64(r.Input.Events)
	product := peers[0].middle()
	rates := Chart{Title: "Events a second, whole programs", Y: "events/s", Series: []Series{{}}}
	cpu := Chart{Title: "CPU time for an event, whole programs", Y: "s", Series: []Series{{}}}
	for _, p := range peers {
		cost := p.middle()
		r.Cases = append(r.Cases, Case{p.name, []Value{
			{"rate", events / cost.Seconds, "events/s"},
			{"CPU an event", cost.CPUSeconds / events, "s"},
			{"peak memory", float64(cost.MaxRSS), "B"},
			{"flagged", float64(len(p.found)), ""},
			{"two rules are faster", cost.Seconds / product.Seconds, "x"},
			{"by CPU", cost.CPUSeconds / product.CPUSeconds, "x"},
		}})
		rates.Series[0].Points = append(rates.Series[0].Points, Point{Label: p.name, Y: events / cost.Seconds})
		cpu.Series[0].Points = append(cpu.Series[0].Points, Point{Label: p.name, Y: cost.CPUSeconds / events})
	}
	r.Charts = []Chart{rates, cpu}
	shipped := peers[1].middle()
	for _, p := range peers[2:] {
		cost := p.middle()
		switch p.name {
		case peerObvious:
			r.Goals = append(r.Goals,
				Goal{What: "two rules to the obvious program, rate", Value: cost.Seconds / product.Seconds, Limit: 30, Unit: "x"},
				Goal{What: "shipped rules to the obvious program, rate", Value: cost.Seconds / shipped.Seconds, Limit: 12, Unit: "x"})
		case peerRedis:
			r.Goals = append(r.Goals, Goal{What: "two rules to Redis, rate", Value: cost.Seconds / product.Seconds, Limit: 80, Unit: "x"})
		}
	}
}

// middle returns the median of each cost.
func (p *peer) middle() RunCost { return medianCost(p.costs) }
