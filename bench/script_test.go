package bench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
)

// readScript parses a script that must be without a fault.
func readScript(t testing.TB, text string) *Script {
	t.Helper()
	s, err := ParseScript("test.yaml", []byte(text))
	require.NoError(t, err)
	return s
}

// TestShippedRules runs the scripts of the shipped rules, and holds that each
// rule has a case that it catches and one that it looks at and spares.
func TestShippedRules(t *testing.T) {
	if testing.Short() {
		t.Skip("an engine of one worker judges five hundred small streams: the race detector has nothing to find")
	}
	files, err := filepath.Glob("../testdata/rules-scripts/*.yaml")
	require.NoError(t, err)
	rules := detect.ShippedRules()
	caught, spared := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		s, err := ParseScript(filepath.Base(file), text)
		require.NoError(t, err)
		require.Empty(t, s.Rules, "%s must test the shipped rules", file)
		for i := range s.Cases {
			c := &s.Cases[i]
			require.NoError(t, c.Run(t.Context(), rules))
			for _, id := range c.Catches() {
				caught[id] = true
			}
			kinds := kindsIn(c)
			for _, id := range c.Spares {
				spared[id] = spared[id] || looks(rules, id, kinds)
			}
		}
	}
	for i := range rules.Rules {
		id := rules.Rules[i].ID
		require.True(t, caught[id], "%s has no case in testdata/rules-scripts that it catches", id)
		require.True(t, spared[id], "%s has no case in testdata/rules-scripts that it looks at and spares", id)
	}
}

// looks says whether a rule judges events of these kinds.
func looks(rules *detect.RuleSet, id string, kinds map[orderguard.Kind]bool) bool {
	for i := range rules.Rules {
		for k := range kinds {
			if rules.Rules[i].ID == id && rules.Rules[i].On.Kinds.Has(k) {
				return true
			}
		}
	}
	return false
}

const scriptRules = `rules:
  - id: three
    scenario: malicious_order
    on: order.created
    all: [{count: order.created, by: [buyer, shop], within: 1m, at_least: 3}]
  - id: counted
    shadow: true
    scenario: harassment
    on: order.created
    where: {note: [x]}
lists:
  - {block: device, values: [d-9], until: 2027-01-01, reason: test}
`

func TestScriptSaysWhatIsWrong(t *testing.T) {
	rules, err := detect.ParseRules("rules.yaml", []byte(scriptRules))
	require.NoError(t, err)
	for _, c := range []struct{ body, wrong string }{
		{"spares: three\n    events: |\n      2 times every 1s: order.created order=o-# buyer=b shop=s", ""},
		{"spares: three\n    events: |\n      3 times every 30s: order.created order=o-# buyer=b shop=s", ""},
		{"spares: three\n    events: |\n      3 times every 20s: order.created order=o-# buyer=b shop=s",
			"three (malicious_order) flagged o-1, o-2, o-3, which nobody expects"},
		{"flagged: [{rule: three, orders: o-1..o-3}]\n    events: |\n      3 times every 20s: order.created order=o-# buyer=b shop=s", ""},
		{"flagged: [{rule: three, orders: [o-1..o-2]}]\n    events: |\n      3 times every 20s: order.created order=o-# buyer=b shop=s",
			"three (malicious_order) flagged o-3, which nobody expects"},
		{"flagged: [{rule: three, orders: o-1..o-9}]\n    events: |\n      3 times every 20s: order.created order=o-# buyer=b shop=s",
			"three should have flagged o-4, o-5, o-6, o-7, o-8 and 1 more"},
		{"flagged: [{rule: counted, orders: o-1}]\n    events: |\n      order.created order=o-1 buyer=b shop=s note=x", ""},
		{"spares: three\n    events: |\n      order.created order=o-1 buyer=b shop=s note=x", ""},
		{"flagged: [{rule: block-device, orders: o-1}]\n    events: |\n      order.created order=o-1 buyer=b shop=s device=d-9", ""},
		{"spares: tree\n    events: |\n      order.created order=o-1 buyer=b shop=s", `the rules have no rule "tree"; did you mean "three"?`},
		{"spares: three\n    events: |\n      order.created order=o-1 buyer=b", "test.yaml:5: no event: "},
		{"spares: three\n    events: |\n      at 1s: order.created order=o-1 buyer=b shop=s\n      at 0s: review order=o-1 rating=9", "test.yaml:6: no event: "},
	} {
		s := readScript(t, "cases:\n  - name: a\n    "+c.body+"\n")
		err := s.Cases[0].Run(t.Context(), rules)
		if c.wrong == "" {
			require.NoError(t, err, c.body)
		} else {
			require.ErrorContains(t, err, c.wrong, c.body)
		}
	}
}

