package detect

import (
	_ "embed"
	"sync"
)

// ShippedYAML is the rule file that comes with the product, as users read, copy
// and change it.
//
//go:embed shipped.yaml
var ShippedYAML []byte

// ShippedRules returns the rules of ShippedYAML. They are parsed once and
// shared: do not change them.
func ShippedRules() *RuleSet { return shipped() }

var shipped = sync.OnceValue(func() *RuleSet {
	set, err := ParseRules("shipped.yaml", ShippedYAML)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return set
})
