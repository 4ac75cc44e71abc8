package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

const (
	created = `{"type":"order","id":"e-000000123","ts":1794355200123,"shop":"s-1042","buyer":"b-883412","order":"o-5512345","status":"created","sku":"sku-99812","qty":2,"amount":12900,"currency":"CNY","category":"toys","custom":false,"buyer_since":"2024-03-01T08:00:00Z","device":"d-71ab33","ip":"203.0.113.7","address":"a-5f2c","payment":"p-0a91","ship_to":{"name":"王小明","phone":"13800000000","country":"CN","region":"浙江","city":"杭州","line1":"文三路 1 号","postcode":"310000"},"note":"请尽快发货"}`
	paid    = `{"type":"order","id":"e-2","ts":"2026-11-11T00:10:03.120+08:00","shop":"s-1","buyer":"b-1","order":"o-1","status":"paid"}`
	dispute = `{"type":"dispute","id":"e-3","ts":1794355200123,"shop":"s-1","buyer":"b-1","order":"o-1","dispute":"d-1","status":"opened","reason":"damaged","refund":12900,"evidence":["sha-1","sha-2",null,""]}`
	closed  = `{"type":"dispute","id":"e-4","ts":1794355200123,"shop":"s-1","buyer":"b-1","order":"o-1","dispute":"d-1","status":"closed","outcome":"seller"}`
	review  = `{"type":"review","id":"e-5","ts":1794355200123,"shop":"s-1","buyer":"b-1","order":"o-1","review":"r-1","rating":1,"text":"\u592a\u5dee\u4e86 \ud83d\ude21"}`
	message = `{"type":"message","id":"e-6","ts":1794355200123,"shop":"s-1","buyer":"b-1","order":"o-1","from":"buyer","text":"line\nfeed"}`
	account = `{"type":"account","id":"e-7","ts":1794355200123,"role":"seller","shop":"s-1","category":"toys","device":"d-1","ip":"1.2.3.4","address":"a","payment":"p"}`
)

// good is a line of each type.
var good = []string{created, paid, dispute, closed, review, message, account}