// TestScriptEvents holds what the short form means.
func TestScriptEvents(t *testing.T) {
	s := readScript(t, `cases:
  - name: a
    spares: x
    events: |
      # a comment
      order.created order=o-1 buyer=b-1 shop=s-1 note="a \"b\" c" qty=2 custom=true age=1d line1="1 A St" country=US
      order.paid order=o-1
      +1m, 2 times every 30s from 5: order.created order=o-# buyer=b-#%2 shop=s-1
      at 2h: dispute.opened order=o-1 reason=late evidence=x,y
      {"type":"review","id":"own","ts":"2026-03-02T10:00:01Z","shop":"s-1","buyer":"b-1","order":"o-1","rating":5}
      message order=o-5 from=buyer text=hello
`)
	var got []string
	for _, e := range s.Cases[0].lines {
		got = append(got, string(e.json))
	}
	require.Equal(t, []string{
		`{"buyer":"b-1","buyer_since":1772352000000,"custom":true,"id":"e-1","note":"a \"b\" c","order":"o-1","qty":2,` +
			`"ship_to":{"country":"US","line1":"1 A St"},"shop":"s-1","status":"created","ts":1772438400000,"type":"order"}`,
		`{"buyer":"b-1","id":"e-2","order":"o-1","shop":"s-1","status":"paid","ts":1772438401000,"type":"order"}`,
		`{"buyer":"b-1","id":"e-3","order":"o-5","shop":"s-1","status":"created","ts":1772438461000,"type":"order"}`,
		`{"buyer":"b-2","id":"e-4","order":"o-6","shop":"s-1","status":"created","ts":1772438491000,"type":"order"}`,
		`{"buyer":"b-1","dispute":"q-o-1","evidence":["x","y"],"id":"e-5","order":"o-1","reason":"late","shop":"s-1","status":"opened","ts":1772445600000,"type":"dispute"}`,
		`{"type":"review","id":"own","ts":"2026-03-02T10:00:01Z","shop":"s-1","buyer":"b-1","order":"o-1","rating":5}`,
		`{"buyer":"b-1","from":"buyer","id":"e-7","order":"o-5","shop":"s-1","text":"hello","ts":1772445602000,"type":"message"}`,
	}, got)
}

// TestToolsPage holds that the example in the docs is a script as it stands.
func TestToolsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/tools.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		s := readScript(t, string(b[1]))
		for i := range s.Cases {
			require.NoError(t, s.Cases[i].Run(t.Context(), detect.ShippedRules()))
		}
	}
	for _, key := range slices.Concat(scriptKeys[:1], caseKeys) {
		require.Contains(t, string(page), "| `"+key+"` |")
	}
}

func TestScriptFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "the file is empty",
		"cases: []":                       "there is no list of cases",
		"case: [{name: a}]":               `unknown key "case" in the script; did you mean "cases"?`,
		"cases: [{nam: a}]":               `unknown key "nam" in the case; did you mean "name"?`,
		"cases: [{name: a}]":              "the case expects nothing",
		"cases: [{spares: a}]":            `the case has no "events: |"`,
		"rules: [a]\ncases: [{}]":         "rules: want text",
		"cases: [{flagged: [{rule: a}]}]": `an expectation needs "rule:" and "orders:"`,
		"cases: [{flagged: [{rule: a, orders: o-9..o-1}]}]":                                      "is no range such as o-1..o-12",
		"cases:\n  - name: a\n    spares: a\n    events: |\n      order.craeted order=x":         `test.yaml:5: unknown kind of event "order.craeted"; did you mean "order.created"?`,
		"cases:\n  - name: a\n    spares: a\n    events: |\n      order.paid ordr=x":             `test.yaml:5: unknown field "ordr"; did you mean "order"?`,
		"cases:\n  - name: a\n    spares: a\n    events: |\n      order.paid order":              "want field=value",
		"cases:\n  - name: a\n    spares: a\n    events: |\n      at noon: order.paid order=x":   `"noon" is no time`,
		"cases:\n  - name: a\n    spares: a\n    events: |\n      0 times: order.paid order=x":   "0 times: want at least 1",
		"cases:\n  - name: a\n    spares: a\n    events: |\n      often: order.paid order=x":     "want \"[at TIME,]",
		"cases:\n  - name: a\n    spares: a\n    events: |\n      order.created qty=two":         "qty=two",
		"cases:\n  - name: a\n    spares: a\n    events: |\n      {\"type\":\"order\"}":          `no JSON with a "ts"`,
		"cases:\n  - name: a\n    spares: a\n    events: |\n      9999999 times: order.paid o=1": "no more than 100000 events",
	} {
		_, err := ParseScript("test.yaml", []byte(text))
		require.ErrorContains(t, err, want, text)
	}
	var b strings.Builder
	b.WriteString("cases:\n  - name: a\n    names: b\n    spares: a\n    events: |\n      order.paid odrer=x\n")
	_, err := ParseScript("test.yaml", []byte(b.String()))
	require.ErrorContains(t, err, "test.yaml:3")
	require.ErrorContains(t, err, "test.yaml:6", "all faults are told at once")
}

// kindsIn returns the kinds of a case's events.
func kindsIn(c *ScriptCase) map[orderguard.Kind]bool {
	kinds := map[orderguard.Kind]bool{}
	for _, e := range c.lines {
		var d struct{ Type, Status string }
		if json.Unmarshal(e.json, &d) == nil {
			if k, ok := orderguard.ParseKind(strings.TrimSuffix(d.Type+"."+d.Status, ".")); ok {
				kinds[k] = true
			}
		}
	}
	return kinds
}
