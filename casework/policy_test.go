package casework

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// The table of docs/policy.md is made from the settings.
func TestPolicyDocument(t *testing.T) {
	const path, mark = "../docs/policy.md", "<!-- The rest is made from the settings: go test ./casework -update -->\n"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	head, _, found := strings.Cut(string(text), mark)
	require.True(t, found)
	var b strings.Builder
	b.WriteString(head + mark)
	for _, section := range sections() {
		fmt.Fprintf(&b, "\n## %s\n\n| key | default | from, to | means | why |\n|---|---|---|---|---|\n", section)
		for _, s := range settings {
			if s.section == section {
				fmt.Fprintf(&b, "| `%s` | %s | %s, %s | %s | %s |\n", s.key, s.unit.write(s.def), s.unit.write(s.low), s.unit.write(s.high), s.means, s.why)
			}
		}
	}
	golden(t, path, b.String())
}

// Each setting has a default within its bounds, a place of its own, and a
// reason; and a file with all of them written out is the default policy.
func TestPolicySettings(t *testing.T) {
	places := map[*int64]string{}
	p := DefaultPolicy()
	var file strings.Builder
	section := ""
	for _, s := range settings {
		name := s.section + "." + s.key
		require.Empty(t, places[s.at(&p)], "%s has the place of another", name)
		places[s.at(&p)] = name
		require.True(t, s.low <= s.def && s.def <= s.high, "the default of %s is out of bounds", name)
		require.NotEmpty(t, s.means, name)
		require.NotEmpty(t, s.why, name)
		if s.section != section {
			section = s.section
			fmt.Fprintf(&file, "%s:\n", section)
		}
		fmt.Fprintf(&file, "  %s: %s\n", s.key, s.unit.write(s.def))
	}
	got, err := ParsePolicy("policy.yaml", []byte(file.String()))
	require.NoError(t, err)
	require.Equal(t, p, got)
	require.Empty(t, p.conflicts())
}

func TestParsePolicy(t *testing.T) {
	p, err := ParsePolicy("policy.yaml", []byte("reports: {decide_within: 36h, cleanse_after: 2d}\npoints:\n  report: 200%\nsellers:\n"))
	require.NoError(t, err)
	want := DefaultPolicy()
	want.Reports.DecideWithin, want.Reports.CleanseAfter, want.Points.Report = 36*hour, 2*day, 200
	require.Equal(t, want, p)
	p, err = ParsePolicy("policy.yaml", nil)
	require.NoError(t, err)
	require.Equal(t, DefaultPolicy(), p)
}

// Whatever is wrong is refused, with its place and the cure.
func TestParsePolicyRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"report: {}":                                          `p.yaml:1:1: unknown key "report" in the file; did you mean "reports"?`,
		"points: {halflife: 30d}":                             `p.yaml:1:10: unknown key "halflife" in points; did you mean "half_life"?`,
		"points: {zzzzzzzzzzzz: 1}":                           `want one of low, medium, high`,
		"sanctions: {warn_at: 0}":                             `p.yaml:1:22: sanctions.warn_at is 0; want 1 to 1000000`,
		"sanctions: {freeze_shops: 1}":                        `sanctions.freeze_shops is 1; want 2 to 1000`,
		"reports: {statement: 010}":                           `reports.statement is "010"; write it like 4000`,
		"reports: {statement: [1]}":                           `reports.statement is ""; write it like 4000`,
		"reports: {decide_within: 48}":                        `reports.decide_within is "48"; write it like 2d`,
		"points: {report: 150}":                               `points.report is "150"; write it like 150%`,
		"points: 5":                                           `points wants keys and values`,
		"screen: {block_score: 1, a: 2}":                      `unknown key "a" in screen`,
		"screen: {block_score: 50}":                           `screen.review_score is above block_score`,
		"sanctions: {restrict_at: 5}":                         `p.yaml:1:26: sanctions.restrict_at is below warn_at`,
		"sanctions: {freeze_at: 20}":                          `sanctions.freeze_at is below restrict_at`,
		"reports: {sure_score: 60}":                           `reports.likely_score is above sure_score`,
		"sellers: {open_reports: 1}":                          `sellers.doubted_open_reports is above open_reports`,
		"records: {keep: 182d}":                               `records.keep is shorter than reports.order_age`,
		"reports: {appeal_within: 90d}\nrecords: {keep: 40d}": `records.keep is shorter than reports.appeal_within`,
		"verdicts: {open_for: 300d}":                          `records.keep is shorter than verdicts.open_for`,
		"points: {low: 1, low: 2}":                            `key "low" stands twice in points`,
		"a: b: c":                                             `not well-formed YAML`,
		"points: {low: 1}\n---\na: 1":                         `goes on after its first document`,
		"points: {low: &x 1, medium: *x}":                     `points.medium is "x"`,
		"#" + strings.Repeat("x", maxPolicyFile):              `at most 1048576 are read`,
	} {
		_, err := ParsePolicy("p.yaml", []byte(text))
		require.ErrorContains(t, err, want, "%.60s", text)
	}
	_, err := ParsePolicy("p.yaml", []byte("points: {lo: 1}\nscreen: {block_score: x}"))
	require.Len(t, strings.Split(err.Error(), "\n"), 2, "all that is wrong is said at once")
	_, err = ParsePolicy("p.yaml", []byte("points: {lo: 1}\nsanctions: {freeze_at: 20, warn_at: 0}\nrecords: {keep: x}\nreports: {order_age: 300d}"))
	require.Len(t, strings.Split(err.Error(), "\n"), 4, "what does not go together too, but not what a refused number may cure: %v", err)
	require.ErrorContains(t, err, "p.yaml:2:24: sanctions.freeze_at is below restrict_at")
}

