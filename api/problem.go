package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orderguard/orderguard/casework"
)

// Problem is a refusal or a failure as the client sees it (RFC 9457).
type Problem struct {
	Type     string `json:"type" format:"uri" doc:"What sort of problem it is; stable, and one of these"`
	Title    string `json:"title" doc:"The sort of problem in words"`
	Status   int    `json:"status"`
	Detail   string `json:"detail" doc:"What is wrong with this call"`
	Cure     string `json:"cure,omitempty" doc:"What to do about it"`
	Instance string `json:"instance,omitempty" format:"uri-reference" doc:"The id of the call, as in X-Request-Id"`
	// Report is the first report of an order, where there may be no second.
	Report string `json:"report,omitempty" doc:"The report that stands in the way of another"`
	// Receipt says what of a body was taken before it failed.
	Receipt *Receipt `json:"receipt,omitempty" doc:"What of the body was taken before the failure"`
	// Durable is how far the stream has come after which a body left a gap.
	Durable *int64 `json:"durable,omitempty" doc:"Lines of the stream that are durable, when the body begins after others"`

	header http.Header
	kind   kind
	// chinese is the text in Chinese, where a seller can meet the problem.
	chinese struct{ detail, cure string }
}

func (p *Problem) Error() string { return p.Detail }

// problem returns a Problem as an error, so that handlers can return it.
func problem(k kind, detail, cure string) *Problem {
	return &Problem{Type: k.typeOf(), Title: kinds[k].title.En, Status: kinds[k].status, Detail: detail, Cure: cure, kind: k}
}

// zh adds the text in Chinese.
func (p *Problem) zh(detail, cure string) *Problem {
	p.chinese.detail, p.chinese.cure = detail, cure
	return p
}

// with adds a header to the answer.
func (p *Problem) with(key, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(key, value)
	return p
}

// in returns the problem in a language. What has no text in Chinese, because no
// seller meets it, stays English.
func (p *Problem) in(lang string) (*Problem, string) {
	if lang != chinese || p.chinese.detail == "" {
		return p, english
	}
	c := *p
	c.Title, c.Detail, c.Cure = kinds[p.kind].title.Zh, p.chinese.detail, p.chinese.cure
	return &c, chinese
}

// asProblem turns what a part returned into what the client may know of it. It
// says whether the log should have the error too.
func asProblem(err error) (p *Problem, log bool) {
	var gap *GapError
	var refusal *casework.Refusal
	switch {
	case errors.As(err, &p):
		return p, false
	case errors.As(err, &refusal):
		return ofRefusal(refusal), false
	case errors.As(err, &gap):
		p := problem(streamGap, gap.Error(), fmt.Sprintf("Send the lines after line %d first.", gap.Durable))
		p.Durable = &gap.Durable
		return p, false
	case errors.Is(err, ErrNotFound):
		return problem(notFound, "What the call names is not there.", "Check its id.").zh("未找到该对象。", "请核对编号。"), false
	case errors.Is(err, ErrLost):
		return problem(journalLost, "The disk has lost records of the journal that may have named this order, and what is left does not say enough of it.",
			"Ask the operator: orderguard check names the records, and a backup may have them. Asking again does not help.").
			zh("服务器磁盘丢失了可能涉及该订单的部分日志，现有记录不足以说明该订单。", "请联系平台核对备份；重试无效。"), false
	case errors.Is(err, ErrInvalid):
		return problem(badContent, sentence(faultOf(err), "."), ""), false
	case errors.Is(err, ErrSuperseded):
		return superseded(), false
	case errors.Is(err, ErrOtherBody):
		return problem(otherBody, "Another body was sent with this "+keyHeader+" before, and taken whole.",
			"Send each body with a key of its own, and the same again only after no answer, or a failure."), false
	case errors.Is(err, ErrFull):
		return problem(diskFull, "The server's disk is full, so nothing was written.",
			"Free space on the server, then send the same again: of events, what was taken before is dropped as duplicates.").
			zh("服务器磁盘已满，未写入任何内容。", "请联系平台，稍后重新发送。"), true
	case errors.Is(err, ErrDamaged):
		return problem(notReady, "What the server keeps is damaged, so nothing is taken or copied.", "GET /readyz says what is damaged, and what to do.").
			zh("服务器保存的数据已损坏，暂停写入和备份。", "请联系平台；GET /readyz 会说明原因。").with("Retry-After", "60"), true
	case errors.Is(err, ErrBusy):
		return problem(overloaded, "The server is not taking this just now.", "Send the same again a little later; GET /readyz says why.").
			zh("服务器暂时无法处理该请求。", "请稍后重新发送；GET /readyz 会说明原因。").with("Retry-After", "1"), true
	}
	return problem(internal, "Something failed inside the server.", "Try again; the server's log has the cause.").
		zh("服务器内部发生错误。", "请重试；原因见服务器日志。"), !errors.Is(err, context.Canceled)
}

// faultOf returns what is wrong by an ErrInvalid, without what was being done when it
// was found.
func faultOf(err error) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if parts, ok := e.(interface{ Unwrap() []error }); ok {
			for _, part := range parts.Unwrap() {
				if !errors.Is(part, ErrInvalid) {
					return part.Error()
				}
			}
		}
	}
	return err.Error()
}

// sentence makes a sentence of a part of one.
func sentence(s, end string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[n:], end) + end
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	h := w.Header()
	for k, v := range p.header {
		h[k] = v
	}
	p, lang := p.in(languageOf(r.Header.Get("Accept-Language")))
	told := *p
	told.Instance = url.PathEscape(h.Get(requestID))
	h.Set("Content-Language", lang)
	h.Add("Vary", "Accept-Language")
	h.Set("Cache-Control", "no-store")
	writeBody(w, p.Status, "application/problem+json", &told)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	writeBody(w, status, "application/json", v)
	return nil
}

func writeBody(w http.ResponseWriter, status int, contentType string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer that is no JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// A client that has gone is no fault of ours, and hears nothing more.
	_, _ = w.Write(append(b, '\n'))
}
