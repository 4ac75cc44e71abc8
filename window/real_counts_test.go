package window

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// How alarms on the labelled series are judged. The first 15% of a series are
// for learning only.
const (
	warmUp    = 0.15
	tolerance = 2 // values before and after a labelled run in which an alarm still finds it
	quiet     = 6 // values after an alarm in which there is no other
	// fixedAlarm is the tail that makes an alarm, in decibans: 1 in 100.
	fixedAlarm = 20
)

// series is one labelled series, with the surprise of each value.
type series struct {
	name      string
	values    []float64
	labels    []bool
	surprises []float64
}

// judged is what came of a series' alarms.
type judged struct{ found, missed, wrong int }

func (j judged) plus(o judged) judged {
	return judged{j.found + o.found, j.missed + o.missed, j.wrong + o.wrong}
}

func (j judged) f1() float64 {
	return 2 * float64(j.found) / max(1, float64(2*j.found+j.missed+j.wrong))
}

func readCounts(t testing.TB) []*series {
	paths, err := filepath.Glob(filepath.Join(realData(t, "counts"), "*.csv.gz"))
	require.NoError(t, err)
	require.Len(t, paths, 26)
	var all []*series
	for _, path := range paths {
		s := &series{name: strings.TrimSuffix(filepath.Base(path), ".csv.gz")}
		eachLine(t, path, func(f []string) {
			if f[0] == "TimeStamp" {
				return
			}
			v := math.NaN()
			if f[1] != "" {
				v, err = strconv.ParseFloat(f[1], 64)
				require.NoError(t, err)
			}
			s.values, s.labels = append(s.values, v), append(s.labels, strings.HasPrefix(f[2], "1"))
		})
		all = append(all, s)
	}
	return all
}

func (s *series) start() int { return int(warmUp * float64(len(s.values))) }

// shop says whether the series are purchases or requests to a shop.
func (s *series) shop() bool { return !strings.HasPrefix(s.name, "app") }

// judge finds the alarms at a threshold and judges them: an alarm within the
// tolerance of labelled runs finds them, any other is wrong.
func (s *series) judge(threshold float64) judged {
	var runs [][2]int
	for i, bad := range s.labels {
		switch {
		case !bad:
		case i > 0 && s.labels[i-1]:
			runs[len(runs)-1][1] = i
		default:
			runs = append(runs, [2]int{i, i})
		}
	}
	runs = slices.DeleteFunc(runs, func(r [2]int) bool { return r[1] < s.start() })
	found, wrong := map[int]bool{}, 0
	for i := s.start(); i < len(s.values); i++ {
		if s.surprises[i] < threshold {
			continue
		}
		hit := false
		for k, r := range runs {
			if i >= r[0]-tolerance && i <= r[1]+tolerance {
				found[k], hit = true, true
			}
		}
		if !hit {
			wrong++
		}
		i += quiet
	}
	return judged{len(found), len(runs) - len(found), wrong}
}

// precision returns the average precision over the values.
func (s *series) precision() float64 {
	var r ranked
	for i := s.start(); i < len(s.values); i++ {
		r = append(r, struct {
			score float64
			label bool
		}{s.surprises[i], s.labels[i]})
	}
	return r.averagePrecision()
}

// figures are what the bars are about, of a group of series.
type figures struct{ leaveOneOut, fixed, precision float64 }

// judgeAll judges a group. The threshold of a series is the one that is best for
// all the others, of the group or not; or a fixed one.
func judgeAll(all []*series, in func(*series) bool) figures {
	var left, fixed judged
	precision, n := 0.0, 0.0
	for _, s := range all {
		if !in(s) {
			continue
		}
		best, at := -1.0, 0.0
		for threshold := 10.0; threshold <= 60; threshold += 2.5 {
			var others judged
			for _, o := range all {
				if o != s {
					others = others.plus(o.judge(threshold))
				}
			}
			if f := others.f1(); f > best {
				best, at = f, threshold
			}
		}
		left, fixed = left.plus(s.judge(at)), fixed.plus(s.judge(fixedAlarm))
		if p := s.precision(); !math.IsNaN(p) {
			precision, n = precision+p, n+1
		}
	}
	return figures{left.f1(), fixed.f1(), precision / n}
}

// The surprise of counts against their own past, on labelled series of
// purchases, requests and crashes: docs/surprise.md.
func TestRealCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	all := readCounts(t)
	run := func(o SeriesOptions) (shops, every figures) {
		for _, s := range all {
			own := NewSeries(o)
			s.surprises = s.surprises[:0]
			for _, v := range s.values {
				s.surprises = append(s.surprises, own.Add(v))
			}
		}
		return judgeAll(all, (*series).shop), judgeAll(all, func(*series) bool { return true })
	}
	var rows [][]any
	for _, other := range []struct {
		name string
		o    SeriesOptions
	}{
		{"shape of 3 values", SeriesOptions{Shape: 3}},
		{"shape of 6 values", SeriesOptions{Shape: 6}},
		{"one week", SeriesOptions{History: 168}},
		{"four weeks", SeriesOptions{History: 672}},
		{"nearest only", SeriesOptions{Nearest: 1}},
		{"nearest five", SeriesOptions{Nearest: 5}},
		{"12 values apart", SeriesOptions{Apart: 12}},
		{"least 2", SeriesOptions{Least: 2}},
		{"least 8", SeriesOptions{Least: 8}},
	} {
		s, e := run(other.o)
		rows = append(rows, []any{other.name, s.leaveOneOut, s.fixed, s.precision, e.leaveOneOut, e.fixed, e.precision})
	}
	s, e := run(SeriesOptions{})
	rows = append([][]any{{"**Series**", s.leaveOneOut, s.fixed, s.precision, e.leaveOneOut, e.fixed, e.precision}}, rows...)
	table("|shop F1, left out|shop F1, fixed|shop mAP|all F1, left out|all F1, fixed|all mAP", rows...)
	fmt.Fprintln(os.Stdout)
	rows = nil
	for _, s := range all {
		j := s.judge(fixedAlarm)
		rows = append(rows, []any{s.name, j.found, j.missed, j.wrong, s.precision()})
		if s.name == "purchase-01" {
			require.Zero(t, j, "its bumps are ordinary")
		}
	}
	table("series, at 20 decibans|found|missed|wrong|average precision", rows...)
	require.GreaterOrEqual(t, min(s.leaveOneOut, s.fixed), 0.75)
	require.GreaterOrEqual(t, s.precision, 0.70)
	require.GreaterOrEqual(t, min(e.leaveOneOut, e.fixed), 0.55)
}
