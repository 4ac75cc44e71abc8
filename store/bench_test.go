package store

import (
	"fmt"
	"testing"

	"github.com/orderguard/orderguard"
)

func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 8, 256} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := openTemp(b)
			alerts := make([]orderguard.Alert, size)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for i := range alerts {
					n++
					alerts[i] = alert("s", fmt.Sprintf("al_%d", n), 50, "r")
				}
				put(b, s, alerts...)
			}
		})
	}
}

func BenchmarkChanges(b *testing.B) {
	s := openTemp(b)
	alerts := make([]orderguard.Alert, 20_000)
	for i := range alerts {
		alerts[i] = alert(fmt.Sprintf("s-%d", i%100), fmt.Sprintf("al_%d", i), 50, "r")
	}
	put(b, s, alerts...)
	for name, after := range map[string]uint64{"page": 0, "nothing": 20_000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				size = 0
				if _, _, err := s.Changes("s-7", after, Query{Limit: 50}, func(_ uint64, v []byte) { size += len(v) }); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(size))
		})
	}
}
