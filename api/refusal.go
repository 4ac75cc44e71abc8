package api

import (
	"regexp"
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
		return ofInvalid(r.Wording.En)
	}
	p := problem(k.kind, sentence(r.Wording.En, "."), k.cure.En).zh(r.Wording.Zh+"。", k.cure.Zh)
	if r.Problem == casework.Exists {
		p.Report = r.Ref
	}
	return p
}

// invalids are the faults of an act as casework words them in English, and what
// each is in Chinese: what is wrong, and what to do. A place such as $1 holds the
// value of a group.
var invalids = []struct {
	en           *regexp.Regexp
	detail, cure string
}{
	{regexp.MustCompile(`^the statement is empty;`), "情况说明为空。", "请说明事情经过。"},
	{regexp.MustCompile(`^the statement has (\d+) characters, at most (\d+) are taken;`), "情况说明有 $1 字，最多 $2 字。", "请缩短情况说明。"},
	{regexp.MustCompile(`^the comment has (\d+) characters, at most (\d+) are taken;`), "备注有 $1 字，最多 $2 字。", "请缩短备注。"},
	{regexp.MustCompile(`^the (text|text_zh) of the grounds has (\d+) characters, at most (\d+) are taken;`), "理由（$1）有 $2 字，最多 $3 字。", "请缩短理由。"},
	{regexp.MustCompile(`^there are (\d+) hashes of evidence, at most (\d+) are taken;`), "证据有 $1 个哈希值，最多 $2 个。", "请保留最有力的证据。"},
	{regexp.MustCompile(`^a hash of evidence is blank, or has more than (\d+) bytes;`), "有证据的哈希值为空，或超过 $1 字节。", "请填写文件的哈希值。"},
	{regexp.MustCompile(`(?s)^the hash of evidence (".*") stands there twice;`), "证据的哈希值 $1 重复。", "每个文件只需提供一次。"},
	{regexp.MustCompile(`^the appeal adds nothing;`), "申诉没有补充任何内容。", "请补充说明或证据。"},
	{regexp.MustCompile(`^the scenario is missing;`), "缺少举报类型。", "请从六种类型中选择一种。"},
	{regexp.MustCompile(`^the verdict is missing;`), "缺少核实结果。", "请选择 normal、abnormal 或 ignore。"},
	{regexp.MustCompile(`(?s)^order (".*") has no buyer;`), "订单 $1 没有买家信息。", "请联系平台核对该订单。"},
	{regexp.MustCompile(`^the (?:decision|sanction) has no grounds;`), "缺少理由。", "请用中文或英文说明理由。"},
	{regexp.MustCompile(`^the sanction has no end;`), "处置没有截止时间。", "请在 until 中提供将来的时间。"},
	{regexp.MustCompile(`^the sanction ends before it begins;`), "处置的截止时间早于开始时间。", "请在 until 中提供将来的时间。"},
	{regexp.MustCompile(`^nothing can last until a time;`), "解除处置时不能有截止时间。", "请去掉 until，或选择一种处置。"},
}

// ofInvalid words a fault of an act: what is wrong, and after the last semicolon what
// to do. One that sellers and reviewers do not meet has no more than its title in
// Chinese.
func ofInvalid(fault string) *Problem {
	detail, cure := fault, ""
	if at := strings.LastIndex(fault, "; "); at >= 0 {
		detail, cure = fault[:at], sentence(fault[at+2:], ".")
	}
	p := problem(badContent, sentence(detail, "."), cure).zh("请求内容不符合要求。", "请核对填写的内容。")
	for _, i := range invalids {
		if m := i.en.FindStringSubmatchIndex(fault); m != nil {
			return p.zh(string(i.en.ExpandString(nil, i.detail, fault, m)), i.cure)
		}
	}
	return p
}
