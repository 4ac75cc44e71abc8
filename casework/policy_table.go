package casework

import "github.com/orderguard/orderguard"

// The most that any policy allows.
const (
	MaxText     = 20_000 // characters of a statement, a comment or one language of grounds
	MaxEvidence = 200    // hashes of a report or appeal
)

// settings are all numbers of the policy. docs/policy.md is made from them.
var settings = append(append(append([]setting{
	{"verdicts", "open_for", span, 30 * day, hour, 366 * day, "how long after the first verdict on an alert it may be changed",
		"a seller learns within the time of a delivery and a dispute whether an order was honest",
		func(p *Policy) *int64 { return millis(&p.Verdicts.OpenFor) }},
	{"verdicts", "quiet_for", span, 30 * day, 0, 366 * day, "how long `normal` keeps the buyer from being flagged under the scenario at the shop",
		"a wholesale buyer comes back within a month; longer would hide one whose account is taken over",
		func(p *Policy) *int64 { return millis(&p.Verdicts.QuietFor) }},

	{"reports", "order_age", span, 183 * day, day, 3660 * day, "how old an order may be when it is reported",
		"six months, as records last",
		func(p *Policy) *int64 { return millis(&p.Reports.OrderAge) }},
	{"reports", "decide_within", span, 48 * hour, hour, 30 * day, "the deadline of a decision, and of the second after an appeal",
		"what sellers are promised",
		func(p *Policy) *int64 { return millis(&p.Reports.DecideWithin) }},
	{"reports", "appeal_within", span, 7 * day, hour, 90 * day, "how long a decision may be appealed or overturned",
		"a working week and a weekend to find more evidence",
		func(p *Policy) *int64 { return millis(&p.Reports.AppealWithin) }},
	{"reports", "cleanse_after", span, 0, 0, 7 * day, "how long after a report is upheld its order leaves the indicators",
		"at once; two days are allowed",
		func(p *Policy) *int64 { return millis(&p.Reports.CleanseAfter) }},
	{"reports", "statement", number, 4000, 1, MaxText, "the longest statement, comment or grounds, in characters",
		"two pages",
		func(p *Policy) *int64 { return &p.Reports.Statement }},
	{"reports", "evidence", number, 20, 0, MaxEvidence, "the most hashes of evidence in one report or appeal",
		"more than a reviewer can look at within minutes",
		func(p *Policy) *int64 { return &p.Reports.Evidence }},
	{"reports", "sure_score", number, 90, 1, 101, "the score of the order's alert from which a report is upheld at once; 101 is never",
		"of alerts scored 90 and more, 99 of 100 are right on made-up marketplaces (docs/accuracy.md)",
		func(p *Policy) *int64 { return &p.Reports.SureScore }},
	{"reports", "likely_score", number, 70, 1, 101, "the score from which other shops' alerts of the same kind make the case clear",
		"three of four such alerts are right, and other shops' are independent of this one's",
		func(p *Policy) *int64 { return &p.Reports.LikelyScore }},
	{"reports", "other_shops", number, 2, 1, 1000, "how many other shops those must be",
		"one may be the same misfortune; two are a habit",
		func(p *Policy) *int64 { return &p.Reports.OtherShops }},
	{"reports", "known_orders", number, 10, 1, 100000, "how many orders that were completed and kept, neither refunded nor disputed, make a buyer known, so that a report without evidence is rejected at once if nothing is found",
		"ten completed orders cost an attacker more than the attack brings",
		func(p *Policy) *int64 { return &p.Reports.KnownOrders }},
	{"reports", "contested_share", percent, 10, 1, 100, "the credible share of a buyer's orders, over the whole site, that were refunded or disputed from which no report is rejected without a reviewer; what is credible is certain to 95 of 100, beside ten orders more of the usual one in twenty; 100% is never",
		"twice the usual; three orders of three prove 9%, four of four 13%, six of 16 12%, 20 of 100 12%",
		func(p *Policy) *int64 { return &p.Reports.ContestedShare }},

	{"sellers", "open_reports", number, 200, 1, 1000000, "how many reports of a shop may be open at once",
		"the orders of two ordinary attacks; a whole attack is better answered by a verdict",
		func(p *Policy) *int64 { return &p.Sellers.OpenReports }},
	{"sellers", "doubted_open_reports", number, 5, 1, 1000000, "the same for a shop whose reports are mostly rejected",
		"keeps a way open for a seller who is attacked after all",
		func(p *Policy) *int64 { return &p.Sellers.DoubtedOpen }},
	{"sellers", "decided_first", number, 5, 1, 1000, "how many reports must be decided before the share counts",
		"with fewer, two unlucky reports would be a verdict on the seller",
		func(p *Policy) *int64 { return &p.Sellers.DecidedFirst }},
	{"sellers", "fair_share", percent, 50, 1, 100, "the share upheld from which a seller has full weight; below it weight falls in proportion",
		"mostly rejected means less than half upheld",
		func(p *Policy) *int64 { return &p.Sellers.FairShare }},
	{"sellers", "least_weight", percent, 20, 0, 100, "the least weight",
		"five such sellers together weigh as much as one",
		func(p *Policy) *int64 { return &p.Sellers.LeastWeight }},
	{"sellers", "doubted_weight", percent, 100, 1, 100, "the weight below which a seller is doubted: fewer open reports, and none upheld without a reviewer",
		"whoever has lost weight at all is looked at",
		func(p *Policy) *int64 { return &p.Sellers.DoubtedWeight }},
}, pointSettings...), sanctionSettings...), otherSettings...)

