package casework

import (
	"fmt"

	"github.com/orderguard/orderguard"
)

// examine looks at a report: at all scenarios, whatever was chosen. A clear
// case is decided at once, the others wait for a reviewer; so does that of a buyer of whom
// nothing was flagged, if much of what he orders is refunded or disputed.
func (d *Desk) examine(x *Examine) *Refusal {
	r := d.reports[x.Report]
	if r == nil {
		return noReport(x.Report)
	}
	if r.State != orderguard.Submitted {
		return nil // examined before
	}
	r.Examined = d.p.examined(x)
	worst := worstOf(r.Examined, r.Scenario)
	r.alerts = x.Alerts
	ruling := orderguard.Ruling{By: engine, Grounds: worst.Wording}
	switch {
	case worst.Finding == orderguard.Malicious && !d.seller(r.Shop).Doubted:
		ruling.Upheld, ruling.Scenario, ruling.Severity = true, worst.Scenario, severityOf(x.Alerts, worst.Scenario)
		d.rule(r, x.Order, ruling)
	case worst.Finding == orderguard.NothingFound && len(r.Evidence) == 0 && int64(x.Buyer.Completed) >= d.p.Reports.KnownOrders:
		counts := x.Buyer.counts()
		ruling.Grounds = orderguard.Wording{
			En: "No alert stands under any scenario, neither on this order nor on others of the buyer; " + counts.En + "; and the report came without evidence",
			Zh: "已对全部场景统一排查：该订单及该买家的其他订单均无有效预警；" + counts.Zh + "；且举报未附证据",
		}
		d.rule(r, x.Order, ruling)
	default:
		r.State = orderguard.Reviewing
		d.show(r)
	}
	return nil
}

// examined returns the finding under each scenario.
func (p *Policy) examined(x *Examine) []orderguard.Examined {
	var list []orderguard.Examined
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		list = append(list, p.examinedFor(s, alertUnder(x.Alerts, s), &x.Buyer))
	}
	return list
}

// examinedFor returns the finding under one scenario. It shows nothing of
// another shop but how many there are.
func (p *Policy) examinedFor(s orderguard.Scenario, alert *Seen, b *BuyerRecord) orderguard.Examined {
	e := orderguard.Examined{Scenario: s, Finding: orderguard.Suspicious}
	shops, here := b.Shops[s], b.Here[s]
	if alert != nil {
		e.Score = alert.Score
	}
	switch {
	case alert == nil && shops == 0 && here == 0:
		return p.unflagged(s, b)
	case alert == nil && shops == 0:
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("No alert stands on this order; %s of the buyer at your shop %s flagged", some(int64(here), "other order"), wasOrWere(here)),
			Zh: fmt.Sprintf("该订单无有效预警；该买家在本店有 %d 笔其他订单被预警", here),
		}
	case alert == nil && here > 0:
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("No alert stands on this order; %s of the buyer at your shop and orders at %s were flagged", some(int64(here), "other order"), some(int64(shops), "other shop")),
			Zh: fmt.Sprintf("该订单无有效预警；该买家在本店有 %d 笔其他订单、在其他 %d 家店铺有订单被预警", here, shops),
		}
	case alert == nil:
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("No alert stands on this order; orders of the buyer at %s were flagged", some(int64(shops), "other shop")),
			Zh: fmt.Sprintf("该订单无有效预警；该买家在其他 %d 家店铺有订单被预警", shops),
		}
	case int64(alert.Score) >= p.Reports.SureScore:
		e.Finding = orderguard.Malicious
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("This order was flagged with the score %d; from %d a case is clear", alert.Score, p.Reports.SureScore),
			Zh: fmt.Sprintf("该订单被预警，风险分 %d，达到 %d 分即可认定", alert.Score, p.Reports.SureScore),
		}
	case int64(alert.Score) >= p.Reports.LikelyScore && int64(shops) >= p.Reports.OtherShops:
		e.Finding = orderguard.Malicious
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("This order was flagged with the score %d, and orders of the buyer at %s were flagged alike; from %d and %s a case is clear", alert.Score, some(int64(shops), "other shop"), p.Reports.LikelyScore, some(p.Reports.OtherShops, "other shop")),
			Zh: fmt.Sprintf("该订单被预警，风险分 %d，且该买家在其他 %d 家店铺有同类预警；达到 %d 分且 %d 家店铺即可认定", alert.Score, shops, p.Reports.LikelyScore, p.Reports.OtherShops),
		}
	case shops == 0:
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("This order was flagged with the score %d, and no order of the buyer at another shop was flagged alike; that is not enough for a decision without a reviewer", alert.Score),
			Zh: fmt.Sprintf("该订单被预警，风险分 %d，该买家在其他店铺没有同类预警；不足以直接认定，转人工审核", alert.Score),
		}
	default:
		e.Wording = orderguard.Wording{
			En: fmt.Sprintf("This order was flagged with the score %d, and orders of the buyer at %s were flagged alike; that is not enough for a decision without a reviewer", alert.Score, some(int64(shops), "other shop")),
			Zh: fmt.Sprintf("该订单被预警，风险分 %d，该买家在其他 %d 家店铺有同类预警；不足以直接认定，转人工审核", alert.Score, shops),
		}
	}
	return e
}

// wasOrWere is the verb for so many.
func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// alertUnder returns the order's alert under a scenario, unless the seller
// himself has called it normal.
func alertUnder(alerts []Seen, s orderguard.Scenario) *Seen {
	var best *Seen
	for i := range alerts {
		a := &alerts[i]
		if a.Scenario == s && a.Status != orderguard.Normal && (best == nil || a.Score > best.Score) {
			best = a
		}
	}
	return best
}

// severityOf returns how grave an order's alert under a scenario is, 0 if it has none.
func severityOf(alerts []Seen, s orderguard.Scenario) orderguard.Severity {
	if best := alertUnder(alerts, s); best != nil {
		return best.Severity
	}
	return 0
}

// attackOf returns the attack of which an order was part under a scenario, whatever was
// said of its alert; "" for none.
func attackOf(alerts []Seen, s orderguard.Scenario) string {
	for i := range alerts {
		if alerts[i].Scenario == s && alerts[i].Attack != "" {
			return alerts[i].Attack
		}
	}
	return ""
}

// worstOf returns the gravest finding: of equal ones that under the scenario
// which was reported, then that with the highest score.
func worstOf(list []orderguard.Examined, reported orderguard.Scenario) orderguard.Examined {
	worst := list[0]
	for _, e := range list[1:] {
		switch {
		case e.Finding != worst.Finding:
			if e.Finding > worst.Finding {
				worst = e
			}
		case worst.Scenario == reported:
		case e.Scenario == reported || e.Score > worst.Score:
			worst = e
		}
	}
	return worst
}
