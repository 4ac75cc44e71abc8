package bench

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Chart is a picture of measurements: bars, or lines over an axis.
type Chart struct {
	Title string `json:"title"`
	// X is the unit of the points' X, and Y of their Y. Without X the points are
	// bars, each with its label.
	X string `json:"x,omitempty"`
	Y string `json:"y"`
	// XName and YName say what the axes of lines are.
	XName  string   `json:"x_name,omitempty"`
	YName  string   `json:"y_name,omitempty"`
	LogX   bool     `json:"log_x,omitempty"`
	LogY   bool     `json:"log_y,omitempty"`
	Series []Series `json:"series"`
}

// Series is the points of one line, or of bars.
type Series struct {
	Name   string  `json:"name"`
	Points []Point `json:"points"`
}

// Point is a measured point.
type Point struct {
	Label string  `json:"label,omitempty"`
	X     float64 `json:"x,omitempty"`
	Y     float64 `json:"y"`
}

// Sizes of a picture, in pixels.
const (
	chartWidth = 760
	chartLabel = 230 // for the labels of bars
	chartValue = 130 // behind bars
	barHeight  = 20
	lineHeight = 260
	chartHead  = 34
	chartFoot  = 46
)

// colours tell series apart, by those who do not see colours too.
var colours = []string{"#2563a8", "#d9822b", "#3a8f5c", "#9b4a9e", "#7a7a7a", "#b33a3a"}

// WriteSVG draws the charts below one another.
func (r *Result) WriteSVG(w io.Writer) error {
	var body strings.Builder
	y := 0
	for i := range r.Charts {
		c := &r.Charts[i]
		fmt.Fprintf(&body, "<g transform=\"translate(0 %d)\">\n<text x=\"12\" y=\"22\" font-weight=\"bold\">%s</text>\n", y, html.EscapeString(c.Title))
		if c.X == "" {
			y += c.bars(&body)
		} else {
			y += c.lines(&body)
		}
		body.WriteString("</g>\n")
	}
	fmt.Fprintf(&body, "<text x=\"12\" y=\"%d\" fill=\"#666\" font-size=\"11\">%s</text>\n", y+14,
		html.EscapeString(fmt.Sprintf("orderguard bench %s, commit %s, %d cores of %s", r.Bench, r.Commit, r.Machine.Cores, r.Machine.CPU)))
	y += 26
	_, err := fmt.Fprintf(w, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "+
		"font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n%s</svg>\n",
		chartWidth, y, chartWidth, y, body.String())
	return err
}

// bars draws a bar for each point and returns the height.
func (c *Chart) bars(b *strings.Builder) int {
	most, y := 0., chartHead
	for _, s := range c.Series {
		for _, p := range s.Points {
			most = max(most, p.Y)
		}
	}
	for i, s := range c.Series {
		for _, p := range s.Points {
			width := 0.
			if most > 0 {
				width = p.Y / most * (chartWidth - chartLabel - chartValue)
			}
			label := strings.TrimPrefix(s.Name+", "+p.Label, ", ")
			fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\">%s</text>\n",
				chartLabel-8, y+15, html.EscapeString(label), chartLabel, y+2, max(width, 1), barHeight-4, colours[i%len(colours)],
				chartLabel+width+6, y+15, html.EscapeString(Quantity(p.Y, c.Y)))
			y += barHeight
		}
	}
	return y + 12
}

// axis turns values into pixels.
type axis struct {
	lo, hi   float64
	log      bool
	from, to float64
}

func (a axis) at(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		lo, hi, v = math.Log10(lo), math.Log10(hi), math.Log10(max(v, a.lo))
	}
	return a.from + (v-lo)/(hi-lo)*(a.to-a.from)
}

// ticks returns round values along the axis.
func (a axis) ticks() (t []float64) {
	if a.log {
		for e := math.Floor(math.Log10(a.lo)); e <= math.Ceil(math.Log10(a.hi)); e++ {
			for _, m := range []float64{1, 2, 5} {
				v := m * math.Pow(10, e)
				if (m == 1 || a.hi/a.lo < 1000) && v >= a.lo*0.999 && v <= a.hi*1.001 {
					t = append(t, v)
				}
			}
		}
		return t
	}
	step := math.Pow(10, math.Floor(math.Log10((a.hi-a.lo)/4)))
	for _, m := range []float64{5, 2} {
		if (a.hi-a.lo)/(step*m) >= 4 {
			step *= m
			break
		}
	}
	for i := math.Ceil(a.lo / step); i*step <= a.hi*1.0001; i++ {
		t = append(t, i*step)
	}
	return t
}

// span returns an axis over the values that of picks.
func (c *Chart) span(of func(Point) float64, log bool, from, to float64) axis {
	a := axis{lo: math.Inf(1), hi: math.Inf(-1), log: log, from: from, to: to}
	for _, s := range c.Series {
		for _, p := range s.Points {
			v := of(p)
			if log && v <= 0 {
				continue
			}
			a.lo, a.hi = min(a.lo, v), max(a.hi, v)
		}
	}
	if math.IsInf(a.lo, 0) {
		a.lo, a.hi = 1, 2
	}
	if !log {
		a.lo = min(0, a.lo)
	}
	if a.hi <= a.lo {
		a.hi = a.lo + math.Abs(a.lo) + 1
	}
	return a
}

// lines draws a line for each series and returns the height.
func (c *Chart) lines(b *strings.Builder) int {
	const left, right = 90, chartWidth - 44
	x := c.span(func(p Point) float64 { return p.X }, c.LogX, left, right)
	y := c.span(func(p Point) float64 { return p.Y }, c.LogY, chartHead+lineHeight, chartHead+18)
	for _, v := range y.ticks() {
		fmt.Fprintf(b, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			left, y.at(v), right, left-6, y.at(v)+4, html.EscapeString(Quantity(v, c.Y)))
	}
	for _, v := range x.ticks() {
		fmt.Fprintf(b, "<path d=\"M%.1f %dv5\" stroke=\"#888\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			x.at(v), chartHead+lineHeight, x.at(v), chartHead+lineHeight+18, html.EscapeString(Quantity(v, c.X)))
	}
	for i, s := range c.Series {
		colour := colours[i%len(colours)]
		var path, dots strings.Builder
		for k, p := range s.Points {
			verb := 'L'
			if k == 0 {
				verb = 'M'
			}
			fmt.Fprintf(&path, "%c%.1f %.1f", verb, x.at(p.X), y.at(p.Y))
			if len(s.Points) <= 12 {
				fmt.Fprintf(&dots, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x.at(p.X), y.at(p.Y), colour)
			}
		}
		fmt.Fprintf(b, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%s\n", path.String(), colour, dots.String())
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" fill=\"%s\" font-weight=\"bold\">%s</text>\n", left+8+i*200, chartHead+10, colour, html.EscapeString(s.Name))
	}
	fmt.Fprintf(b, "<path d=\"M%d %dH%d\" stroke=\"#888\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#666\">%s</text><text x=\"%d\" y=\"22\" text-anchor=\"end\" fill=\"#666\">%s</text>\n",
		left, chartHead+lineHeight, right, right, chartHead+lineHeight+36, html.EscapeString(c.XName), right, html.EscapeString(c.YName))
	return chartHead + lineHeight + chartFoot
}
