package window

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// realData returns the path of a file in the folder that ORDERGUARD_DATA names.
// Without the folder the test is skipped, but in CI it fails.
func realData(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(os.Getenv("ORDERGUARD_DATA"), name)
	if _, err := os.Stat(path); os.Getenv("ORDERGUARD_DATA") == "" || err != nil {
		why := "ORDERGUARD_DATA does not name a folder with " + name
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	return path
}

// eachLine calls do with each line of a compressed file, cut at commas.
func eachLine(t testing.TB, path string, do func(fields []string)) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	z, err := gzip.NewReader(bufio.NewReader(f))
	require.NoError(t, err)
	lines := bufio.NewScanner(io.Reader(z))
	for lines.Scan() {
		do(strings.Split(strings.ReplaceAll(lines.Text(), `"`, ""), ","))
	}
	require.NoError(t, lines.Err())
}

// ranked is scores with their labels, highest first.
type ranked []struct {
	score float64
	label bool
}

// curve goes over scores from the highest on, those that are equal at once, and
// calls do with how many bad and good ones there are among the equal.
func (r ranked) curve(do func(bad, good float64)) {
	slices.SortFunc(r, func(a, b struct {
		score float64
		label bool
	},
	) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	for i := 0; i < len(r); {
		j, n := i, [2]float64{}
		for ; j < len(r) && r[j].score == r[i].score; j++ {
			if r[j].label {
				n[0]++
			} else {
				n[1]++
			}
		}
		do(n[0], n[1])
		i = j
	}
}

// auc returns the area under the ROC curve: the chance that a bad one has a
// higher score than a good one, where equal counts half.
func (r ranked) auc() float64 {
	var bad, good, sum float64
	r.curve(func(b, g float64) {
		sum += g * (bad + b/2)
		bad, good = bad+b, good+g
	})
	return sum / bad / good
}

// averagePrecision returns the mean, over the bad ones, of the precision at the
// score of each; NaN if there is none.
func (r ranked) averagePrecision() float64 {
	var bad, all, sum float64
	r.curve(func(b, g float64) {
		bad, all = bad+b, all+b+g
		sum += b * bad / all
	})
	if bad == 0 {
		return math.NaN()
	}
	return sum / bad
}

// table prints a table for people, in Markdown.
func table(head string, rows ...[]any) {
	columns := strings.Split(head, "|")
	fmt.Printf("| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		fmt.Print("|")
		for _, cell := range row {
			if x, ok := cell.(float64); ok {
				cell = fmt.Sprintf("%.4g", x)
			}
			fmt.Printf(" %v |", cell)
		}
		fmt.Println()
	}
}
