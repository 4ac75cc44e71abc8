package bench

import (
	"context"
	"time"
)

// curve is how the cost of an event depends on one thing.
type curve struct {
	title, x, xName string
	points          []StateOptions
	at              func(*StateOptions) float64
}

// curveOrders is how many orders each point is measured on.
const curveOrders = 1_000_000

// curves are the things on which the cost of an event should not depend.
var curves = []curve{
	{
		title: "CPU time of an update, by the length of the windows", x: "s", xName: "length of the windows",
		points: statePoints(
			StateOptions{Within: 5 * time.Minute}, StateOptions{Within: 30 * time.Minute}, StateOptions{Within: 3 * time.Hour},
			StateOptions{Within: 24 * time.Hour}, StateOptions{Within: 7 * 24 * time.Hour}, StateOptions{Within: 90 * 24 * time.Hour}),
		at: func(o *StateOptions) float64 { return o.Within.Seconds() },
	},
	{
		title: "CPU time of an update, by the number of shops", x: "shops", xName: "shops",
		points: statePoints(
			StateOptions{Shops: 1000}, StateOptions{Shops: 10_000}, StateOptions{Shops: 100_000}, StateOptions{Shops: 1_000_000}),
		at: func(o *StateOptions) float64 { return float64(o.Shops) },
	},
}

// statePoints gives points what they have in common.
func statePoints(points ...StateOptions) []StateOptions {
	for i := range points {
		p := &points[i]
		p.Pairs, p.Orders, p.Buyers = true, curveOrders, curveOrders/2
		if p.Shops == 0 {
			p.Shops = 10_000
		}
		if p.Within == 0 {
			p.Within = 10 * time.Minute
		}
	}
	return points
}

// measure measures the points, each three times and all in turn, and puts them
// into the result.
func (c *curve) measure(ctx context.Context, o *KeysOptions, r *Result) error {
	costs, memory := make([][]float64, len(c.points)), make([]float64, len(c.points))
	err := inTurn(3, len(c.points), func(i int) error {
		p := &c.points[i]
		o.note("%s: %s", c.title, Quantity(c.at(p), c.x))
		var run StateRun
		if _, err := o.Program.measure(ctx, counter{}, &run, p.args()...); err != nil {
			return err
		}
		costs[i] = append(costs[i], run.Update/float64(run.Events))
		memory[i] = float64(run.PeakMemory)
		return nil
	})
	if err != nil {
		return err
	}
	line := Series{}
	for i := range c.points {
		at, cost := c.at(&c.points[i]), middle(costs[i])
		name := Quantity(at, c.x)
		if c.x == "s" {
			name = "windows of " + c.points[i].Within.String()
		}
		r.Cases = append(r.Cases, Case{name, []Value{{"update", cost, "s"}, {"peak memory", memory[i], "B"}}})
		line.Points = append(line.Points, Point{X: at, Y: cost})
	}
	first, last := line.Points[0].Y, line.Points[len(line.Points)-1].Y
	r.Goals = append(r.Goals, Goal{What: c.title + ": last to first", Value: last / first, Limit: 1.35, Unit: "x", AtMost: true})
	r.Charts = append(r.Charts, Chart{Title: c.title, X: c.x, Y: "s", XName: c.xName, LogX: true, Series: []Series{line}})
	return nil
}
