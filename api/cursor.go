package api

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
)

// cursor returns the client's form of a place in a shop's changes.
func cursor(shop string, seq uint64) string {
	var b [12]byte
	putCursor(&b, shop, seq)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func putCursor(b *[12]byte, shop string, seq uint64) {
	binary.BigEndian.PutUint64(b[:8], seq)
	sum := crc32.Update(crc32.ChecksumIEEE([]byte(shop)), crc32.IEEETable, b[:8])
	binary.BigEndian.PutUint32(b[8:], sum)
}

// parseCursor is the reverse of cursor; the empty one is the beginning.
func parseCursor(shop, s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil && len(raw) == 12 {
		seq := binary.BigEndian.Uint64(raw)
		var want [12]byte
		putCursor(&want, shop, seq)
		if want == [12]byte(raw) {
			return seq, nil
		}
	}
	return 0, problem(http.StatusBadRequest, "The cursor is not one that this shop's alerts were given with.",
		`Send back "next" of the last answer as it was, or leave out "after" to begin at the first alert.`)
}

// aheadOf is the answer to a cursor beyond the shop's last change, which only a
// store that was set back can see.
func aheadOf() error {
	return problem(http.StatusBadRequest, "The cursor is ahead of this shop's alerts: the server was restored from an older state.",
		`Leave out "after" to begin at the first alert.`)
}
