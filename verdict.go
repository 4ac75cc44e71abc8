package orderguard

// Answer is what a seller says of a flagged order.
type Answer uint8

// The answers.
const (
	AnswerNormal   Answer = iota + 1 // 核实正常
	AnswerAbnormal                   // 确认异常
	AnswerIgnore                     // 忽略
)

var answerNames = []string{"", "normal", "abnormal", "ignore"}

// String returns the answer as verdicts write it.
func (a Answer) String() string { return nameOf(answerNames, a) }

// MarshalText returns the text of String. It never fails.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an answer's name.
func (a *Answer) UnmarshalText(b []byte) error { return unmarshalName(answerNames, "verdict", b, a) }

// Status returns the state of an alert that was answered so.
func (a Answer) Status() Status {
	switch a {
	case AnswerNormal:
		return Normal
	case AnswerAbnormal:
		return Abnormal
	case AnswerIgnore:
		return Ignored
	}
	return Open
}

// Verdict is one entry of the audit trail of an alert. A later one takes its
// place; none is ever rewritten.
type Verdict struct {
	Alert    string   `json:"alert"`
	Order    string   `json:"order"`
	Shop     string   `json:"shop"`
	Buyer    string   `json:"buyer"`
	Scenario Scenario `json:"scenario"`
	Answer   Answer   `json:"verdict"`
	// Was is the answer before, absent on the first verdict.
	Was     Answer `json:"was,omitzero"`
	By      string `json:"by"`
	At      Millis `json:"at"`
	Comment string `json:"comment,omitempty"`
	// Number counts the verdicts on the alert, from 1.
	Number int `json:"number"`
}
