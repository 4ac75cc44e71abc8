package casework

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orderguard/orderguard"
)

// Act is one thing that somebody did, with all that has to be known to judge it:
// a desk looks nothing up. It is what a journal keeps, as JSON. Exactly one of
// the pointers is set.
type Act struct {
	// At is the wall clock when it was done. A clock that steps back counts as
	// one that stands still.
	At orderguard.Millis `json:"at"`
	// By is who did it: the name of a token.
	By string `json:"by,omitempty"`

	Judge    *Judge    `json:"judge,omitempty"`
	File     *File     `json:"file,omitempty"`
	Examine  *Examine  `json:"examine,omitempty"`
	Decide   *Decide   `json:"decide,omitempty"`
	Appeal   *Appeal   `json:"appeal,omitempty"`
	Sanction *Sanction `json:"sanction,omitempty"`
	Adopt    *Adopt    `json:"adopt,omitempty"`
	Note     *Note     `json:"note,omitempty"`
	// Tick says only that it is At: what has fallen due is done.
	Tick bool `json:"tick,omitempty"`
}

// Order is what is known of an order when an act concerns it.
type Order struct {
	Order   string            `json:"order"`
	Shop    string            `json:"shop"`
	Buyer   string            `json:"buyer"`
	Created orderguard.Millis `json:"created"`
	// Known says that the rest is known. Of an order that is not, nothing is
	// closed.
	Known   bool `json:"known"`
	Shipped bool `json:"shipped,omitempty"`
	Ended   bool `json:"ended,omitempty"` // cancelled or refunded
}

// RuleRef names a rule and the version of its content.
type RuleRef struct {
	Rule    string `json:"rule"`
	Version string `json:"version"`
}

// Flag is what a verdict has to know of an alert.
type Flag struct {
	Alert    string              `json:"alert"`
	Attack   string              `json:"attack"`
	Scenario orderguard.Scenario `json:"scenario"`
	Severity orderguard.Severity `json:"severity"`
	Rules    []RuleRef           `json:"rules"`
	Order    Order               `json:"order"`
	// Verdicts is how many the alert is known to have had. A desk that has forgotten
	// them takes no other.
	Verdicts int `json:"verdicts,omitempty"`
}

// Judge is a seller's verdict on an alert, or on all of an attack at the shop.
type Judge struct {
	Shop    string            `json:"shop"`
	Answer  orderguard.Answer `json:"verdict"`
	Comment string            `json:"comment,omitempty"`
	Flags   []Flag            `json:"flags"`
}

// File is a seller's report of an order.
type File struct {
	Shop      string              `json:"shop"`
	Scenario  orderguard.Scenario `json:"scenario"`
	Statement string              `json:"statement"`
	Evidence  []string            `json:"evidence"`
	Order     Order               `json:"order"`
}

// Examine is the engine's look at a report: the order's alerts, and the buyer's
// record over the whole site.
type Examine struct {
	Report string      `json:"report"`
	Order  Order       `json:"order"` // as it stands by now
	Alerts []Seen      `json:"alerts"`
	Buyer  BuyerRecord `json:"buyer"`
}

// Seen is an alert on the reported order.
type Seen struct {
	Scenario orderguard.Scenario `json:"scenario"`
	Severity orderguard.Severity `json:"severity"`
	Score    int                 `json:"score"`
	Status   orderguard.Status   `json:"status"`
	Attack   string              `json:"attack,omitempty"`
}

// BuyerRecord is a buyer's conduct over the whole site, within the time that the
// store looks back.
type BuyerRecord struct {
	Orders    int `json:"orders"`
	Completed int `json:"completed"` // and kept: neither refunded nor disputed
	Refunded  int `json:"refunded"`
	Disputed  int `json:"disputed"`
	// Contested is how many were refunded, but for a fault of the shop that is known, or disputed.
	Contested int `json:"contested"`
	// Alerts is how many other shops' orders were flagged, by scenario, and
	// Shops at how many shops; those with the verdict normal do not count.
	Alerts [orderguard.Scenarios]int `json:"alerts"`
	Shops  [orderguard.Scenarios]int `json:"shops"`
	// Here is how many other orders at the reporting shop were flagged, likewise.
	Here [orderguard.Scenarios]int `json:"here,omitzero"`
}

