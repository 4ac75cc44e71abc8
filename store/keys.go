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
)

// maxName is the longest alert id, feed name or token id, in bytes. It has to
// fit the one byte that holds a length.
const maxName = 255

var (
	seqKey      = []byte("mseq")
	positionKey = []byte("mpos")
	layoutKey   = []byte("mlayout")
	idKey       = []byte("mid")
	copiedKey   = []byte("mcopied")
)

// validShop says whether a shop's name can be in a key. No event with another
// one is accepted, so nothing is stored under it.
func validShop(shop string) bool { return shop != "" && len(shop) <= orderguard.MaxID }

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

// seqOf reads the number at the end of a change's or a record's key.
func seqOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

// metaOf packs what filters look at into the one byte that Badger keeps beside
// a key.
func metaOf(a *orderguard.Alert) byte { return byte(a.Scenario)<<3 | byte(a.Status)&7 }
