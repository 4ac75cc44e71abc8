package casework

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/orderguard/orderguard"
)

// Few orders prove little: three of three refunded prove that the buyer contests 9% of them, 20 of
// 100 that it is 12%. The prior of a buyer's share is a beta distribution with the mean usualShare
// and the weight of usualWeight orders; the credible share is the lower bound of the posterior, which
// the buyer's own exceeds with a chance of 95%. Rules bound rates likewise, by a prior that they
// count from the stream (detect/rate.go).
const (
	usualShare  = .05
	usualWeight = 10
	doubt       = .05
)

// credibleShare returns, in whole percent from 0 to 99, how much of a buyer's orders was refunded or
// disputed, as far as it is certain; 0 where none was.
func (b *BuyerRecord) credibleShare() int64 {
	if b.Contested == 0 {
		return 0
	}
	contested, kept := usualWeight*usualShare+float64(b.Contested), usualWeight*(1-usualShare)+float64(b.Completed)
	return int64(math.Floor(100 * mathext.InvRegIncBeta(contested, kept, doubt)))
}

// contests says whether so much of a buyer's orders was refunded or disputed that no report
// of one is rejected without a reviewer.
func (p *ReportPolicy) contests(b *BuyerRecord) bool {
	return b.Contested > 0 && b.credibleShare() >= p.ContestedShare
}

// shows says whether a buyer's refunds and disputes bear on a scenario.
func (b *BuyerRecord) shows(s orderguard.Scenario) bool {
	return s == orderguard.MaliciousRefund && b.Refunded > 0 || s == orderguard.MaliciousDispute && b.Disputed > 0
}

// counts words what became of a buyer's orders over the whole site, behind something else.
func (b *BuyerRecord) counts() orderguard.Wording {
	return orderguard.Wording{
		En: fmt.Sprintf("of the buyer's orders over the whole site %d were completed and kept, %d refunded, %d disputed", b.Completed, b.Refunded, b.Disputed),
		Zh: fmt.Sprintf("该买家全站订单中，完成且未退款、无纠纷的 %d 笔，退款 %d 笔，有纠纷 %d 笔", b.Completed, b.Refunded, b.Disputed),
	}
}

// unflagged returns the finding under a scenario under which no alert stands, neither on the
// order nor on others of the buyer.
func (p *Policy) unflagged(s orderguard.Scenario, b *BuyerRecord) orderguard.Examined {
	e := orderguard.Examined{Scenario: s, Finding: orderguard.NothingFound, Wording: orderguard.Wording{
		En: "No alert stands on this order, nor on others of the buyer", Zh: "该订单及该买家的其他订单均无有效预警",
	}}
	if !b.shows(s) {
		return e
	}
	counts := b.counts()
	e.En, e.Zh = e.En+"; "+counts.En, e.Zh+"；"+counts.Zh
	if p.Reports.contests(b) {
		e.Finding = orderguard.Suspicious
		e.En += fmt.Sprintf("; allowing for chance, and for faults of shops, at least %d%% of what this buyer orders ends in a refund or dispute, and from %d%% on a reviewer decides", b.credibleShare(), p.Reports.ContestedShare)
		e.Zh += fmt.Sprintf("；排除偶然因素及店铺自身原因后，该买家的订单至少有 %d%% 以退款或纠纷告终，达到 %d%% 须由人工审核", b.credibleShare(), p.Reports.ContestedShare)
	}
	return e
}
