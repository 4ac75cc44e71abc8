package main

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/detect"
)

// derived are the fields, by type, that no snapshot holds, and why. Whoever adds a
// field to what judges saves it, or lists it here.
var derived = map[string]string{
	"detect.Engine": "watch (none is saved) measurers (by part, and for a batch) measured repeated taken (of a batch)",
	"detect.plan": "rules starters selectors kinds again several gated fields keys links sweeps keep leastKeep linked lone " +
		"(all follow from the rules and the adoptions)",
	"detect.table":        "name key take asked counted views stride list hold state askers fingerprinted swept values value (follow from the rules and the adoptions) pending (of a Screener) rows (of the last batch)",
	"detect.counted":      "field keep (follow from the rules)",
	"detect.population":   "hits all at (of the rules, and of a batch)",
	"detect.surprise":     "take asked by within table view do keys out ends (of the rules, and of a batch)",
	"detect.orderBook":    "columns kinds carriedTo order fields keys numbers tables keep heeded carriedFields recall carryOver (of the rules, and of a batch) pending number (of a Screener)",
	"detect.accountBook":  "columns fields standsFor tell (of the rules, and of a batch) used (follows from the records)",
	"detect.carriedField": "field word kinds (of the rules)",
	"detect.columns": "events feed kind id again time clock now ref picked words fields keys count number tables taken late several listed was " +
		"turns turnsKnown turnsLock carried parts clusters members fired values chosen (of a batch)",
	"detect.ledger":    "spare (room) linked hashed (follow from the rules) prev (the last record of the last page)",
	"detect.page":      "buyers (hashes of what the records hold)",
	"detect.flagger":   "Engine (itself) out batch refs parties found kin (of a batch)",
	"detect.flagged":   "event out (of a batch)",
	"detect.allowList": "by entries (follow from the rules)",
	"detect.timers":    "alarms (follow from the rules) events rules copies fallen packed derived (of a batch)",
	"detect.RuleStats": "ID Scenario Shadow (stand with the slot) Version (of the rules)",
	"window.Table":     "views least known (follow from the rules)",
	"window.lane":      "low now (of a batch)",
	"window.shard":     "turn (of the sweep: no answer depends on it)",
	"window.eventLog":  "head (what is before it is not kept) first (room)",
	"window.slider":    "measure floor mask want (follow from the rules) matching sum values (of the events in the window)",
	"window.seenShard": "tag (follows from now)",
	"window.Surge":     "tick loud rare width fade sum (options)",
	"window.Normal":    "o keep fade seen (options)",
	"ingest.Sequencer": "others free text batch (found anew, and room)",
	"ingest.waiter":    "time (that of the event)",
}

// fields goes over all that it can reach of a value and changes one field of
// each type at a time: what is written must change with it.
type fields struct {
	t    testing.TB
	save func() []byte
	was  []byte
	done map[string]bool // "type.field"
	met  map[reflect.Type]bool
}

