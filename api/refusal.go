package api

import (
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// refusalKinds says what an act was refused for, in the words of the API, and what to
// do about it. Of what is wrong with the act itself, its wording says what to do.
var refusalKinds = map[casework.Problem]struct {
	kind kind
	cure orderguard.Wording
}{
	casework.Invalid:  {kind: badContent},
	casework.NotFound: {notFound, orderguard.Wording{En: "Check its id.", Zh: "请核对编号。"}},
	casework.Exists: {reportExists, orderguard.Wording{
		En: "Look at the first report. If it was rejected, appeal there.", Zh: "请查看已有的举报；若不成立，可在其中申诉。"}},
	casework.TooOld: {tooLate, orderguard.Wording{
		En: "Nothing more can be done about this. Newer orders can still be answered and reported.", Zh: "此项已不能再办理；较新的订单仍可核实或举报。"}},
	casework.TooMany: {tooManyReports, orderguard.Wording{
		En: "Wait for decisions. A whole attack is better answered by a verdict.", Zh: "请等待处理结果。整次攻击建议直接核实预警订单。"}},
	casework.Conflict: {stateConflict, orderguard.Wording{
		En: "Somebody may have been faster: look at it again.", Zh: "可能已有他人处理，请重新查看。"}},
	casework.Forbidden: {otherReviewer, orderguard.Wording{En: "Leave it in the queue for a colleague.", Zh: "请留在队列中由同事处理。"}},
}

// ofRefusal turns a refusal of casework into a problem.
func ofRefusal(r *casework.Refusal) *Problem {
	k, known := refusalKinds[r.Problem]
	if !known {
		panic("BUG: a refusal that the API has no kind for: " + string(r.Problem))
	}
	if r.Problem == casework.Invalid {
		return ofInvalid(r.Wording)
	}
	p := problem(k.kind, sentence(r.Wording.En, "."), k.cure.En).zh(r.Wording.Zh+"。", k.cure.Zh)
	if r.Problem == casework.Exists {
		p.Report = r.Ref
	}
	return p
}

// ofInvalid words a fault of an act: what is wrong, and after the last semicolon what
// to do.
func ofInvalid(fault orderguard.Wording) *Problem {
	detail, cure := cutCure(fault.En, "; ", ".")
	zh, zhCure := cutCure(fault.Zh, "；", "。")
	return problem(badContent, detail, cure).zh(zh, zhCure)
}

// cutCure cuts a fault at its last semicolon, and makes sentences of both parts.
func cutCure(fault, semicolon, end string) (detail, cure string) {
	at := strings.LastIndex(fault, semicolon)
	if at < 0 {
		return sentence(fault, end), ""
	}
	return sentence(fault[:at], end), sentence(fault[at+len(semicolon):], end)
}