// Decide is a reviewer's decision on a report: the first, the second after an
// appeal, or one that overturns what was upheld.
type Decide struct {
	Report string `json:"report"`
	Upheld bool   `json:"upheld"`
	// Scenario is what it is upheld for; zero is the one that was reported.
	Scenario orderguard.Scenario `json:"scenario,omitzero"`
	Severity orderguard.Severity `json:"severity,omitzero"` // zero is high
	Grounds  orderguard.Wording  `json:"grounds"`
	// Revision is that of the report that the reviewer looked at, 0 for whatever it is, as long as
	// nobody has decided it.
	Revision int    `json:"revision,omitzero"`
	Order    Order  `json:"order"`            // as it stands by now
	Alerts   []Seen `json:"alerts,omitempty"` // on the order, by now
}

// Appeal is a seller's answer to a rejected report.
type Appeal struct {
	Report    string   `json:"report"`
	Shop      string   `json:"shop"`
	Statement string   `json:"statement"`
	Evidence  []string `json:"evidence"`
}

// Sanction is a reviewer's override of what stands on a buyer's account, on the
// buyer's appeal or otherwise. It takes the place of all that findings until now led
// to, whether they stand or were taken back: a verdict that had been given before it
// stays pardoned when its seller gives it again. Those after it count anew, and so does
// whatever a report is upheld for after it.
type Sanction struct {
	Buyer   string             `json:"buyer"`
	Level   orderguard.Level   `json:"level"`
	Until   orderguard.Millis  `json:"until,omitzero"` // with a level
	Grounds orderguard.Wording `json:"grounds"`
}

// Adopt puts another policy in force, from here on.
type Adopt struct {
	Name string `json:"name"` // of the file
	Text string `json:"text"` // YAML
}

// Note is a change beside casework, for the audit log: a desk does nothing about it.
type Note struct {
	Kind string `json:"kind"` // "token" or "rules"
	Text string `json:"text"`
}

// Problem is why an act was refused: one of a closed list.
type Problem string

// The problems.
const (
	Invalid   Problem = "invalid"   // the act itself is wrong
	NotFound  Problem = "not_found" // no such order or report of this shop
	Exists    Problem = "exists"    // the first report is named in Ref
	TooOld    Problem = "too_old"   // the order, or the time for the act is over
	TooMany   Problem = "too_many"  // as many reports are open as the shop may have
	Conflict  Problem = "conflict"  // the report's state allows no such act
	Forbidden Problem = "forbidden" // another reviewer has to
)

// Refusal is the error of an act that changed nothing.
type Refusal struct {
	Problem Problem
	Ref     string // what stands in the way, by its id
	Wording orderguard.Wording
}

// Error returns the English wording.
func (r *Refusal) Error() string { return r.Wording.En }

func refuse(p Problem, ref, en, zh string) *Refusal {
	return &Refusal{p, ref, orderguard.Wording{En: en, Zh: zh}}
}

// invalid refuses an act for a fault that only a program can make: what is wrong and, after the last
// semicolon, what to do.
func invalid(format string, args ...any) *Refusal {
	return faulty(fmt.Sprintf(format, args...), "请求内容不符合要求；请核对填写的内容")
}

// faulty is invalid for a fault that a seller or a reviewer can make, with its text in Chinese.
func faulty(en, zh string) *Refusal { return refuse(Invalid, "", en, zh) }

