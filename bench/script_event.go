package bench

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
)

// scriptStart is when a script's time begins: a Monday morning.
var scriptStart = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// maxScriptEvents bounds the events of a case.
const maxScriptEvents = 100_000

// scriptEvent is an event of a case, as a line of NDJSON.
type scriptEvent struct {
	line int // of the script
	at   time.Duration
	json []byte
}

// scriptWriter makes events of the lines of a case.
type scriptWriter struct {
	p       *scriptParser
	last    time.Duration
	events  []scriptEvent
	parties map[string][2]string // shop and buyer of each order
}

// A line of a script: "at 2h, 10 times every 30s from 5: order.created …".
var scriptLine = regexp.MustCompile(
	`^(?:(at |\+)(\S+?)(?:, *|: *))?(?:(\d+) times(?: every (\S+?))?(?: from (\d+))?: *)?([a-z]+(?:\.[a-z]+)?)((?: .*)?)$`)

// line makes events of a line.
func (w *scriptWriter) line(number int, text string) {
	if text == "" || text[0] == '#' {
		return
	}
	if text[0] == '{' {
		w.raw(number, text)
		return
	}
	m := scriptLine.FindStringSubmatch(text)
	if m == nil {
		w.p.at(number, "want \"[at TIME,] [N times every TIME:] KIND field=value…\", such as "+
			"\"10 times every 30s: order.created order=o-#\", or an event as JSON; got %q", text)
		return
	}
	begin, times, step, first, err := w.repeats(m)
	fields, err2 := wordsOf(m[7])
	for _, err := range []error{err, err2} {
		if err != nil {
			w.p.at(number, "%v", err)
			return
		}
	}
	for i := range times {
		at := begin + time.Duration(i)*step
		event, err := w.event(m[6], fields, first+i, at)
		if err != nil {
			w.p.at(number, "%v", err)
			return
		}
		w.events = append(w.events, scriptEvent{number, at, event})
		w.last = at
	}
}

// raw takes an event as JSON. Its time places it among the others.
func (w *scriptWriter) raw(number int, text string) {
	var e struct {
		TS json.RawMessage `json:"ts"`
	}
	err := json.Unmarshal([]byte(text), &e)
	at, ok := obviousTime(e.TS)
	if err != nil || !ok {
		w.p.at(number, "the event is no JSON with a \"ts\"")
		return
	}
	w.last = time.UnixMilli(at).Sub(scriptStart)
	w.events = append(w.events, scriptEvent{number, w.last, []byte(text)})
}

// repeats reads when a line's events happen, and how many there are.
func (w *scriptWriter) repeats(m []string) (begin time.Duration, times int, step time.Duration, first int, err error) {
	begin, times, step, first = w.last, 1, time.Second, 1
	if len(w.events) > 0 && m[1] == "" {
		begin += time.Second
	}
	if m[1] != "" {
		d, err := scriptDuration(m[2])
		if err != nil {
			return 0, 0, 0, 0, err
		}
		if begin = d; m[1] == "+" {
			begin += w.last
		}
	}
	if m[3] != "" {
		times, _ = strconv.Atoi(m[3])
	}
	if times < 1 || len(w.events)+times > maxScriptEvents {
		return 0, 0, 0, 0, fmt.Errorf("%s times: want at least 1, and no more than %d events in a case", m[3], maxScriptEvents)
	}
	if m[4] != "" {
		if step, err = scriptDuration(m[4]); err != nil {
			return 0, 0, 0, 0, err
		}
	}
	if m[5] != "" {
		first, _ = strconv.Atoi(m[5])
	}
	return begin, times, step, first, nil
}

// scriptDuration reads a Go duration, before which days may stand: 1d12h.
func scriptDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 12)
	d, err2 := time.Duration(0), error(nil)
	if rest != "" {
		d, err2 = time.ParseDuration(rest)
	}
	if err != nil || err2 != nil || d < 0 {
		return 0, fmt.Errorf("%q is no time such as 90s, 10m, 2h or 1d12h", text)
	}
	return time.Duration(n)*24*time.Hour + d, nil
}

