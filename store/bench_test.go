package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// every is after how many records the orders that are looked up come again.
const every = 250

// recordOf makes lines as feeds send them, the first ten of orders that come
// again.
func recordOf(n, lines int) (raw []byte) {
	for i := range lines {
		name := fmt.Sprintf("o%08d-%d", n, i)
		if i < 10 {
			name = fmt.Sprintf("k%d-%d", n%every, i)
		}
		raw = fmt.Appendf(raw, `%s {"type":"order","id":"e-%d-%d","ts":"2026-11-11T00:00:00.%03dZ","shop":"s-%d","buyer":"b-%d",`+
			`"status":"created","sku":"sku-%d","amount":%d,"device":"d-%x","ip":"10.1.%d.%d"}`+"\n",
			name, n, i, i%1000, i*7919%5000, n*i%100000, i%300, i*31, n*i*7919, i%256, n%256)
	}
	return raw
}

// BenchmarkAppend appends records of 4,000 lines, alone and while the index
// is built beside it.
func BenchmarkAppend(b *testing.B) {
	for _, name := range []string{"alone", "indexed"} {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{Reserve: -1, Orders: firstWord})
			require.NoError(b, err)
			defer s.Close()
			raw := recordOf(1, 4000)
			if name == "indexed" {
				go func() { _ = s.IndexOrders(b.Context()) }()
			}
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := s.Append([]Record{{Kind: Lines, Raw: raw}}); err != nil {
					b.Fatal(err)
				}
			}
			first, last, _ := s.Journal()
			s.index.mu.RLock()
			defer s.index.mu.RUnlock()
			b.ReportMetric(float64(s.index.built-first+1)/float64(last-first+1), "indexed-share")
		})
	}
}

// busy returns how long processors have worked for this process.
func busy() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkOrder looks orders up: by how many lines a record has, of as many records as the order has events. The time of
// processors is that of all goroutines, and does not grow by what else the machine does.
func BenchmarkOrder(b *testing.B) {
	for _, c := range []struct{ records, perRecord int }{{5000, 4000}, {25_000, 800}} {
		b.Run(fmt.Sprintf("records=%d/lines=%d", c.records/every, c.perRecord), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{Reserve: -1, Orders: firstWord})
			require.NoError(b, err)
			defer s.Close()
			began := time.Now()
			for n := range c.records {
				_, err := s.Append([]Record{{Kind: Lines, Raw: recordOf(n, c.perRecord)}})
				require.NoError(b, err)
			}
			b.Logf("appended in %v", time.Since(began))
			began = time.Now()
			orderOf := firstWord()
			for more := true; more; {
				more, err = s.indexSome(b.Context(), orderOf)
				require.NoError(b, err)
			}
			b.Logf("indexed in %v: %d segments", time.Since(began), len(s.index.segments))
			b.ReportAllocs()
			n, before := 0, busy()
			for b.Loop() {
				n++
				found, err := s.Order(fmt.Sprintf("k%d-%d", n*97%every, n%10))
				if err != nil || len(found) != c.records/every {
					b.Fatal(len(found), err)
				}
			}
			b.ReportMetric(float64((busy()-before).Microseconds())/1000/float64(n), "cpu-ms/op")
		})
	}
}

// BenchmarkCopy copies and restores a store of 4 million lines and 20,000
// alerts; bytes are those of the copy.
func BenchmarkCopy(b *testing.B) {
	s, err := Open(b.TempDir(), Options{Reserve: -1})
	require.NoError(b, err)
	defer s.Close()
	lines := int64(0)
	for n := range 1000 {
		lines += 4000
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Count: 4000, Raw: recordOf(n, 4000), Positions: map[string]FeedPosition{"f": {Lines: lines}}}})
		require.NoError(b, err)
	}
	alerts := make([]orderguard.Alert, 20_000)
	for i := range alerts {
		alerts[i] = alert(fmt.Sprintf("s-%d", i%100), fmt.Sprintf("al_%d", i), 50, "r")
	}
	put(b, s, alerts...)
	path := filepath.Join(b.TempDir(), "copy")
	b.Run("backup", func(b *testing.B) {
		for b.Loop() {
			f, err := os.Create(path)
			require.NoError(b, err)
			_, err = s.Backup(b.Context(), f, Copy{})
			require.NoError(b, err)
			size, err := f.Seek(0, io.SeekCurrent)
			require.NoError(b, err)
			b.SetBytes(size)
			require.NoError(b, errors.Join(f.Sync(), f.Close()))
		}
	})
	b.Run("restore", func(b *testing.B) {
		for b.Loop() {
			f, err := os.Open(path)
			require.NoError(b, err)
			info, err := f.Stat()
			require.NoError(b, err)
			b.SetBytes(info.Size())
			dir := filepath.Join(b.TempDir(), "restored")
			_, err = Restore(b.Context(), dir, Options{Reserve: -1}, f)
			require.NoError(b, err)
			require.NoError(b, errors.Join(f.Close(), os.RemoveAll(dir)))
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			requireSound(b, s)
		}
	})
}
