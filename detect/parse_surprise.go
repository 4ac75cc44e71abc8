package detect

import "slices"

// within reads the length of the window.
func (p *parser) within(c *condDraft) {
	n := c.keys["within"]
	switch {
	case n != nil && c.ofEdge():
		p.at(n, "the surprise of an edge (by two fields) has no window: its present fades by half in ten minutes; remove \"within:\"")
	case n != nil:
		c.Within, _ = p.window(n, "within")
		c.WithinText = n.Value
	case !c.ofEdge():
		p.at(c.node, "the condition has no \"within:\"; add the window's length, such as \"within: 10m\"")
	}
}

// surprise refuses what the surprise of a key or an edge cannot be.
func (p *parser) surprise(c *condDraft) {
	if c.Measure != Surprise {
		return
	}
	if n := c.keys["aged"]; n != nil {
		p.at(n, "a surprise is that of the present; remove \"aged:\"")
	}
	if c.Within > maxOfKey && !c.ofEdge() {
		p.at(c.keys["within"], "within %s: a key knows its normal by the hour of the day, so that the window of its surprise is at most 1h; shorten it", c.WithinText)
	}
	switch by := c.keys["by"]; {
	case len(c.By) > 2:
		p.at(by, "a surprise is that of a key (by: [shop]) or of an edge between two (by: [buyer, shop]), and by names %d fields; remove some", len(c.By))
	case c.byCluster() || listIn(c.By) != 0:
		p.at(by, "a surprise is not learned by a list or by cluster; remove it from by")
	case slices.Contains(c.By, FieldOrder):
		p.at(by, "an order is over before it has a normal to be surprised at; take another field than order")
	}
	if n := c.keys["context"]; n != nil && c.ofEdge() && !c.Context {
		p.at(n, "the surprise of an edge flags no orders of its own, so it is always context; remove \"context: false\"")
	}
	c.Context = c.Context || c.ofEdge()
}
