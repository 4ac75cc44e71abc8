package detect

import "github.com/orderguard/orderguard"

// phoneLeast is how many digits a telephone number has at least that is compared.
const phoneLeast = 7

// phoneHash returns the hash of the telephone number of an address: of its last nine
// digits, so that the prefix of a country, spaces and signs do not matter. It is 0 for
// a number that tells nobody from others: too short, masked for privacy, with an
// extension, or made up.
func phoneHash(s *orderguard.ShipTo) uint64 {
	digits, last := 0, uint64(0)
	for i := range len(s.Phone) {
		switch c := s.Phone[i]; {
		case c >= '0' && c <= '9':
			digits, last = digits+1, (last*10+uint64(c-'0'))%1_000_000_000
		case c == '*' || c >= 0x80 || c|0x20 == 'x':
			return 0
		}
	}
	if digits < phoneLeast || isMadeUpPhone(s) {
		return 0
	}
	return mix(last, uint64(FieldPhone))
}
