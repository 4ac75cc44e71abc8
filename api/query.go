package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
)

// Bounds of lists.
const (
	defaultLimit = 50
	maxLimit     = 500
	maxWait      = 60 * time.Second
)

// listParams are the parameters of the alert list, and manyParams those that may
// be repeated.
var (
	listParams = []string{"after", "limit", "status", "scenario", "wait"}
	manyParams = []string{"status", "scenario"}
)

// listQuery is what a call for alerts asks.
type listQuery struct {
	Query
	after uint64
	wait  time.Duration
	csv   bool
}

// parseQuery reads the query of a call, in which there may be these parameters
// and no others.
func parseQuery(r *http.Request, names ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		fault, escape := "有未转义的分号", url.EscapeError("")
		if errors.As(err, &escape) {
			fault = fmt.Sprintf("转义 %q 无效", string(escape))
		}
		return nil, problem(badParameter, "The query of the URL is malformed: "+err.Error(), "Escape what stands after the question mark.").
			zh("网址的查询部分格式有误："+fault+"。", "请转义问号之后的内容。")
	}
	for name, v := range values {
		if !slices.Contains(names, name) {
			p := problem(badParameter, fmt.Sprintf("There is no parameter %q.", name), "This call takes none.").
				zh(fmt.Sprintf("没有参数 %q。", name), "该调用不带参数。")
			if len(names) > 0 {
				p.Cure, p.chinese.cure = "Use "+strings.Join(names, ", ")+".", "可用参数："+strings.Join(names, "、")+"。"
			}
			return nil, p
		}
		if len(v) > 1 && !slices.Contains(manyParams, name) {
			return nil, problem(badParameter, "The parameter "+name+" is given more than once.", "Give it once.").
				zh("参数 "+name+" 重复出现。", "请只给一次。")
		}
	}
	return values, nil
}

func parseList(scope string, r *http.Request) (q listQuery, err error) {
	q.Limit = defaultLimit
	if r.URL.RawQuery == "" {
		return q, nil
	}
	values, err := parseQuery(r, listParams...)
	if err != nil {
		return q, err
	}
	if q.after, err = parseCursor(scope, values.Get("after")); err != nil {
		return q, err
	}
	if q.Limit, err = parseLimit(values, defaultLimit); err != nil {
		return q, err
	}
	if q.wait, err = parseWait(values.Get("wait")); err != nil {
		return q, err
	}
	if q.Status, err = parseNames("status", values["status"], orderguard.ParseStatus); err != nil {
		return q, err
	}
	q.Scenario, err = parseNames("scenario", values["scenario"], orderguard.ParseScenario)
	return q, err
}

// parseLimit reads how many things a page may have, held to maxLimit; without a
// word of it normal.
func parseLimit(values url.Values, normal int) (int, error) {
	if !values.Has("limit") {
		return normal, nil
	}
	s := values.Get("limit")
	n, _ := strconv.ParseUint(s, 10, 64) // 0 for what is no number, the largest for a larger one
	if n < 1 {
		return 0, problem(badParameter, fmt.Sprintf("limit %q is not a number from 1 on.", s), fmt.Sprintf("Use 1 to 500; the default is %d.", normal)).
			zh(fmt.Sprintf("limit %q 不是大于等于 1 的整数。", s), fmt.Sprintf("请用 1 到 500；默认 %d。", normal))
	}
	return int(min(n, maxLimit)), nil
}

// parseWait reads "20s", "500ms" or plain seconds, held to maxWait.
func parseWait(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if n, plain := strconv.Atoi(s); plain == nil {
		d, err = time.Duration(min(n, 3600))*time.Second, nil
	}
	if err != nil || d < 0 {
		return 0, problem(badParameter, fmt.Sprintf("wait %q is not a time.", s), "Use seconds, or a time like 20s; at most 60s.").
			zh(fmt.Sprintf("wait %q 不是时长。", s), "请用秒数，或如 20s 的时长；最长 60s。")
	}
	return min(d, maxWait), nil
}

// parseNames reads a parameter that may be repeated and may list several names
// between commas.
func parseNames[T any](param string, values []string, parse func(string) (T, bool)) (list []T, err error) {
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if v == "" {
				continue // all of them
			}
			p, ok := parse(name)
			if !ok {
				known := namesOf[param]
				return nil, problem(badParameter, fmt.Sprintf("There is no %s %q.", param, name), "Use "+strings.Join(known, ", ")+"; several with commas.").
					zh(fmt.Sprintf("参数 %s 没有取值 %q。", param, name), "可用取值："+strings.Join(known, "、")+"；多个用逗号分隔。")
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// parseChoice reads a parameter with few values, of which the first is the default.
func parseChoice(values url.Values, param string, choices ...string) (string, error) {
	if !values.Has(param) {
		return choices[0], nil
	}
	v := values.Get(param)
	if !slices.Contains(choices, v) {
		return "", problem(badParameter, fmt.Sprintf("%s may not be %q.", param, v), "Use "+strings.Join(choices, ", ")+".").
			zh(fmt.Sprintf("参数 %s 不能是 %q。", param, v), "可用取值："+strings.Join(choices, "、")+"。")
	}
	return v, nil
}

// namesOf lists the values of the parameters that name something of the field.
var namesOf = map[string][]string{
	"status":   namesFrom[orderguard.Status](),
	"scenario": namesFrom[orderguard.Scenario](),
}
