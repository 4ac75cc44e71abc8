package store

import (
	"encoding/binary"
	"fmt"

	"github.com/orderguard/orderguard"
)

const (
	kindAlert    = 'a'
	kindChange   = 'c'
	kindHead     = 'h'
	kindTimeline = 't'
	kindFeed     = 'f'
	kindPost     = 'p'
	kindToken    = 'k'
	kindTokenID  = 'i'
	kindRecord   = 'j'
	kindMeta     = 'm'

	kindAct        = 'x'
	kindVerdict    = 'v'
	kindReport     = 'r'
	kindShopReport = 's'
	kindDecision   = 'd'
	kindDelta      = 'e'
	kindBuyerAlert = 'b'
	kindAttack     = 'g'
	kindNews       = 'n'
	kindCursor     = 'w'
)

// maxName is the longest alert id, feed name or token id, in bytes. It has to
// fit the one byte that holds a length.
const maxName = 255

var (
	seqKey       = []byte("mseq")
	positionKey  = []byte("mpos")
	layoutKey    = []byte("mlayout")
	ranKey       = []byte("mran")
	idKey        = []byte("mid")
	copiedKey    = []byte("mcopied")
	undatedKey   = []byte("mundated")
	apartKey     = []byte("mapart")
	journalIDKey = []byte("mline")
)

// validShop says whether a shop's name can be in a key. No event with another
// one is accepted, so nothing is stored under it.
func validShop(shop string) bool { return shop != "" && len(shop) <= orderguard.MaxID }

// validName says whether a name can be in a key.
func validName(name string) bool { return name != "" && len(name) <= maxName }

// shopKey returns the beginning of a shop's keys of one kind, with room for
// what follows. The caller has checked the shop's name.
func shopKey(kind byte, shop string) []byte {
	if len(shop) > maxName {
		panic(fmt.Sprintf("BUG: a shop's name of %d bytes in a key", len(shop)))
	}
	k := make([]byte, 0, 2+len(shop)+48)
	k = append(k, kind, byte(len(shop)))
	return append(k, shop...)
}

func alertKey(shop, id string) []byte { return append(shopKey(kindAlert, shop), id...) }

func changeKey(shop string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(shopKey(kindChange, shop), seq)
}

func headKey(shop string) []byte { return shopKey(kindHead, shop) }

func timelinePrefix(shop, id string) []byte {
	return append(append(shopKey(kindTimeline, shop), byte(len(id))), id...)
}

func timelineKey(shop, id string, revision int) []byte {
	return binary.BigEndian.AppendUint32(timelinePrefix(shop, id), uint32(revision))
}

func feedKey(feed string) []byte { return append([]byte{kindFeed}, feed...) }

func postKey(name string) []byte { return append([]byte{kindPost}, name...) }

func recordKey(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{kindRecord}, n) }

func tokenKey(hash [32]byte) []byte { return append([]byte{kindToken}, hash[:]...) }

func tokenIDKey(id string) []byte { return append([]byte{kindTokenID}, id...) }

func actKey(place uint64) []byte { return binary.BigEndian.AppendUint64([]byte{kindAct}, place) }

// verdictPrefix begins the keys of the verdicts on an alert.
func verdictPrefix(shop, alert string) []byte {
	return append(append(shopKey(kindVerdict, shop), byte(len(alert))), alert...)
}

func verdictKey(shop, alert string, number int) []byte {
	return binary.BigEndian.AppendUint32(verdictPrefix(shop, alert), uint32(number))
}

func reportKey(id string) []byte { return append([]byte{kindReport}, id...) }

func shopReportKey(shop string, place uint64) []byte {
	return binary.BigEndian.AppendUint64(shopKey(kindShopReport, shop), place)
}

func decisionKey(seq uint64) []byte { return binary.BigEndian.AppendUint64([]byte{kindDecision}, seq) }

// dayKey begins the keys of a shop's deltas of a day. Days before 1970 come
// before those after it.
func dayKey(shop string, d orderguard.Day) []byte {
	return binary.BigEndian.AppendUint32(shopKey(kindDelta, shop), uint32(d)^1<<31)
}

func deltaKey(shop string, d orderguard.Day, place uint64) []byte {
	return binary.BigEndian.AppendUint64(dayKey(shop, d), place)
}

// newsKey is in the list of a shop, or with "" in that of the whole site.
func newsKey(shop string, place uint64) []byte {
	return binary.BigEndian.AppendUint64(shopKey(kindNews, shop), place)
}

// endpointKey is where an endpoint began, and begins the keys of how far it is
// with each shop.
func endpointKey(endpoint string) []byte { return shopKey(kindCursor, endpoint) }

func cursorKey(endpoint, shop string) []byte {
	return append(append(endpointKey(endpoint), byte(len(shop))), shop...)
}

// A buyer's name may hold any bytes, as a shop's may.
func buyerAlertKey(buyer string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(shopKey(kindBuyerAlert, buyer), seq)
}

// attackPrefix begins the keys of the alerts of an attack at a shop.
func attackPrefix(shop, attack string) []byte {
	return append(append(shopKey(kindAttack, shop), byte(len(attack))), attack...)
}

func attackKey(shop, attack, alert string) []byte {
	return append(attackPrefix(shop, attack), alert...)
}

// seqOf reads the number at the end of a change's or a record's key.
func seqOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

// metaOf packs what filters look at into the one byte that Badger keeps beside
// a key.
func metaOf(a *orderguard.Alert) byte { return byte(a.Scenario)<<3 | byte(a.Status)&7 }
