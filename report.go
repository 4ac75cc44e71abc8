package orderguard

// ReportState is how far a report has come.
type ReportState uint8

// The states of a report.
const (
	Submitted ReportState = iota + 1 // filed, not examined yet
	Reviewing                        // with a reviewer
	Upheld                           // decided for the seller; may still be overturned
	Rejected                         // decided against; may be appealed
	Appealed                         // with a second reviewer
	Final                            // decided for good
)

var reportStateNames = []string{"", "submitted", "reviewing", "upheld", "rejected", "appealed", "final"}

// String returns the state as reports write it.
func (s ReportState) String() string { return nameOf(reportStateNames, s) }

// MarshalText returns the text of String. It never fails.
func (s ReportState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *ReportState) UnmarshalText(b []byte) error {
	return unmarshalName(reportStateNames, "state of a report", b, s)
}

// Finding is what the examination of a buyer says under one scenario.
type Finding uint8

// The findings.
const (
	NothingFound Finding = iota + 1
	Suspicious           // something, not enough to decide on
	Malicious            // clear
)

var findingNames = []string{"", "nothing", "suspicious", "malicious"}

// String returns the finding as reports write it.
func (f Finding) String() string { return nameOf(findingNames, f) }

// MarshalText returns the text of String. It never fails.
func (f Finding) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a finding's name.
func (f *Finding) UnmarshalText(b []byte) error { return unmarshalName(findingNames, "finding", b, f) }

// Wording is a sentence for a person, in both languages of the product.
type Wording struct {
	En string `json:"text"`
	Zh string `json:"text_zh,omitempty"`
}

// Examined is the finding under one scenario (统一排查).
type Examined struct {
	Scenario Scenario `json:"scenario"`
	Finding  Finding  `json:"finding"`
	// Score is that of the order's alert, 0 without one.
	Score int `json:"score"`
	Wording
}

// Ruling is a decision on a report, with its grounds.
type Ruling struct {
	Upheld   bool     `json:"upheld"`
	Scenario Scenario `json:"scenario,omitzero"` // what it was upheld for
	Severity Severity `json:"severity,omitzero"` // how much that weighs
	By       string   `json:"by"`
	At       Millis   `json:"at"`
	Grounds  Wording  `json:"grounds"`
}

// Appeal is what a seller adds to a rejected report.
type Appeal struct {
	By        string   `json:"by"`
	At        Millis   `json:"at"`
	Statement string   `json:"statement"`
	Evidence  []string `json:"evidence"` // content hashes
}

// Report is a seller's report of an order (举报).
type Report struct {
	ID        string      `json:"report"`
	Order     string      `json:"order"`
	Shop      string      `json:"shop"`
	Buyer     string      `json:"buyer"`
	Scenario  Scenario    `json:"scenario"` // as the seller chose it
	State     ReportState `json:"state"`
	Statement string      `json:"statement"`
	Evidence  []string    `json:"evidence"` // content hashes
	By        string      `json:"by"`
	FiledAt   Millis      `json:"filed_at"`
	// Due is when it has to be decided; 0 when nothing is to be decided.
	Due Millis `json:"due,omitzero"`
	// Examined lists every scenario, whatever was chosen.
	Examined []Examined `json:"examined,omitempty"`
	// Rulings are the decision and, where there was one, the second.
	Rulings []Ruling `json:"rulings,omitempty"`
	Appeal  *Appeal  `json:"appeal,omitempty"`
	// AppealBy is until when it may be appealed or overturned.
	AppealBy Millis `json:"appeal_by,omitzero"`
	// Forget is when the record goes.
	Forget   Millis `json:"forget"`
	Revision int    `json:"revision"`
}

// Upheld says whether the report is upheld as things stand.
func (r *Report) Upheld() bool { return len(r.Rulings) > 0 && r.Rulings[len(r.Rulings)-1].Upheld }

// Overdue says whether the report should have been decided by now.
func (r *Report) Overdue(now Millis) bool { return r.Due != 0 && now > r.Due }
