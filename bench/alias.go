package bench

import "math/rand/v2"

// alias draws from weights with one random number and one look-up each
// (A. J. Walker; construction by M. Vose).
type alias struct {
	cut   []uint32 // of 2^32: below it the place itself is drawn, else other
	other []uint32
}

func newAlias(weights []float64) *alias {
	n := len(weights)
	a := &alias{cut: make([]uint32, n), other: make([]uint32, n)}
	sum := 0.
	for _, w := range weights {
		sum += w
	}
	scaled := make([]float64, n)
	var small, large []int
	for i, w := range weights {
		scaled[i] = w * float64(n) / sum
		a.cut[i], a.other[i] = 1<<32-1, uint32(i)
		if scaled[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.cut[s], a.other[s] = uint32(scaled[s]*(1<<32-1)), uint32(l)
		if scaled[l] -= 1 - scaled[s]; scaled[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return a
}

// draw draws a place.
func (a *alias) draw(p *rand.PCG) uint64 {
	x := p.Uint64()
	i := (x >> 32) * uint64(len(a.cut)) >> 32
	if uint32(x) < a.cut[i] {
		return i
	}
	return uint64(a.other[i])
}