// check refuses an act that no state could take.
func (a *Act) check(p *Policy) *Refusal {
	n := 0
	for _, set := range []bool{a.Judge != nil, a.File != nil, a.Examine != nil, a.Decide != nil, a.Appeal != nil, a.Sanction != nil, a.Adopt != nil, a.Note != nil, a.Tick} {
		if set {
			n++
		}
	}
	if n != 1 {
		return invalid("an act is %d things; it must be exactly one", n)
	}
	if a.At < 1 || a.At > orderguard.MaxTime {
		return invalid("the time of the act is %d; give milliseconds from 1970 to 9999", a.At)
	}
	if a.By == engine {
		return invalid("%q decides clear cases by itself; act under another name", engine)
	}
	if a.By == "" && !a.Tick && a.Examine == nil && a.Adopt == nil {
		return invalid("the act does not say by whom it was done; give the name of the token")
	}
	switch {
	case a.Judge != nil:
		return a.Judge.check(p)
	case a.File != nil:
		return a.File.check(p)
	case a.Examine != nil:
		return a.Examine.check()
	case a.Decide != nil:
		return a.Decide.check(p)
	case a.Appeal != nil:
		return a.Appeal.check(p)
	case a.Sanction != nil:
		return a.Sanction.check(p, a.At)
	case a.Adopt != nil:
		if _, err := ParsePolicy(a.Adopt.Name, []byte(a.Adopt.Text)); err != nil {
			return invalid("the policy: %v", err)
		}
	}
	return nil
}

func (j *Judge) check(p *Policy) *Refusal {
	if j.Answer.String() == "" {
		return faulty("the verdict is missing; give normal, abnormal or ignore", "缺少核实结果；请选择 normal、abnormal 或 ignore")
	}
	if len(j.Flags) == 0 {
		return invalid("the verdict names no alert; give at least one")
	}
	for i := range j.Flags {
		f := &j.Flags[i]
		if f.Order.Shop != j.Shop {
			return refuse(NotFound, f.Alert, fmt.Sprintf("shop %q has no alert %q", j.Shop, f.Alert), "本店没有该预警")
		}
		if f.Alert == "" || f.Order.Order == "" || f.Order.Buyer == "" || !known(f.Scenario) || f.Severity.String() == "" {
			return invalid("alert %q lacks its order, buyer, scenario or severity; give the alert as it is stored", f.Alert)
		}
	}
	return textBounds(p, orderguard.Wording{En: "comment", Zh: "备注"}, j.Comment, nil)
}

func (f *File) check(p *Policy) *Refusal {
	if !known(f.Scenario) {
		return faulty("the scenario is missing; give one of the six", "缺少举报类型；请从六种类型中选择一种")
	}
	if blank(f.Statement) {
		return faulty("the statement is empty; say what happened", "情况说明为空；请说明事情经过")
	}
	if f.Order.Known && f.Order.Buyer == "" {
		return faulty(fmt.Sprintf("order %q has no buyer; give the order as the journal has it", f.Order.Order),
			fmt.Sprintf("订单 %q 没有买家信息；请联系平台核对该订单", f.Order.Order))
	}
	return textBounds(p, statement, f.Statement, f.Evidence)
}

func (x *Examine) check() *Refusal {
	for _, a := range x.Alerts {
		if !known(a.Scenario) || a.Severity.String() == "" || a.Score < 0 || a.Score > 100 {
			return invalid("an alert of the examined order lacks its scenario, severity or score; give the alert as it is stored")
		}
	}
	return nil
}

func (d *Decide) check(p *Policy) *Refusal {
	switch {
	case d.Scenario != 0 && !known(d.Scenario), d.Severity != 0 && d.Severity.String() == "":
		return invalid("the decision names a scenario or severity that is none; leave it out or give one of them")
	case blank(d.Grounds.En) && blank(d.Grounds.Zh):
		return faulty("the decision has no grounds; say why in English or Chinese", "缺少理由；请用中文或英文说明理由")
	}
	return wordBounds(p, d.Grounds)
}

