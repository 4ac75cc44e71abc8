package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// FamilyCount is how many orders of a family a rule flagged wrongly. The family
// "trade" is ordinary trade; that of an attack means an order with which the
// attacker hides, such as one that a serial refunder keeps.
type FamilyCount struct {
	Family string `json:"family"`
	RuleCount
}

// Blame adds to the report what the orders that were flagged without a label
// were in truth, from the lines that GenerateOrigins writes.
func (r *Report) Blame(origins io.Reader) error {
	wrong := map[string]string{}
	for _, w := range r.WrongOrders {
		wrong[w.Order] = "trade"
	}
	err := eachLine("origins", origins, func(line []byte) error {
		var o struct{ Order, Family string }
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		if o.Order == "" || o.Family == "" {
			return errors.New(`an origin needs "order" and "family"`)
		}
		if wrong[o.Order] != "" {
			wrong[o.Order] = o.Family
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	counts := map[FamilyCount]int{}
	for _, w := range r.WrongOrders {
		for _, rule := range w.Rules {
			counts[FamilyCount{wrong[w.Order], RuleCount{Scenario: w.Scenario, Rule: rule}}]++
		}
	}
	r.WrongByFamily = nil
	for c, n := range counts {
		c.Orders = n
		r.WrongByFamily = append(r.WrongByFamily, c)
	}
	slices.SortFunc(r.WrongByFamily, func(a, b FamilyCount) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), strings.Compare(a.Family, b.Family),
			cmp.Compare(a.Scenario, b.Scenario), strings.Compare(a.Rule, b.Rule))
	})
	return nil
}
