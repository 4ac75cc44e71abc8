package ingest

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// padding is how many bytes must be readable behind the '\n' of a line, because
// the scan loads 16 bytes at a time.
const padding = 32

// Bytes repeated over a word.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// load returns the 8 bytes at base+p, the first one lowest.
func load(base unsafe.Pointer, p int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(base, p))[:])
}

// at returns the byte at base+p.
func at(base unsafe.Pointer, p int) byte { return *(*byte)(unsafe.Add(base, p)) }

// view returns the bytes from p to q as a string, without copying them.
func view(base unsafe.Pointer, p, q int) string {
	return unsafe.String((*byte)(unsafe.Add(base, p)), q-p)
}

// special marks, by its high bit, the lowest byte of w that ends the plain part
// of a JSON string: a quote, a backslash or a control character. Marks above
// the lowest one may be false.
//
// Flipping bit 1 puts the quote (0x22 to 0x20) right behind the control
// characters, so that one subtraction finds both.
func special(w uint64) uint64 {
	return (((w ^ 0x02*ones) - 0x21*ones) | ((w ^ '\\'*ones) - ones)) &^ w & highs
}

// index returns the position of the lowest marked byte.
func index(m uint64) int { return bits.TrailingZeros64(m) >> 3 }

// eightDigits reads w as 8 decimal digits.
func eightDigits(w uint64) (v uint64, ok bool) {
	d := w ^ '0'*ones
	if (d|(d+0x76*ones))&highs != 0 {
		return 0, false
	}
	d = d*10 + d>>8
	d = (d&0x000000FF000000FF)*0x000F424000000064 + (d>>16&0x000000FF000000FF)*0x0000271000000001
	return d >> 32, true
}
