package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
)

// JoinRules makes one set of several, in their order. A set alone stays as it
// is. Two sets may not each say how accounts are linked, unless they say the same.
func JoinRules(sets []*RuleSet) (*RuleSet, error) {
	if len(sets) == 1 {
		return sets[0], nil
	}
	all := &RuleSet{Links: defaultLinks()}
	hash := sha256.New()
	for _, set := range sets {
		all.Rules = append(all.Rules, set.Rules...)
		all.Lists = append(all.Lists, set.Lists...)
		fmt.Fprintln(hash, set.Version)
		switch {
		case reflect.DeepEqual(set.Links, defaultLinks()) || reflect.DeepEqual(set.Links, all.Links):
		case reflect.DeepEqual(all.Links, defaultLinks()):
			all.Links = set.Links
		default:
			return nil, fmt.Errorf("links: two files of rules say differently how accounts are linked; say it in one of them")
		}
	}
	all.Version = hex.EncodeToString(hash.Sum(nil)[:4])
	return all, nil
}
