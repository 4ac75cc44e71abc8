package api

import (
	"context"
	"encoding/json"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// What sellers, reviewers and enforcers do, and what they read. A call that does
// something returns once it is durable; its error is a *casework.Refusal,
// ErrNotFound, ErrFull, ErrBusy or unexpected. By is the ID of the caller's token.

// Verdicts is where sellers answer alerts.
type Verdicts interface {
	// Judge answers an alert of a shop, or all of an attack's there. It returns
	// the alerts as they stand then, as JSON, of an attack the first 1,000, and how
	// many were answered. A large attack is answered in parts, each as a whole: after
	// an error some may be done, and to send the same again does the others.
	Judge(ctx context.Context, by, shop string, v Verdict) (alerts []json.RawMessage, total int, err error)
}

// Verdict is a seller's answer. Exactly one of Alert and Attack is set.
type Verdict struct {
	Alert, Attack string
	Answer        orderguard.Answer
	Comment       string
	// Revision is that of the alert that the seller looked at, 0 for whatever it is.
	Revision int
}

// Reports is where reports are filed, appealed and decided. Each call returns
// the report as it stands then.
type Reports interface {
	// File files a report, and examines the buyer for all scenarios.
	File(ctx context.Context, by, shop string, f Filing) (orderguard.Report, error)
	// Appeal adds to a rejected report of the shop.
	Appeal(ctx context.Context, by, shop, report string, s Statement) (orderguard.Report, error)
	// Decide is a reviewer's decision.
	Decide(ctx context.Context, by, report string, r ReportRuling) (orderguard.Report, error)
}

// Filing is a report as a seller writes it.
type Filing struct {
	Order    string              `json:"order" minLength:"1" maxLength:"128"`
	Scenario orderguard.Scenario `json:"scenario"`
	Statement
}

// Statement is what a seller says, with hashes of files that prove it.
type Statement struct {
	Statement string   `json:"statement" doc:"What happened; at most 4,000 characters"`
	Evidence  []string `json:"evidence,omitempty" doc:"Content hashes of files; at most 20"`
}

// ReportRuling is a reviewer's decision on a report.
type ReportRuling struct {
	Upheld   bool                `json:"upheld"`
	Scenario orderguard.Scenario `json:"scenario,omitzero" doc:"What it is upheld for; left out, what was reported"`
	Severity orderguard.Severity `json:"severity,omitzero" doc:"How grave; left out, as the order's alert says, or high"`
	Grounds  orderguard.Wording  `json:"grounds" doc:"Why, as the seller and an auditor read it; in English, Chinese or both"`
	Revision int                 // that the reviewer looked at, 0 for whatever it is
}

// ReportRecords is where reports are read.
type ReportRecords interface {
	// Report returns a report, or ErrNotFound.
	Report(id string) (orderguard.Report, error)
	// ShopReports returns reports of a shop in the order in which they were
	// filed, from the one after a place on, 0 the first. Next is the place of the last.
	ShopReports(shop string, after uint64, limit int) (list []orderguard.Report, next uint64, more bool, err error)
	// Queue returns the reports that wait for a decision behind a turn, the first due first,
	// each with how its shop has used reports.
	Queue(after casework.Turn, limit int) (list []QueuedReport, more bool, err error)
}

// QueuedReport is a report that waits, as reviewers see it.
type QueuedReport struct {
	orderguard.Report
	Overdue bool                  `json:"overdue" doc:"It should have been decided by now"`
	Seller  casework.SellerRecord `json:"seller" doc:"How the shop has used reports"`
}

// Reviews is where reviewers see a report with the records of its two sides.
type Reviews interface {
	// Reviewed returns a report of any shop, or ErrNotFound.
	Reviewed(id string) (ReviewedReport, error)
	// Seller returns how a shop has used reports; one that has filed none has its full weight.
	Seller(shop string) (casework.SellerRecord, error)
}

// ReviewedReport is a report with the records of who filed it and of whom it is about, as
// they stand now.
type ReviewedReport struct {
	QueuedReport
	Record BuyerRecord `json:"buyer_record" doc:"What the buyer did over the whole site"`
}

// Decisions is where decisions on orders and buyers are read.
type Decisions interface {
	// Decisions returns those after a seq, in their order.
	Decisions(after uint64, limit int) (list []orderguard.Decision, more bool, err error)
	// LastDecision returns the seq of the last, 0 when there is none.
	LastDecision() (uint64, error)
}

// Indicators is where the figures of shops are read.
type Indicators interface {
	// Indicators returns those of a shop over the last days of event time.
	Indicators(shop string, days int) (casework.Indicators, error)
	// Deltas returns what was added to the raw figures, by day of the order and
	// then as it came, of days from one on, after a place, "" for the first.
	Deltas(shop string, from orderguard.Day, after string, limit int) (list []orderguard.Delta, next string, more bool, err error)
	// DeltasTold returns the same as it came, whatever the day, after a place, 0 for the first.
	DeltasTold(shop string, from orderguard.Day, after uint64, limit int) (list []orderguard.Delta, next uint64, more bool, err error)
}

// Buyers is where reviewers see an account, and say what stands on it.
type Buyers interface {
	// Buyer returns what is known of a buyer, or ErrNotFound.
	Buyer(id string) (Buyer, error)
	// Sanction is a reviewer's override of what stands on an account.
	Sanction(ctx context.Context, by string, s casework.Sanction) (orderguard.Sanction, error)
}

// Buyer is a buyer's conduct over the whole site, and what stands on the
// account.
type Buyer struct {
	Buyer    string              `json:"buyer"`
	Sanction orderguard.Sanction `json:"sanction"`
	Record   BuyerRecord         `json:"record"`
	Alerts   []BuyerAlert        `json:"alerts" doc:"The latest flagged orders of this buyer, at most 100, the latest first"`
}

// BuyerRecord counts a buyer's orders over the days that orders are kept.
type BuyerRecord struct {
	Days      int `json:"days" doc:"How far back this looks"`
	Orders    int `json:"orders"`
	Shops     int `json:"shops"`
	Paid      int `json:"paid"`
	Completed int `json:"completed" doc:"And kept: neither refunded nor disputed"`
	Refunded  int `json:"refunded"`
	Disputed  int `json:"disputed"`
	Contested int `json:"contested" doc:"Refunded or disputed, once each, but for refunds of orders that the shop cancelled or did not ship in time"`
}

// BuyerAlert is a flagged order of a buyer, at any shop.
type BuyerAlert struct {
	Alert     string              `json:"alert"`
	Shop      string              `json:"shop"`
	Order     string              `json:"order"`
	Scenario  orderguard.Scenario `json:"scenario"`
	Severity  orderguard.Severity `json:"severity"`
	Score     int                 `json:"score"`
	Status    orderguard.Status   `json:"status"`
	FlaggedAt orderguard.Millis   `json:"flagged_at" format:"date-time"`
}

// RuleBook is where rules are read with what came of them.
type RuleBook interface {
	Rules() ([]Rule, error)
}

// Rule is a rule in force, with its counts since its windows began.
type Rule struct {
	ID       string              `json:"id"`
	Version  string              `json:"version"`
	Scenario orderguard.Scenario `json:"scenario"`
	Shadow   bool                `json:"shadow" doc:"It only counts what it would have flagged"`
	Fired    int64               `json:"fired" doc:"Orders it has flagged, or would have"`
	Abnormal int                 `json:"abnormal" doc:"Alerts of it that sellers call abnormal"`
	Normal   int                 `json:"normal" doc:"Alerts of it that sellers call normal"`
	// Precision is absent while there is no verdict.
	Precision *float64 `json:"precision,omitempty" doc:"abnormal / (abnormal + normal); absent without a verdict"`
}

// Screener judges an order before it is accepted.
type Screener interface {
	// Screen judges an order.created event, one line of JSON. What is wrong
	// with the line is ErrInvalid. A blocked attempt is durable when it
	// returns, and counts like an order soon after; that its event comes again counts once.
	Screen(ctx context.Context, line []byte) (casework.Screening, error)
}

// Audit is the log of everything that somebody did.
type Audit interface {
	// Audit returns entries after a place, in their order, 0 for the first.
	Audit(after uint64, limit int) (list []AuditEntry, more bool, err error)
}

// AuditEntry is one thing that somebody did, or that fell due.
type AuditEntry struct {
	Entry uint64            `json:"entry" doc:"Its place in the log; rising, not dense"`
	At    orderguard.Millis `json:"at" format:"date-time"`
	By    string            `json:"by" doc:"The id of the token; engine for what the daemon did"`
	Kind  string            `json:"kind" enum:"verdict,report,examination,decision,appeal,sanction,policy,rules,token,memory"`
	Act   json.RawMessage   `json:"act" doc:"What was done, with what was known then"`
	// Refused is why it changed nothing.
	Refused string `json:"refused,omitempty" doc:"Why it changed nothing; absent if it did"`
}
