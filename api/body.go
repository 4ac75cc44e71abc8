package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/orderguard/orderguard/casework"
)

// maxJSON is the largest body of a call that is a JSON object, in bytes. The longest that any policy
// allows fit, however they are written: grounds in two languages, and a statement with its
// evidence. A character may take twelve bytes, as a pair of escapes such as \ud83d\ude00.
const maxJSON = 512 << 10

// Names are as the document writes them: two that differ in case only would say
// two things of one field.
func init() { huma.ValidateStrictCasing = true }

// forms holds the bodies of calls against the schemas that the OpenAPI document
// has of them, so that the document and the server never part.
type forms struct {
	schemas huma.Registry
	byRoute map[string]*huma.Schema // as mux patterns write a route
}

// readForm reads a body into v: one JSON object, exactly as its schema says.
func (a *API) readForm(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	body, err := readJSON(w, r, limit)
	if err != nil {
		return err
	}
	schema := a.forms.byRoute[r.Pattern]
	if schema == nil {
		panic("BUG: no schema for the body of " + r.Pattern)
	}
	var got any
	if err := json.Unmarshal(body, &got); err != nil {
		return notJSON(err)
	}
	path, result := huma.NewPathBuffer(nil, 0), &huma.ValidateResult{}
	huma.Validate(a.forms.schemas, schema, path, huma.ModeWriteToServer, got, result)
	if len(result.Errors) > 0 {
		return a.faultOf(schema, result.Errors)
	}
	if field := twiceIn(json.NewDecoder(bytes.NewReader(body))); field != "" {
		return notTheForm(field, "the field stands there twice; give it once", "该字段出现了两次；请只给一次")
	}
	if field := nullIn("", got); field != "" {
		return notTheForm(field, "null says nothing; leave the field out, or give a value", "不能是 null；请去掉该字段，或给出值")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return unfit(err)
	}
	return nil
}

// faultOf says what is wrong with a body, one thing of all. A field that is
// missing is often there under a name that is not known, so that comes first.
func (a *API) faultOf(schema *huma.Schema, errs []error) *Problem {
	var first *huma.ErrorDetail
	for _, err := range errs {
		var fault *huma.ErrorDetail
		if !errors.As(err, &fault) {
			panic("BUG: a fault of a body without its place: " + err.Error())
		}
		if fault.Message == validation.MsgUnexpectedProperty {
			nearest := a.nearestField(schema, fault.Location)
			return notTheForm(fault.Location, "there is no such field; "+nearest, "没有该字段"+nearestInChinese(nearest))
		}
		first = cmp.Or(first, fault)
	}
	return notTheForm(first.Location, first.Message, faultInChinese(first.Message))
}

func notTheForm(field, fault, zh string) *Problem {
	at, place := "", ""
	if field != "" {
		at, place = field+": ", fmt.Sprintf("字段 %q：", field)
	}
	if !strings.HasSuffix(fault, "?") { // as in: did you mean "verdict"?
		fault += "."
	}
	return problem(badBody, "The body is not what this call takes: "+at+fault, "GET /openapi.json, or the page /docs, shows what it takes.").
		zh("请求体不符合要求："+place+zh+"。", "格式见 GET /openapi.json 或页面 /docs。")
}

// nearestField names the field that was meant by one that is not known.
func (a *API) nearestField(schema *huma.Schema, location string) string {
	at := schema
	parts := strings.Split(location, ".")
	for _, part := range parts[:len(parts)-1] {
		if next := at.Properties[part]; next != nil {
			if at = next; at.Ref != "" {
				at = a.forms.schemas.SchemaFromRef(at.Ref)
			}
		}
	}
	known := make([]string, 0, len(at.Properties))
	for name := range at.Properties {
		known = append(known, name)
	}
	slices.Sort(known)
	return casework.Nearest(parts[len(parts)-1], known)
}

// twiceIn returns a field that the next value, which is JSON, has twice, "" if there is none.
func twiceIn(d *json.Decoder) string {
	token, _ := d.Token()
	open, _ := token.(json.Delim)
	if open == 0 {
		return ""
	}
	met := map[string]bool{}
	for d.More() {
		name := ""
		if open == '{' {
			token, _ = d.Token()
			if name, _ = token.(string); met[name] {
				return name
			}
			met[name] = true
		}
		if in := twiceIn(d); in != "" {
			return strings.TrimPrefix(name+"."+in, ".")
		}
	}
	_, _ = d.Token()
	return ""
}

// nullIn returns where a null is, "" if there is none.
func nullIn(at string, v any) string {
	switch v := v.(type) {
	case nil:
		return strings.TrimPrefix(at, ".")
	case []any:
		for i, e := range v {
			if in := nullIn(fmt.Sprintf("%s[%d]", at, i), e); in != "" {
				return in
			}
		}
	case map[string]any:
		for name, e := range v {
			if in := nullIn(at+"."+name, e); in != "" {
				return in
			}
		}
	}
	return ""
}

// readJSON reads a body that is to be JSON, within a size and in time, in
// UTF-8; whether it is JSON its reader finds out.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if sent := r.Header.Get("Content-Type"); sent != "" {
		kind, params, err := mime.ParseMediaType(sent)
		if charset := params["charset"]; err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
			return nil, problem(badMediaType, fmt.Sprintf("The body's Content-Type is %q.", sent), "Send JSON, with Content-Type: application/json.").
				zh(fmt.Sprintf("请求体的 Content-Type 是 %q。", sent), "请发送 JSON，并注明 Content-Type: application/json。")
		}
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return nil, problem(badEncoding, fmt.Sprintf("The body's Content-Encoding is %q.", packed), "Send it as it is.").
			zh(fmt.Sprintf("请求体的 Content-Encoding 是 %q。", packed), "请不要压缩。")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &large):
		return nil, problem(bodyTooLarge, "The body has more than "+bytesText(limit)+".", "Send less.").
			zh("请求体超过 "+bytesText(limit)+"。", "请缩短内容。")
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil, slowBody("Send it whole, and at once.")
	case err != nil:
		return nil, notTheForm("", "it breaks off: "+err.Error(), "内容未发送完整")
	case !utf8.Valid(body):
		return nil, notTheForm("", "it is no UTF-8", "编码不是 UTF-8")
	case len(bytes.TrimSpace(body)) == 0:
		return nil, notTheForm("", "it is empty", "内容为空")
	}
	return body, nil
}

// unfit says which value has the right type and cannot be taken all the same, such as a number
// that is too large.
func unfit(err error) *Problem {
	var value *json.UnmarshalTypeError
	if errors.As(err, &value) {
		return notTheForm(value.Field, "the value cannot be taken; write a whole number in plain digits, not beyond 64 bits", "取值无法识别；请用普通数字书写整数")
	}
	return notTheForm("", err.Error(), "有取值不符合要求")
}
