package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// csv is the other form of a list.
var csvForm = []string{"text/csv"}

var (
	docJudgeAlert = &doc{
		tag: "Alerts", id: "judgeAlert", summary: "Say what a flagged order is",
		text: "A verdict may be changed while the case is open; what it brought is then taken back. Sending the same again changes nothing.", bodyOf: VerdictForm{},
		answers: map[int]answer{200: {text: "The alert as it stands then", of: Judged{}}}, refusals: []int{404, 409, 503, 507},
	}
	docJudgeAttack = &doc{
		tag: "Alerts", id: "judgeAttack", summary: "Say what all orders of an attack at the shop are",
		text: "Every order of the attack is answered, however many they are; `total` says how many. Sending the same again changes nothing, and answers those that have come since.", bodyOf: AttackVerdictForm{},
		answers: map[int]answer{200: {text: "The alerts as they stand then, the first 1,000 of them", of: Judged{}}}, refusals: []int{404, 409, 503, 507},
	}

	docFileReport = &doc{
		tag: "Reports", id: "fileReport", summary: "Report an order",
		text:   "The order must be the shop's. There is one report for each order and scenario: a second is refused with 409, whose `report` names the first. The buyer is examined for all scenarios.",
		bodyOf: Filing{},
		answers: map[int]answer{201: {text: "Filed", of: orderguard.Report{},
			headers: map[string]*huma.Param{"Location": {Description: "The path of the report", Schema: text("")}}}},
		refusals: []int{404, 409, 503, 507},
	}
	docListReports = &doc{
		tag: "Reports", id: "listReports", summary: "A shop's reports, in the order in which they were filed",
		text: "Records are kept for 6 months. With `Accept: text/csv` the page is a table.", params: pageParams("reports"),
		answers: map[int]answer{200: {text: "A page", of: ReportPage{}, media: csvForm}},
	}
	docGetReport = &doc{
		tag: "Reports", id: "getReport", summary: "One report",
		answers: map[int]answer{200: {text: "The report", of: orderguard.Report{}}}, refusals: []int{404},
	}
	docAppeal = &doc{
		tag: "Reports", id: "appealReport", summary: "Appeal against a rejected report, once", text: "Another reviewer decides it.", bodyOf: Statement{},
		answers: map[int]answer{200: {text: "The report as it stands then", of: orderguard.Report{}}}, refusals: []int{404, 409, 503, 507},
	}
	docQueue = &doc{
		tag: "Reviewers", id: "listQueue", summary: "Reports that wait for a decision, the first due first",
		params: []*huma.Param{
			{Name: "queue", In: "query", Description: "Which reports; there is one queue", Schema: oneOf("due")},
			{Name: "after", In: "query", Description: "Cursor; without it, from the first", Schema: text("")},
			{Name: "limit", In: "query", Description: "Most reports to give; more than 500 is held to 500", Schema: numberFrom(1, maxLimit)},
		},
		answers: map[int]answer{200: {text: "The queue, or a page of it", of: ReportQueue{}}},
	}
	docReadReport = &doc{
		tag: "Reviewers", id: "readReport", summary: "One report of any shop, with the records of its seller and of its buyer",
		answers: map[int]answer{200: {text: "The report", of: ReviewedReport{}}}, refusals: []int{404},
	}
	docGetSeller = &doc{
		tag: "Reviewers", id: "getSeller", summary: "How a shop has used reports",
		text:    "Also while none of its reports is open. A shop that has filed none has its full weight, and so has one that nobody knows.",
		answers: map[int]answer{200: {text: "The record", of: casework.SellerRecord{}}},
	}
	docDecide = &doc{
		tag: "Reviewers", id: "decideReport", summary: "Decide a report",
		text:    "An appeal is decided by another reviewer than those before, and that is final. An upheld report may be overturned while it can be appealed, and may be appealed then.",
		bodyOf:  RulingForm{},
		answers: map[int]answer{200: {text: "The report as it stands then", of: orderguard.Report{}}}, refusals: []int{404, 409, 503, 507},
	}
	docGetBuyer = &doc{
		tag: "Reviewers", id: "getBuyer", summary: "A buyer's conduct over the whole site, and what stands on the account",
		answers: map[int]answer{200: {text: "The buyer", of: Buyer{}}}, refusals: []int{404},
	}
	docSanction = &doc{
		tag: "Reviewers", id: "sanctionBuyer", summary: "Say what stands on a buyer's account",
		text: "It takes the place of all that findings until now led to. `none` lifts what stands; other levels need `until`.", bodyOf: SanctionForm{},
		answers: map[int]answer{200: {text: "What stands then", of: orderguard.Sanction{}}}, refusals: []int{404, 503, 507},
	}

	docListDecisions = &doc{
		tag: "Decisions", id: "listDecisions", summary: "Decisions on orders and buyers, and their reversals",
		text: "Poll as with alerts: `next` of the last answer is the next `after`. `seq` is dense, so that a gap can be seen. " +
			"With `Accept: text/event-stream` the same decisions are streamed, and `Last-Event-ID` goes on where a stream broke.",
		params:   append(pageParams("decisions"), waitParam(), header("Last-Event-ID", "Of a stream that broke: goes before `after`")),
		answers:  map[int]answer{200: {text: "A page, or a stream", of: DecisionPage{}, media: []string{"text/event-stream"}}},
		refusals: []int{503},
	}

	daysParam     = &huma.Param{Name: "days", In: "query", Description: "How many days of orders, today included; 30 by default", Schema: oneOf(daysNames...)}
	docIndicators = &doc{
		tag: "Indicators", id: "getIndicators", summary: "A shop's service indicators: raw, excluded, cleansed", text: "With `Accept: text/csv` they are a table.",
		params:  []*huma.Param{daysParam},
		answers: map[int]answer{200: {text: "The indicators", of: casework.Indicators{}, media: csvForm}},
	}
	deltaDaysParam = &huma.Param{Name: "days", In: "query", Schema: oneOf(daysNames...),
		Description: "How many days of orders, today included; left out 30, or with order=told all"}
	deltaOrderParam = &huma.Param{Name: "order", In: "query", Schema: oneOf(deltaOrders...),
		Description: "By day of the order, or as they were told: whoever follows the cursor over days misses what comes later of a day before it, over what was told nothing. A cursor belongs to one of the two"}
	docDeltas = &doc{
		tag: "Indicators", id: "listDeltas", summary: "What was added to the raw figures, order by order",
		text:   "The cleansed figure is the raw one plus all deltas. None is ever rewritten: what is taken back is another delta. With `Accept: text/csv` the page is a table.",
		params: append(pageParams("deltas"), deltaDaysParam, deltaOrderParam), answers: map[int]answer{200: {text: "A page", of: DeltaPage{}, media: csvForm}},
	}

	docListRules = &doc{
		tag: "Rules", id: "listRules", summary: "The rules in force, with their counts and their precision by verdicts",
		answers: map[int]answer{200: {text: "The rules", of: RuleList{}}},
	}
	docScreen = &doc{
		tag: "Events", id: "screenOrder", summary: "Judge an order before it is accepted",
		text: "The body is the event `order.created` as the feed will bring it. Asking counts nothing, but a blocked attempt counts like an order.", bodyOf: orderForm{},
		answers: map[int]answer{200: {text: "What to do with it", of: casework.Screening{}}}, refusals: []int{503, 507},
	}
	docAudit = &doc{
		tag: "Server", id: "listAudit", summary: "Everything that somebody did, or that fell due", params: pageParams("entries"),
		answers: map[int]answer{200: {text: "A page", of: AuditPage{}}},
	}
)

// orderForm stands for an order.created event, of which events.md tells all.
type orderForm struct{}

// Schema says what an order has to have; the rest is as in docs/events.md, and
// what is not known is left alone.
func (orderForm) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"type", "status", "id", "ts", "shop", "buyer", "order"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"type": oneOf("order"), "status": oneOf("created"), "id": someText(), "shop": idSchema(), "buyer": idSchema(), "order": idSchema(),
			"ts": {Description: "RFC 3339, or milliseconds since 1970", AnyOf: []*huma.Schema{{Type: huma.TypeString, Format: "date-time"}, {Type: huma.TypeInteger}}},
		},
		Examples: []any{json.RawMessage(`{"type":"order","status":"created","id":"e-1","ts":"2026-11-11T00:10:03Z","shop":"s-1","buyer":"b-1","order":"o-1","sku":"k-1","qty":1,"amount":4900,"currency":"CNY"}`)},
	}
}
