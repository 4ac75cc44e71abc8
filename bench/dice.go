package bench

import "hash/fnv"

// dice is a splitmix64 generator. It draws what follows from an identifier (an
// address from an address number), where a value that fits a register and can
// be seeded for free is worth more than the longer period of a PCG.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	return scramble(uint64(*d))
}

// n draws from [0, k), k > 0. Its bias is below k/2^32.
func (d *dice) n(k int) int { return int((d.next() >> 32) * uint64(k) >> 32) }

// scramble maps numbers one to one onto numbers without visible order.
func scramble(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashName returns a number for a name.
func hashName(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

const base32 = "0123456789abcdefghjkmnpqrstvwxyz"

// appendCode appends a number as 13 characters.
func appendCode(b []byte, x uint64) []byte {
	return append(b,
		base32[x>>60], base32[x>>55&31], base32[x>>50&31], base32[x>>45&31], base32[x>>40&31],
		base32[x>>35&31], base32[x>>30&31], base32[x>>25&31], base32[x>>20&31], base32[x>>15&31],
		base32[x>>10&31], base32[x>>5&31], base32[x&31])
}
