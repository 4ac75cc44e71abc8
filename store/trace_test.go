package store

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/stretchr/testify/require"
)

func TestPointersAreSeen(t *testing.T) {
	t.Parallel()
	shown := trace{after: 7}
	see := func(n, version uint64, pointer ...uint32) {
		var value []byte
		for _, v := range pointer {
			value = binary.NativeEndian.AppendUint32(value, v)
		}
		meta := byte(0)
		if len(pointer) > 0 {
			meta = entryPointer
		}
		shown.see(y.KeyWithTs(recordKey(n), version), meta, value)
	}
	see(5, 1, 3, 10, 100)
	see(8, 2, 3, 5, 20)
	see(8, 2, 4, 1, 1) // moved
	see(9, 3, 4, 2, 2)
	see(9, 4) // beside its key by now
	see(9, 3, 4, 3, 3)
	require.Equal(t, map[uint32]int64{3: 110, 4: 6}, shown.ends)
	require.EqualValues(t, 9, shown.last)
	require.Equal(t, map[uint64]placement{
		8: {version: 2, places: []place{{3, 5, 20}, {4, 1, 1}}},
		9: {version: 4},
	}, shown.tail)
}

// logWith writes a value log of records, each with the version of its transaction.
func logWith(t *testing.T, records ...versioned) string {
	data := make([]byte, logHeader)
	for _, r := range records {
		key := y.KeyWithTs(recordKey(r.number), r.version)
		entry := append([]byte{0, 0, byte(len(key)), 20, 0}, key...)
		entry = append(entry, "a value of 20 bytes."...)
		data = append(data, binary.BigEndian.AppendUint32(entry, crc32.Checksum(entry, castagnoli))...)
	}
	path := filepath.Join(t.TempDir(), "000001.vlog")
	require.NoError(t, os.WriteFile(path, append(data, make([]byte, 3*logPage)...), 0o600))
	return path
}

// TestMovedRecordsShowNoCommit: Reclaim writes records of before behind one whose commit is
// under way.
func TestMovedRecordsShowNoCommit(t *testing.T) {
	t.Parallel()
	for want, records := range map[uint64][]versioned{
		0:  {{10, 20}, {3, 5}, {4, 6}},
		10: {{10, 20}, {3, 5}, {4, 6}, {11, 21}, {12, 21}},
		12: {{10, 20}, {11, 21}, {12, 21}, {3, 5}, {13, 22}},
	} {
		l, err := scanLog(logWith(t, records...), math.MaxUint64)
		require.NoError(t, err)
		require.True(t, l.open)
		require.Equal(t, want, l.durable)
	}
}
