package casework

import "github.com/orderguard/orderguard"

// Change is one thing that followed: what the store commits with the act, in
// this order, and what feeds then show. Exactly one of the pointers is set. A
// Verdict, a Decision and a Delta are added to a list; the others take the
// place of what stood under their key.
type Change struct {
	Verdict  *orderguard.Verdict    `json:"verdict,omitempty"`   // by alert, then number
	Report   *orderguard.Report     `json:"report,omitempty"`    // by report
	Decision *orderguard.Decision   `json:"decision,omitempty"`  // by seq
	Sanction *orderguard.Sanction   `json:"sanction,omitempty"`  // by buyer
	Quiet    *orderguard.Quiet      `json:"quiet,omitempty"`     // by shop, buyer, scenario
	Rule     *orderguard.RuleRecord `json:"rule,omitempty"`      // by rule, version
	Seller   *SellerRecord          `json:"seller,omitempty"`    // by shop
	Exclude  *orderguard.Exclusion  `json:"exclusion,omitempty"` // by shop, order; for the ledger
	Delta    *orderguard.Delta      `json:"delta,omitempty"`     // by shop, day
	Gone     *Gone                  `json:"gone,omitempty"`
}

// Gone says that a record has been kept for as long as it may be read.
type Gone struct {
	Report string            `json:"report,omitempty"`
	Alert  string            `json:"alert,omitempty"` // all its verdicts
	Shop   string            `json:"shop"`
	At     orderguard.Millis `json:"at"`
}

// SellerRecord is how a shop has used reports, for reviewers.
type SellerRecord struct {
	Shop     string `json:"shop"`
	Open     int    `json:"open"`
	Upheld   int    `json:"upheld"`
	Rejected int    `json:"rejected"`
	Weight   int64  `json:"weight"` // percent
	Doubted  bool   `json:"doubted"`
}