// scriptFields are the fields of a line, by what their values are.
var scriptFields = map[string]string{
	"id": "text", "shop": "text", "buyer": "text", "order": "text", "actor": "text", "sku": "text", "currency": "text",
	"category": "text", "device": "text", "ip": "text", "address": "text", "payment": "text", "note": "text",
	"dispute": "text", "reason": "text", "outcome": "text", "review": "text", "text": "text", "from": "text", "role": "text",
	"qty": "number", "amount": "number", "refund": "number", "rating": "number", "custom": "truth", "evidence": "list",
	"age": "age", "name": "ship_to", "phone": "ship_to", "country": "ship_to", "region": "ship_to", "city": "ship_to",
	"line1": "ship_to", "postcode": "ship_to",
}

// event makes the n-th event of a line.
func (w *scriptWriter) event(kind string, fields [][2]string, n int, at time.Duration) ([]byte, error) {
	typ, status, _ := strings.Cut(kind, ".")
	if _, ok := orderguard.ParseKind(kind); !ok {
		var known []string
		for k := orderguard.Kind(1); int(k) < orderguard.Kinds; k++ {
			known = append(known, k.String())
		}
		return nil, fmt.Errorf("unknown kind of event %q; %s", kind, nearestOf(kind, known))
	}
	ts := scriptStart.Add(at)
	e := map[string]any{"type": typ, "id": fmt.Sprint("e-", len(w.events)+1), "ts": ts.UnixMilli()}
	if status != "" {
		e["status"] = status
	}
	shipTo := map[string]string{}
	for _, f := range fields {
		name, value := f[0], numbered(f[1], n)
		var err error
		switch scriptFields[name] {
		case "text":
			e[name] = value
		case "number":
			e[name], err = strconv.ParseInt(value, 10, 64)
		case "truth":
			e[name], err = strconv.ParseBool(value)
		case "list":
			e[name] = strings.Split(value, ",")
		case "ship_to":
			shipTo[name] = value
			e["ship_to"] = shipTo
		case "age":
			var age time.Duration
			age, err = scriptDuration(value)
			e["buyer_since"] = ts.Add(-age).UnixMilli()
		default:
			var known []string
			for k := range scriptFields {
				known = append(known, k)
			}
			slices.Sort(known)
			return nil, fmt.Errorf("unknown field %q; %s", name, nearestOf(name, known))
		}
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", name, value, err)
		}
	}
	w.remember(typ, e)
	return json.Marshal(e)
}

// remember fills in what an earlier event of the order said, and ids that do
// not matter.
func (w *scriptWriter) remember(typ string, e map[string]any) {
	order, _ := e["order"].(string)
	if order == "" {
		return
	}
	shop, _ := e["shop"].(string)
	buyer, _ := e["buyer"].(string)
	if known, ok := w.parties[order]; ok {
		if shop == "" {
			e["shop"] = known[0]
		}
		if buyer == "" {
			e["buyer"] = known[1]
		}
	} else if shop != "" && buyer != "" {
		w.parties[order] = [2]string{shop, buyer}
	}
	for of, prefix := range map[string]string{"dispute": "q-", "review": "r-"} {
		if typ == of && e[of] == nil {
			e[of] = prefix + order
		}
	}
}

var numberMark = regexp.MustCompile(`#(?:%(\d+))?`)

// numbered puts the number of a repetition in the place of each #, and in that
// of #%3 a number that goes round 1, 2, 3, 1, …
func numbered(text string, n int) string {
	return numberMark.ReplaceAllStringFunc(text, func(mark string) string {
		if round, _ := strconv.Atoi(strings.TrimPrefix(mark, "#%")); round > 0 {
			return strconv.Itoa((n-1)%round + 1)
		}
		return strconv.Itoa(n)
	})
}

var fieldForm = regexp.MustCompile(`^ *([a-z_0-9]+)=("(?:[^"\\]|\\.)*"|[^ "]+)`)

// wordsOf cuts "field=value field="a value"" into its parts.
func wordsOf(text string) (fields [][2]string, err error) {
	for strings.TrimSpace(text) != "" {
		m := fieldForm.FindStringSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("want field=value, with quotes around a value that has blanks; got %q", strings.TrimSpace(text))
		}
		value := m[2]
		if value[0] == '"' {
			if value, err = strconv.Unquote(value); err != nil {
				return nil, fmt.Errorf("%s: %w", m[0], err)
			}
		}
		fields, text = append(fields, [2]string{m[1], value}), text[len(m[0]):]
	}
	return fields, nil
}
