package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"
)

// formFaults are the faults of a body against its schema, and what each is in
// Chinese. $1 is the value that belongs to it.
var formFaults = []struct {
	en *regexp.Regexp
	zh string
}{
	{faultLike(validation.MsgExpectedRequiredProperty), "缺少必填字段 $1"},
	{faultLike(validation.MsgExpectedOneOf), "可用取值为 $1"},
	{faultLike(validation.MsgExpectedString), "应为字符串"},
	{faultLike(validation.MsgExpectedArray), "应为数组"},
	{faultLike(validation.MsgExpectedObject), "应为对象"},
	{faultLike(validation.MsgExpectedBoolean), "应为 true 或 false"},
	{faultLike(validation.MsgExpectedInteger), "应为整数"},
	{faultLike(validation.MsgExpectedNumber), "应为数字"},
	{faultLike(validation.MsgExpectedMinLength), "长度至少为 $1"},
	{faultLike(validation.MsgExpectedMaxLength), "长度最多为 $1"},
	{faultLike(validation.MsgExpectedMinItems), "至少要有 $1 项"},
	{faultLike(validation.MsgExpectedMaxItems), "最多 $1 项"},
	{faultLike(validation.MsgExpectedRFC3339DateTime), "应为 RFC 3339 格式的时间"},
}

// faultLike is the pattern of what a format makes.
func faultLike(format string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^" + regexp.MustCompile(`%[dsv]`).ReplaceAllString(regexp.QuoteMeta(format), "(.*)") + "$")
}

// faultInChinese words a fault of a body against its schema.
func faultInChinese(fault string) string {
	for _, f := range formFaults {
		if m := f.en.FindStringSubmatchIndex(fault); m != nil {
			return string(f.en.ExpandString(nil, f.zh, fault, m))
		}
	}
	return "取值不符合要求"
}

var quotedName = regexp.MustCompile(`"([^"]*)"`)

// nearestInChinese names the known field that casework.Nearest names.
func nearestInChinese(nearest string) string {
	m := quotedName.FindStringSubmatch(nearest)
	if m == nil {
		return ""
	}
	return "，最接近的是 " + m[1]
}

// notJSON says where a body ceases to be JSON, or that it has a number which is too large
// for any field.
func notJSON(err error) *Problem {
	if errors.As(err, new(*json.UnmarshalTypeError)) {
		return unfit(err)
	}
	zh := "JSON 不完整"
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && !strings.HasPrefix(syntax.Error(), "unexpected end") {
		zh = fmt.Sprintf("第 %d 字节处不是有效的 JSON", syntax.Offset)
	}
	return notTheForm("", "it is no JSON: "+err.Error(), zh)
}