// FuzzParsePolicy holds that no file brings a policy out of its bounds.
func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("reports: {decide_within: 36h}\npoints:\n  report: 200%\n"))
	f.Add([]byte("sanctions: {warn_at: 99999999999999999999}"))
	f.Add([]byte("points: {half_life: 99999d}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy("p.yaml", data)
		if err != nil {
			return
		}
		for _, s := range settings {
			v := *s.at(&p)
			require.True(t, s.low <= v && v <= s.high, "%s.%s is %d", s.section, s.key, v)
		}
		require.Empty(t, p.conflicts())
	})
}

// A seller's word weighs less in proportion, once enough is decided.
func TestSellerWeight(t *testing.T) {
	p := DefaultPolicy().Sellers
	for _, c := range []struct {
		upheld, rejected int
		want             int64
	}{{0, 0, 100}, {0, 4, 100}, {0, 5, 20}, {3, 3, 100}, {1, 3, 100}, {2, 3, 80}, {1, 9, 20}, {3, 7, 60}} {
		require.Equal(t, c.want, p.weight(c.upheld, c.rejected), "%d upheld, %d rejected", c.upheld, c.rejected)
	}
}

// A level follows from points, and a freeze from several shops or a report.
func TestLevels(t *testing.T) {
	p := DefaultPolicy().Sanctions
	for _, c := range []struct {
		w    weight
		want orderguard.Level
	}{
		{weight{}, orderguard.Unrestricted},
		{weight{points: 9999, shops: 9}, orderguard.Unrestricted},
		{weight{points: 10_000, shops: 1}, orderguard.Warned},
		{weight{points: 30_000, shops: 1}, orderguard.Restricted},
		{weight{points: 1_000_000, shops: 1, backing: 1}, orderguard.Restricted},
		{weight{points: 50_000, shops: 2, backing: 2}, orderguard.Restricted},
		{weight{points: 50_000, shops: 3, backing: 2}, orderguard.Restricted},
		{weight{points: 50_000, shops: 3, backing: 3}, orderguard.Frozen},
		{weight{points: 50_000, shops: 1, backing: 1, reports: 3999}, orderguard.Restricted},
		{weight{points: 50_000, shops: 1, backing: 1, reports: 4000}, orderguard.Frozen},
	} {
		require.Equal(t, c.want, p.level(c.w), "%+v", c.w)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"serve", "detect", "gen", "eval"}
	for word, want := range map[string]string{
		"detcet": `did you mean "detect"?`,
		"gne":    `did you mean "gen"?`,
		"Server": `did you mean "serve"?`,
		"zzzzzz": `the nearest is "serve"; want one of serve, detect, gen, eval`,
	} {
		require.Equal(t, want, Nearest(word, known), word)
	}
}