// ugly is lines that are odd, some of them good.
var ugly = []string{
	``, ` `, `{}`, `{ }`, `[]`, `3`, `null`, `"x"`, `{"a":1}x`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `[1,]`, `[,]`, `{"a":[1 2]}`,
	"\ufeff" + paid, paid + "\x00", "\x00", `{"type":"order"`, paid[:len(paid)-1], paid[:40], " \t" + paid + " \r\n ", "{\n\"type\":\n\"order\"}",
	`{"type":"ord\u0065r","id":"\ud800","ts":0,"shop":"\ud83d\ude00","buyer":"\udc00\ud800x","order":"\ud800\u0041","status":"paid"}`,
	`{"type":"order","id":"` + "\xff\xfe\\n\xe4\xb8" + `","ts":0,"shop":"` + "\xff" + `","buyer":"b","order":"\u00e9` + "\xc3" + `","status":"paid"}`,
	`{"type":"order","id":"a","ts":1e3,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":-1,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":-0,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":01,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":253402300799999,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":253402300800000,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":99999999999999999999,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":"2026-02-30T00:00:00Z","shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":"2024-02-29t23:59:59.99999z","shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":"0000-01-01T00:00:00Z","shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":"1970-01-01T00:00:00+00:01","shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":"2026-01-01T00:00:00.Z","shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":"2026-01-01T00:00:00+24:00","shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":"three"}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":-3}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":1.0}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":9223372036854775807}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":9223372036854775808}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":-9223372036854775808}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":-9223372036854775809}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","qty":1,"qty":"x","qty":2,"qty":null}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","ship_to":{"name":"a","x":[]},"ship_to":null,"ship_to":{"phone":"b","name":null}}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","ship_to":{"name":"a"},"ship_to":"x"}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created","ship_to":{"name":3}}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"paid","ship_to":{"name":3,"city":"c"},"qty":"x","amount":3,"evidence":["a"],"rating":3,"custom":true,"buyer_since":1,"text":"t"}`,
	`{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"opened"}`,
	`{"type":"order","id":"a","ts":1,"shop":"","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":1,"shop":"` + strings.Repeat("x", 129) + `","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order","id":"a","ts":1,"shop":"` + strings.Repeat(`\u0041`, 128) + `","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"review","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","rating":6}`,
	`{"type":"review","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","rating":0.5e1}`,
	`{"type":"review","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","text":"\x"}`,
	`{"type":"message","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","from":""}`,
	`{"type":"account","id":"a","ts":1,"role":"buyer","buyer":3}`,
	`{"type":"account","id":"a","ts":1,"role":"buyer","order":3,"shop":"` + strings.Repeat("x", 129) + `"}`,
	`{"type":"dispute","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"opened","evidence":["a",3]}`,
	`{"type":"dispute","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"opened","evidence":[],"reason":"x"}`,
	`{"Type":"order","TYPE":"x","type":"nonsense"}`,
	`{"hello":{"stream":"orders-eu","token":"x"}}`,
	`{"type":"order","x":{"y":[[],{},{"z":[1,-0.5e+3,true,false,null,"\u00e9\\"]}]},"id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"paid"}`,
	`{"type":"order", "id": "a" , "ts" : 1, "shop": "s", "buyer": "b", "order": "o", "status": "created", "buyer_since": 17}`,
	`{"x":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`,
	`{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
	`{"ship_to":{"x":` + strings.Repeat(`{"a":`, 9998) + `1` + strings.Repeat("}", 9998) + `}}`,
	`{"ship_to":{"x":` + strings.Repeat(`{"a":`, 9999) + `1` + strings.Repeat("}", 9999) + `}}`,
	`{"evidence":[` + strings.Repeat("[", 9998) + strings.Repeat("]", 9998) + `]}`,
	`{"evidence":[` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `]}`,
	`{"very_long_unknown_key_that_no_token_holds":"x","type":"account","id":"a","ts":1,"role":"buyer","buyer":"b"}`,
}

// same checks that the decoder and its twin agree on a line.
func same(t testing.TB, d *Decoder, line []byte) {
	t.Helper()
	want, reason := reference(line)
	var got orderguard.Event
	got.Note = "left over"
	before := bytes.Clone(line)
	err := d.Decode(line, &got)
	require.Equal(t, before, line, "the line was changed")
	var reject *RejectError
	if errors.As(err, &reject) {
		require.Equal(t, reason.String(), reject.Reason.String(), "%.300q: %v", line, err)
		require.NotEmpty(t, reject.Detail)
		return
	}
	require.NoError(t, err)
	require.Zero(t, reason.String(), "%.300q", line)
	require.Equal(t, want, got, "%.300q", line)
}

func TestDecodeAgrees(t *testing.T) {
	var d Decoder
	for range 3 { // The tokens that one line leaves must not mislead the next.
		for _, line := range append(good, ugly...) {
			same(t, &d, []byte(line))
			same(t, &d, []byte(strings.ReplaceAll(line, ":", ": ")))
			same(t, &d, []byte(strings.ReplaceAll(line, ",", " ,\t")))
		}
	}
}

// TestDecodeCut cuts good lines at every byte, and changes every byte.
func TestDecodeCut(t *testing.T) {
	var d Decoder
	for _, line := range good {
		for i := range len(line) {
			same(t, &d, []byte(line[:i]))
			for _, c := range []byte("\x00\"\\{}[],:0-tn \xe4") {
				b := []byte(line)
				b[i] = c
				same(t, &d, b)
			}
		}
		d.Reset()
	}
}

func FuzzDecode(f *testing.F) {
	for _, line := range append(good, ugly...) {
		f.Add([]byte(line))
	}
	var d Decoder
	for _, line := range good {
		require.NoError(f, d.Decode([]byte(line), new(orderguard.Event)))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		same(t, &d, line)
		same(t, &d, line) // again, now with the tokens of this line
	})
}

func TestDecodeDetails(t *testing.T) {
	head := `{"type":"order","id":"a","ts":1,"shop":"s","buyer":"b","order":"o","status":"created"`
	for line, want := range map[string]string{
		head + `,"qty":"three"}`:                         `qty: want an integer, got "three"`,
		head + `,"qty":-3}`:                              `qty: want an integer from 0, got -3`,
		head + `,"ship_to":{"city":["x"]}}`:              `ship_to.city: want a string, got ["x"]`,
		head + `,"sku":` + strings.Repeat("1", 50) + `}`: `sku: want a string, got 1111111111111111111111111111111111111111...`,
		head + `,"buyer_since":"yesterday"}`:             `buyer_since: want an RFC 3339 time or integer Unix milliseconds, from 1970 to 9999, got "yesterday"`,
		head + `,"actor":"me"}`:                          `actor: want buyer, seller or platform, got "me"`,
		head + `,"amount":99999999999999999999}`:         `amount: want an integer of 64 bits, got 99999999999999999999`,
		head:                                             `byte 86: the line ends in the middle of the JSON object; want one JSON object a line`,
		head + "\x00}":                                   `byte 86: unexpected '\x00'; want one JSON object a line`,
		`[1]`:                                            `want one JSON object a line, got [1]`,
		`{"type":"order"}`:                               `id: missing or empty, every event needs it`,
		`{"type":"review","id":"a","ts":1}`:              `shop: missing or empty, a review event needs it`,
		`{"type":"account","id":"a","ts":1,"role":"buyer"}`:                      `shop, buyer: missing or empty, an account event needs one of them`,
		`{"type":"x","id":"a","ts":1}`:                                           `type: want order, dispute, review, message or account, got "x"`,
		strings.Replace(head, "created", "lost", 1) + "}":                        `status: want created, paid, shipped, delivered, completed, cancelled or refunded, got "lost"`,
		strings.Replace(head, `:"s"`, `:"`+strings.Repeat("店", 43)+`"`, 1) + "}": `shop: want at most 128 bytes, got more: "店店店店店店店店店店店店店"...`,
	} {
		err := new(Decoder).Decode([]byte(line), new(orderguard.Event))
		require.EqualError(t, err, want)
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	var d Decoder
	var e orderguard.Event
	lines := make([][]byte, len(good))
	for i, line := range good {
		lines[i] = []byte(line)
	}
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		for _, line := range lines {
			if err := d.Decode(line, &e); err != nil {
				panic(err)
			}
		}
		d.Reset()
	}))
}

// orderLine is an order of the full contract in about 250 bytes.
func orderLine(i int) string {
	return fmt.Sprintf(`{"type":"order","id":"e%d","ts":%d,"shop":"s%d","buyer":"b%d","order":"o%d","status":"created","sku":"k%d","qty":%d,"amount":%d,"currency":"CNY","category":"c%d","buyer_since":%d,"device":"d%x","ip":"10.%d.%d.%d","address":"a%x","payment":"p%x"}`,
		i, 1794355200000+i*7, i*31%5000, i*7919%1000000, i, i*13%20000, 1+i%3, 990+i%9000, i%40,
		1700000000000+i*1001, i*2654435761%(1<<32), i&255, i>>8&255, i%251, i*40503%(1<<28), i*7%(1<<24))
}

func orderLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(orderLine(i))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func BenchmarkLineCut(b *testing.B) {
	lines := orderLines(2000)
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	total := 0
	for b.Loop() {
		for rest := lines; len(rest) > 0; {
			i := bytes.IndexByte(rest, '\n')
			total += len(rest[:i])
			rest = rest[i+1:]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/line")
}

// BenchmarkDecode decodes orders of the full contract, a mix of all types with
// Chinese text, and the same mix with all of that text escaped.
func BenchmarkDecode(b *testing.B) {
	mix := strings.Join(good, "\n") + "\n"
	escaped := mix
	for _, r := range mix {
		if r >= 0x80 && r < 0x10000 {
			escaped = strings.ReplaceAll(escaped, string(r), fmt.Sprintf(`\u%04x`, r))
		}
	}
	for name, lines := range map[string][]byte{
		"orders": orderLines(2000), "mix": bytes.Repeat([]byte(mix), 300), "mix escaped": bytes.Repeat([]byte(escaped), 300),
	} {
		b.Run(name, func(b *testing.B) {
			var d Decoder
			l := &lot{}
			buf := append(lines, make([]byte, padding)...)
			n := bytes.Count(lines, []byte("\n"))
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			for b.Loop() {
				l.clear()
				d.fill(buf, 0, len(lines), l, maxLot)
				if len(l.Events) != n {
					b.Fatal(len(l.Events), l.Rejects)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/line")
		})
	}
}
