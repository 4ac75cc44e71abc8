package detect

import (
	"crypto/sha256"
	"encoding/base32"

	"github.com/orderguard/orderguard"
)

// AlertID returns the id of the alert for an order under a scenario.
func AlertID(order string, s orderguard.Scenario) string { return "al_" + shortID(s.String(), order) }

// flagKey returns the hash of an order and a scenario.
func flagKey(order string, s orderguard.Scenario) uint64 { return mix(hashOf(order), uint64(s)) }

// shadowKey returns the hash of an order and the number of a shadow rule.
func shadowKey(order string, r int) uint64 { return mix(flagKey(order, 0), uint64(r)) }

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// shortID returns 16 characters, 80 bits, of a hash over the parts.
func shortID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte{byte(len(p)), byte(len(p) >> 8)})
		h.Write([]byte(p))
	}
	return idEncoding.EncodeToString(h.Sum(nil)[:10])
}