var pointSettings = []setting{
	severityPoints(orderguard.Low, 5, "half a warning"),
	severityPoints(orderguard.Medium, 10, "one is a warning"),
	severityPoints(orderguard.High, 20, "two are more than a restriction, three a freeze, if shops agree"),
	severityPoints(orderguard.Critical, 35, "one is a restriction"),
	scenarioPercent(orderguard.MaliciousOrder, 100, "stock is locked and sales are lost"),
	scenarioPercent(orderguard.MaliciousRefund, 100, "goods and postage are lost"),
	scenarioPercent(orderguard.MaliciousDispute, 100, "goods are lost, and the shop's standing"),
	scenarioPercent(orderguard.MaliciousReview, 50, "a review is opinion: it takes twice the findings"),
	scenarioPercent(orderguard.Harassment, 50, "it annoys and costs little"),
	scenarioPercent(orderguard.Unfulfillable, 0, "an address that cannot be reached is mostly a slip; the order is closed, the buyer not punished"),
	{"points", "report", percent, 150, 100, 1000, "what a finding by an upheld report weighs against one by a verdict",
		"the whole site was looked at, and someone other than the seller decided",
		func(p *Policy) *int64 { return &p.Points.Report }},
	{"points", "half_life", span, 30 * day, hour, 3660 * day, "after how long points are half as many",
		"a year's good conduct leaves nothing of the worst month",
		func(p *Policy) *int64 { return millis(&p.Points.HalfLife) }},
	{"points", "keep", span, 180 * day, day, 3660 * day, "after how long a finding weighs nothing",
		"six half-lives leave one part in 64",
		func(p *Policy) *int64 { return millis(&p.Points.Keep) }},
}

func severityPoints(s orderguard.Severity, points int64, why string) setting {
	return setting{"points", s.String(), number, points, 0, 10000, "points of a finding of severity " + s.String(), why,
		func(p *Policy) *int64 { return &p.Points.BySeverity[s] }}
}

func scenarioPercent(s orderguard.Scenario, share int64, why string) setting {
	return setting{"points", s.String(), percent, share, 0, 1000, "how much of them counts under " + s.String(), why,
		func(p *Policy) *int64 { return &p.Points.ByScenario[s] }}
}

var sanctionSettings = []setting{
	threshold(orderguard.Warned, 10, "one finding of medium severity"),
	threshold(orderguard.Restricted, 30, "more than one finding of high severity"),
	threshold(orderguard.Frozen, 50, "three findings of high severity within two weeks"),
	term(orderguard.Warned, 30*day, "a half-life: by then the points have halved"),
	term(orderguard.Restricted, 14*day, "longer than a sale lasts, with its days before and after"),
	term(orderguard.Frozen, 30*day, "an appeal takes days; a habit begins again after a month, and then weighs double"),
	{"sanctions", "orders_per_day", number, 3, 1, 100000, "what a restricted buyer may order a day, over the whole site",
		"enough for a household, too few for an attack",
		func(p *Policy) *int64 { return &p.Sanctions.OrdersPerDay }},
	{"sanctions", "freeze_shops", number, 3, 2, 1000, "how many shops' findings a freeze takes, where no report is upheld",
		"two shops may belong to one owner; never a single shop's word",
		func(p *Policy) *int64 { return &p.Sanctions.FreezeShops }},
	{"sanctions", "freeze_share", percent, 8, 0, 100, "what of freeze_at the findings at one shop, or those by upheld reports, must still weigh to count for that",
		"4 points: a rude note does not make one shop's word that of two",
		func(p *Policy) *int64 { return &p.Sanctions.FreezeShare }},
}

func threshold(l orderguard.Level, points int64, why string) setting {
	return setting{"sanctions", l.String() + "_at", number, points, 1, 1000000, "points from which the buyer's account has the level " + l.String(), why,
		func(p *Policy) *int64 { return &p.Sanctions.At[l] }}
}

func term(l orderguard.Level, length int64, why string) setting {
	return setting{"sanctions", l.String() + "_for", span, length, hour, 3660 * day, "how long that lasts after the last finding that led to it", why,
		func(p *Policy) *int64 { return millis(&p.Sanctions.Term[l]) }}
}

var otherSettings = []setting{
	{"indicators", "ship_within", span, 7 * day, hour, 90 * day, "how long after payment a seller has to ship",
		"the usual promise; counted to the next full hour",
		func(p *Policy) *int64 { return millis(&p.Indicators.ShipWithin) }},
	{"indicators", "keep", span, 100 * day, 90 * day, 400 * day, "how long an order can still change its day's figures",
		"the longest view, 90 days, and ten more",
		func(p *Policy) *int64 { return millis(&p.Indicators.Keep) }},
	{"screen", "block_score", number, 90, 1, 101, "the score from which an order is blocked; 101 is never",
		"99 of 100 such alerts are right; a blocked honest order is a lost customer",
		func(p *Policy) *int64 { return &p.Screen.BlockScore }},
	{"screen", "review_score", number, 60, 1, 101, "the score from which an order is held for review",
		"below it, hardly more than half are right",
		func(p *Policy) *int64 { return &p.Screen.ReviewScore }},
	{"records", "keep", span, 183 * day, 31 * day, 3660 * day, "how long reports, and verdicts but the last on an alert, can be read",
		"six months",
		func(p *Policy) *int64 { return millis(&p.Records.Keep) }},
}
