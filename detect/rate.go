package detect

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A rate is judged by what is certain of it: of three orders of which three
// were refunded little is, of forty of which thirty were, much. The buyer's own
// rate is taken to be drawn from the population's, as a beta distribution with
// the population's mean and the weight of priorWeight events; what he did makes
// it another beta distribution (the beta-binomial model), and the condition is
// given that one's lower bound: the rate which his own exceeds with a chance of
// 95%.
const (
	priorWeight = 10
	doubt       = .05
	// The population's mean is counted from a beginning of one in twenty, which
	// a hundred events outweigh.
	beginHits, beginAll = 1, 20
)

// population counts how often what a rate measures happened at all.
type population struct {
	hits, all int      // selectors
	n         [2]int64 // so far
	// at is, by event of the batch, what had been counted by then.
	at [][2]int64
}

// reset makes the population ready for a batch of n events.
func (p *population) reset(n int) { grow(&p.at, n) }

// observe counts event i.
func (p *population) observe(c *columns, i int) {
	if c.picks(i, p.hits) {
		p.n[0]++
	}
	if c.picks(i, p.all) {
		p.n[1]++
	}
	p.at[i] = p.n
}

// credible returns the lower bound, in whole percent, of the rate of somebody
// who did something hits times out of all, at event i.
func (p *population) credible(hits, all int64, i int) int64 {
	hits = min(hits, all)
	if hits == 0 {
		return 0
	}
	mean := float64(min(p.at[i][0], p.at[i][1])+beginHits) / float64(p.at[i][1]+beginAll)
	a, b := priorWeight*mean+float64(hits), priorWeight*(1-mean)+float64(all-hits)
	return int64(math.Floor(100 * mathext.InvRegIncBeta(a, b, doubt)))
}

// rateOf returns what a rate condition measures at event i.
func (e *Engine) rateOf(t *threshold, i int) (int64, bool) {
	hits, ok := e.read(t.table, t.view, i)
	all, alsoOK := e.read(t.over, t.overView, i)
	if !ok || !alsoOK {
		return 0, false
	}
	return e.plan.populations[t.population].credible(hits, all, i), true
}

// read returns what a view of a table says at event i.
func (e *Engine) read(table, view, i int) (int64, bool) {
	row, ok := e.row(table, view, i)
	if !ok {
		return 0, false
	}
	return e.plan.tables[table].answer(&e.columns.tables[table], view, row), true
}
