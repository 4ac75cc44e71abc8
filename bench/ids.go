package bench

import "math/rand/v2"

// idStyle is how a marketplace writes identifiers: a prefix for each kind of
// thing, and a number's form.
type idStyle struct {
	prefix [idKinds]string
	form   idForm
	ipv6   uint64 // share of such addresses, in hundredths
}

// idForm is how a number is written.
type idForm uint8

const (
	formCode  idForm = iota // 13 letters and digits
	formUUID                // 8-4-4-4-12 hexadecimal digits
	formHex                 // 16 hexadecimal digits
	formDigit               // up to 20 decimal digits
	formShort               // up to 15 decimal digits, of the upper 48 bits
	idForms
)

// The kinds of things that have identifiers.
const (
	idEvent = iota
	idOrder
	idShop
	idBuyer
	idSKU
	idDevice
	idAddress
	idPayment
	idDispute
	idReview
	idEvidence
	idKinds
)

var idPrefixes = [][idKinds]string{
	{"e-", "o-", "s-", "b-", "k-", "d-", "a-", "p-", "q-", "r-", "h-"},
	{"", "", "", "", "", "", "", "", "", "", ""},
	{"evt_", "ord_", "shop_", "usr_", "sku_", "dev_", "adr_", "pm_", "dsp_", "rev_", "sha256:"},
	{"E", "SO", "ST", "C", "I", "D", "A", "CARD", "DP", "RV", "F"},
}

// shortEnough is how many orders there may be for short ids to differ.
const shortEnough = 300_000

func drawIDStyle(r *rand.Rand) idStyle {
	return idStyle{prefix: idPrefixes[r.IntN(len(idPrefixes))], form: idForm(r.IntN(int(idForms))), ipv6: uint64(max(0, r.IntN(60)-30))}
}

// append appends the identifier of a number.
func (s *idStyle) append(b []byte, kind int, n uint64) []byte {
	b = append(b, s.prefix[kind]...)
	switch s.form {
	case formUUID:
		b = appendHex(b, n>>32, 8)
		low := scramble(n ^ 0x5bd1e995)
		b = appendHex(append(b, '-'), n>>16, 4)
		b = appendHex(append(b, '-', '4'), low>>52, 3)
		b = appendHex(append(b, '-', "89ab"[low&3]), low>>40, 3)
		return appendHex(appendHex(append(b, '-'), n, 4), low, 8)
	case formHex:
		return appendHex(b, n, 16)
	case formDigit:
		return appendUint(b, n)
	case formShort:
		return appendUint(b, n>>16)
	}
	return appendCode(b, n)
}

// field appends a further field whose value is an identifier.
func (s *idStyle) field(b []byte, key string, kind int, n uint64) []byte {
	b = append(append(append(b, `,"`...), key...), `":"`...)
	return append(s.append(b, kind, n), '"')
}

// appendHex appends the lowest digits of a number.
func appendHex(b []byte, n uint64, digits int) []byte {
	for i := 4 * (digits - 1); i >= 0; i -= 4 {
		b = append(b, "0123456789abcdef"[n>>i&15])
	}
	return b
}

// appendIP appends an address made of a number.
func (s *idStyle) appendIP(b []byte, n uint64) []byte {
	b = append(b, `,"ip":"`...)
	if n>>40%100 < s.ipv6 {
		b = append(appendHex(append(b, "2a0"...), n>>36, 1), ':')
		b = appendHex(append(appendHex(b, n>>24, 4), ':'), n>>8, 4)
		return append(appendHex(append(b, "::"...), n|1, 4), '"')
	}
	b = appendInt(b, int64(11+n%180))
	b = appendInt(append(b, '.'), int64(n>>8&255))
	b = appendInt(append(b, '.'), int64(n>>16&255))
	return append(appendInt(append(b, '.'), int64(n>>24&255)), '"')
}
