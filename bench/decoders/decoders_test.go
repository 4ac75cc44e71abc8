package decoders

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
)

// line returns an order of the full contract in about 250 bytes.
func line(i int) string {
	return fmt.Sprintf(`{"type":"order","id":"e%d","ts":%d,"shop":"s%d","buyer":"b%d","order":"o%d","status":"created","sku":"k%d","qty":%d,"amount":%d,"currency":"CNY","category":"c%d","device":"d%x","ip":"10.%d.%d.%d","address":"a%x","payment":"p%x"}`,
		i, 1794355200000+i*7, i*31%5000, i*7919%1000000, i, i*13%20000, 1+i%3, 990+i%9000, i%40,
		i*2654435761%(1<<32), i&255, i>>8&255, i%251, i*40503%(1<<28), i*7%(1<<24))
}

const lines = 2000

type decode func([]byte, *orderguard.Event) error

// decoders returns all, in the order in which they are shown.
func decoders() (names []string, by map[string]decode) {
	own := new(ingest.Decoder)
	n := 0
	by = map[string]decode{
		"ingest": func(b []byte, e *orderguard.Event) error {
			if n++; n%lines == 0 {
				own.Reset()
			}
			return own.Decode(b, e)
		},
		"jx":       new(byJX).decode,
		"fastjson": new(byFastJSON).decode,
	}
	for name, f := range tagged {
		by[name] = (&byTags{unmarshal: f}).decode
	}
	return slices.Sorted(maps.Keys(by)), by
}

func TestAllAgree(t *testing.T) {
	names, by := decoders()
	for i := range lines {
		var want orderguard.Event
		if err := by["encoding-json"]([]byte(line(i)), &want); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			var got orderguard.Event
			if err := by[name]([]byte(line(i)), &got); err != nil {
				t.Fatal(name, err)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s: got %+v, want %+v", name, got, want)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	var all [][]byte
	size := 0
	for i := range lines {
		all = append(all, []byte(line(i)))
		size += len(all[i]) + 1
	}
	names, by := decoders()
	events := make([]orderguard.Event, lines)
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for i, l := range all {
					if err := by[name](l, &events[i]); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/line")
		})
	}
	b.Run("cut-only", func(b *testing.B) {
		text := append(bytes.Join(all, []byte("\n")), '\n')
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			for rest := text; len(rest) > 0; {
				rest = rest[bytes.IndexByte(rest, '\n')+1:]
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/line")
	})
}