func (a *Appeal) check(p *Policy) *Refusal {
	if blank(a.Statement) && len(a.Evidence) == 0 {
		return faulty("the appeal adds nothing; give a statement or evidence", "申诉没有补充任何内容；请补充说明或证据")
	}
	return textBounds(p, statement, a.Statement, a.Evidence)
}

func (s *Sanction) check(p *Policy, at orderguard.Millis) *Refusal {
	switch {
	case s.Buyer == "" || s.Level.String() == "":
		return invalid("the sanction names no buyer or no level; give both")
	case s.Level != orderguard.Unrestricted && s.Until == 0:
		return faulty("the sanction has no end; give a time to come in until", "处置没有截止时间；请在 until 中提供将来的时间")
	case s.Level != orderguard.Unrestricted && (s.Until <= at || s.Until > orderguard.MaxTime):
		return faulty("the sanction ends before it begins; give a time to come in until", "处置的截止时间早于开始时间；请在 until 中提供将来的时间")
	case s.Level == orderguard.Unrestricted && s.Until != 0:
		return faulty("nothing can last until a time; leave until out, or give a level", "解除处置时不能有截止时间；请去掉 until，或选择一种处置")
	case blank(s.Grounds.En) && blank(s.Grounds.Zh):
		return faulty("the sanction has no grounds; say why in English or Chinese", "缺少理由；请用中文或英文说明理由")
	}
	return wordBounds(p, s.Grounds)
}

func known(s orderguard.Scenario) bool { return s.String() != "" }

// blank says whether a text shows nothing: it has only spaces, line ends and what has no form,
// such as a zero-width space, the fillers of Hangul, selectors of variants and the Braille of no dots.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' &&
			!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	})
}

func wordBounds(p *Policy, w orderguard.Wording) *Refusal {
	if r := textBounds(p, orderguard.Wording{En: "text of the grounds", Zh: "理由（text）"}, w.En, nil); r != nil {
		return r
	}
	return textBounds(p, orderguard.Wording{En: "text_zh of the grounds", Zh: "理由（text_zh）"}, w.Zh, nil)
}

// MaxHash is the longest hash of evidence, in bytes: a SHA-512 in hexadecimal
// with its name before it.
const MaxHash = 160

// statement is what a report and an appeal say.
var statement = orderguard.Wording{En: "statement", Zh: "情况说明"}

// textBounds holds a text and its evidence within the policy.
func textBounds(p *Policy, what orderguard.Wording, text string, evidence []string) *Refusal {
	if n := utf8.RuneCountInString(text); int64(n) > p.Reports.Statement {
		return faulty(fmt.Sprintf("the %s has %d characters, at most %d are taken; shorten it", what.En, n, p.Reports.Statement),
			fmt.Sprintf("%s有 %d 字，最多 %d 字；请缩短%s", what.Zh, n, p.Reports.Statement, what.Zh))
	}
	if n := len(evidence); int64(n) > p.Reports.Evidence {
		return faulty(fmt.Sprintf("there are %d hashes of evidence, at most %d are taken; choose the strongest", n, p.Reports.Evidence),
			fmt.Sprintf("证据有 %d 个哈希值，最多 %d 个；请保留最有力的证据", n, p.Reports.Evidence))
	}
	for i, h := range evidence {
		if blank(h) || len(h) > MaxHash {
			return faulty(fmt.Sprintf("a hash of evidence is blank, or has more than %d bytes; give what the file's hash is", MaxHash),
				fmt.Sprintf("有证据的哈希值为空，或超过 %d 字节；请填写文件的哈希值", MaxHash))
		}
		if slices.Contains(evidence[:i], h) {
			return faulty(fmt.Sprintf("the hash of evidence %q stands there twice; give each file once", h),
				fmt.Sprintf("证据的哈希值 %q 重复；每个文件只需提供一次", h))
		}
	}
	return nil
}