// open makes an unexported field one that can be written.
func open(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

func (f *fields) structure(v reflect.Value) {
	t := v.Type()
	f.met[t] = true
	skip := strings.FieldsFunc(derived[t.String()], func(r rune) bool { return strings.ContainsRune(" ()", r) })
	for i := range t.NumField() {
		name := t.Field(i).Name
		if slices.Contains(skip, name) {
			continue
		}
		f.value(t.String()+"."+name, open(v.Field(i)))
	}
}

const elements = 300 // of a list are looked at

// value changes what a field holds, or goes over its parts.
func (f *fields) value(name string, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		f.change(name, v, reflect.ValueOf(x.Add(time.Second)))
		return
	case **roaring.Bitmap:
		had := *x
		now := had.Clone()
		now.Add(math.MaxUint32)
		f.change(name, v, reflect.ValueOf(now))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		f.done[name] = true
		f.structure(v)
	case reflect.Pointer:
		if !v.IsNil() {
			f.done[name] = true
			f.structure(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 && v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Slice {
			f.change(name, v, reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range min(v.Len(), elements) {
			if e := v.Index(i); e.Kind() != reflect.Struct || !e.IsZero() { // of an index, empty slots are not saved
				f.value(name, e)
			}
		}
	case reflect.Map:
		f.entries(name, v)
	default:
		f.change(name, v, other(v))
	}
}

// entries changes the values of a map.
func (f *fields) entries(name string, m reflect.Value) {
	n := 0
	for it := m.MapRange(); it.Next() && n < elements; n++ {
		if it.Value().Kind() == reflect.Pointer {
			v := reflect.New(it.Value().Type()).Elem()
			v.Set(it.Value())
			f.value(name, v)
			continue
		}
		was := it.Value()
		now := reflect.New(was.Type()).Elem()
		now.Set(was)
		if now.Kind() == reflect.Struct {
			now = open(now.Field(0))
			now.Set(other(now))
			whole := reflect.New(was.Type()).Elem()
			whole.Set(was)
			open(whole.Field(0)).Set(now)
			now = whole
		} else {
			now = other(now)
		}
		f.noticed(name, func() { m.SetMapIndex(it.Key(), now) }, func() { m.SetMapIndex(it.Key(), was) })
	}
}

// other returns another value of the same type.
func other(v reflect.Value) reflect.Value {
	x := reflect.New(v.Type()).Elem()
	switch {
	case v.Kind() == reflect.Bool:
		x.SetBool(!v.Bool())
	case v.CanInt():
		x.SetInt(v.Int() + 5)
	case v.CanUint():
		x.SetUint(v.Uint() + 5)
	case v.CanFloat():
		x.SetFloat(v.Float() + 1)
	case v.Kind() == reflect.String:
		x.SetString(v.String() + "x")
	default:
		panic(fmt.Sprintf("a field of type %s: list it in derived, or say here how it changes", v.Type()))
	}
	return x
}

func (f *fields) change(name string, v, now reflect.Value) {
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	f.noticed(name, func() { v.Set(now) }, func() { v.Set(was) })
}

// noticed holds that a change changes what is written. Where that cannot be
// written any more, it was noticed too.
func (f *fields) noticed(name string, change, undo func()) {
	if f.done[name] {
		return
	}
	f.done[name] = true
	change()
	defer undo()
	defer func() { _ = recover() }()
	if bytes.Equal(f.was, f.save()) {
		f.t.Errorf("%s is not saved: save and load it, or list it in derived and say why it need not be", name)
	}
}

// TestEveryFieldIsSaved holds that no field of what judges is forgotten.
func TestEveryFieldIsSaved(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	rules, err := detect.ParseRules("test.yaml", append(bytes.Clone(detect.ShippedYAML), moreRules...))
	require.NoError(t, err)
	j := newJudging(t, rules, 1)
	defer j.runner.Close()
	j.judge(t, bytes.Join(marketplace(t, 1200), nil), new(bytes.Buffer))
	j.judge(t, hardLines(), new(bytes.Buffer))
	met := map[string]bool{}
	for what, save := range map[string]func(b *bytes.Buffer) error{
		"engine": func(b *bytes.Buffer) error { return j.engine.Save(b) },
		"order":  func(b *bytes.Buffer) error { return j.order.Save(b) },
	} {
		f := &fields{t: t, done: map[string]bool{}, met: map[reflect.Type]bool{}}
		f.save = func() []byte {
			var b bytes.Buffer
			require.NoError(t, save(&b))
			return b.Bytes()
		}
		f.was = f.save()
		root := reflect.ValueOf(j.engine)
		if what == "order" {
			root = reflect.ValueOf(j.order)
		}
		f.structure(root.Elem())
		require.Equal(t, f.was, f.save(), "the test must leave all as it was")
		for typ := range f.met {
			f.all(typ)
			met[typ.String()] = true
		}
	}
	for _, typ := range []string{
		"detect.timer", "detect.flagged", "detect.attack", "detect.page", "detect.population", "detect.surprise", "detect.orderBook", "detect.accountBook", "window.slot",
		"window.logged", "window.slider", "window.progress", "window.entry", "window.lane", "window.normalRow", "window.crowd", "window.surgeCell",
		"window.seenShard", "ingest.sourceClock", "ingest.stamp", "ingest.held", "orderguard.Event", "orderguard.Evidence",
	} {
		require.True(t, met[typ], "the stream of this test makes no %s", typ)
	}
}

// all holds that each field of a type was met, and that what is listed is there.
func (f *fields) all(t reflect.Type) {
	why := derived[t.String()]
	for i := range t.NumField() {
		name := t.Field(i).Name
		if !f.done[t.String()+"."+name] && !slices.Contains(strings.FieldsFunc(why, func(r rune) bool { return strings.ContainsRune(" ()", r) }), name) {
			f.t.Errorf("%s.%s: the stream of this test does not fill it: make it do so", t, name)
		}
	}
}

// moreRules fill what the shipped ones leave empty.
const moreRules = `
  - id: sum
    scenario: malicious_order
    on: order.created
    all:
      - {sum: amount, of: order.created, by: [shop], within: 1h, at_least: 9000000}
  - id: unusual
    scenario: malicious_order
    on: order.created
    all:
      - {surprise: order.created, by: [shop], within: 10m, at_least: 30}
      - {surprise: order.created, by: [buyer, shop], at_least: 30}
  - id: later
    scenario: malicious_order
    on: order.created
    first:
      - {count: order.created, by: [buyer, shop], within: 1h, at_least: 5}
    after: 1h
    all:
      - {count: order.created, by: [buyer, shop], within: 2h, state: unpaid, at_least: 5}
lists:
  - {allow: device, values: [d-1], until: 2031-01-01, reason: x}
  - {allow: buyer, values: [b-1], until: 2031-01-01, reason: x}
`

// hardLines are events that a marketplace does not have: ids and times far ahead,
// orders of long ago, and many of one shop that come in a jumble.
func hardLines() []byte {
	var b bytes.Buffer
	line := func(n int, at int64, device string) {
		fmt.Fprintf(&b, `{"type":"order","status":"created","id":"h-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"ho-%d","device":%q,"amount":5,"qty":1}`+"\n",
			n, at, n, device)
	}
	const now = 1_800_000_000_000
	n := 0
	for ; n < 40; n++ {
		line(n, now+int64(n*7919%40)*1000, "d-1")
	}
	for ; n < 50; n++ {
		line(n, now+int64(n)*1000+7*24*3600_000, "d-2")
	}
	for ; n < 80; n++ {
		line(n, now-400*24*3600_000, "d-1")
	}
	line(n, now+100_000, "d-1")
	return b.Bytes()
}
