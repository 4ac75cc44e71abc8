package api

import (
	"net/http"

	"github.com/orderguard/orderguard"
)

// kind is what sort of problem a call met: one of a closed list, on which
// clients may switch. docs/api.md lists them too.
type kind uint8

const (
	badParameter kind = iota
	badCursor
	badHeader
	badBody
	badContent
	unauthenticated
	wrongRole
	wrongShop
	otherReviewer
	notFound
	noSuchPath
	noSuchMethod
	tooSlow
	reportExists
	tooManyReports
	tooLate
	stateConflict
	streamGap
	superseding
	journalLost
	bodyTooLarge
	badMediaType
	badEncoding
	otherBody
	tooOften
	internal
	overloaded
	notReady
	diskFull
)

// kinds says of each kind its status and its title. The name goes into the
// problem's type, and never changes.
var kinds = [...]struct {
	name   string
	status int
	title  orderguard.Wording
}{
	badParameter:    {"invalid-parameter", http.StatusBadRequest, orderguard.Wording{En: "A parameter is not valid", Zh: "参数无效"}},
	badCursor:       {"invalid-cursor", http.StatusBadRequest, orderguard.Wording{En: "The cursor is not valid", Zh: "游标无效"}},
	badHeader:       {"invalid-header", http.StatusBadRequest, orderguard.Wording{En: "A header is not valid", Zh: "请求头无效"}},
	badBody:         {"invalid-body", http.StatusBadRequest, orderguard.Wording{En: "The body is not valid", Zh: "请求体无效"}},
	badContent:      {"invalid-content", http.StatusBadRequest, orderguard.Wording{En: "What is asked for is not valid", Zh: "请求内容有误"}},
	unauthenticated: {"unauthenticated", http.StatusUnauthorized, orderguard.Wording{En: "A valid token is needed", Zh: "需要有效令牌"}},
	wrongRole:       {"wrong-role", http.StatusForbidden, orderguard.Wording{En: "Not for this role", Zh: "角色无权访问"}},
	wrongShop:       {"wrong-shop", http.StatusForbidden, orderguard.Wording{En: "Not for this shop", Zh: "无权访问该店铺"}},
	otherReviewer:   {"other-reviewer", http.StatusForbidden, orderguard.Wording{En: "Another reviewer has to decide", Zh: "须由另一位审核员处理"}},
	notFound:        {"not-found", http.StatusNotFound, orderguard.Wording{En: "Not found", Zh: "未找到"}},
	noSuchPath:      {"no-such-path", http.StatusNotFound, orderguard.Wording{En: "There is nothing at this path", Zh: "路径不存在"}},
	noSuchMethod:    {"method-not-allowed", http.StatusMethodNotAllowed, orderguard.Wording{En: "The method does nothing here", Zh: "不支持该请求方法"}},
	tooSlow:         {"too-slow", http.StatusRequestTimeout, orderguard.Wording{En: "The body came too slowly", Zh: "请求体发送过慢"}},
	reportExists:    {"report-exists", http.StatusConflict, orderguard.Wording{En: "The order was reported before", Zh: "该订单已举报过"}},
	tooManyReports:  {"too-many-open-reports", http.StatusConflict, orderguard.Wording{En: "Too many reports are open", Zh: "待处理的举报过多"}},
	tooLate:         {"too-late", http.StatusConflict, orderguard.Wording{En: "The time for this is over", Zh: "已超过期限"}},
	stateConflict:   {"state-conflict", http.StatusConflict, orderguard.Wording{En: "As things stand, this cannot be done", Zh: "当前状态不允许该操作"}},
	streamGap:       {"stream-gap", http.StatusConflict, orderguard.Wording{En: "Lines of the stream are missing", Zh: "数据流缺行"}},
	superseding:     {"superseded", http.StatusConflict, orderguard.Wording{En: "Somebody else sends the same now", Zh: "已被另一发送方取代"}},
	journalLost:     {"journal-incomplete", http.StatusConflict, orderguard.Wording{En: "Part of the journal is lost", Zh: "部分日志已丢失"}},
	bodyTooLarge:    {"too-large", http.StatusRequestEntityTooLarge, orderguard.Wording{En: "The body is too large", Zh: "请求体过大"}},
	badMediaType:    {"unsupported-media-type", http.StatusUnsupportedMediaType, orderguard.Wording{En: "The body is of another type", Zh: "不支持的内容类型"}},
	badEncoding:     {"unsupported-encoding", http.StatusUnsupportedMediaType, orderguard.Wording{En: "The body is packed in a way that is not known", Zh: "不支持的内容编码"}},
	otherBody:       {"idempotency-key-reused", http.StatusUnprocessableEntity, orderguard.Wording{En: "The key was used for another body", Zh: "该键已用于其他请求体"}},
	tooOften:        {"too-many-calls", http.StatusTooManyRequests, orderguard.Wording{En: "Too many calls", Zh: "调用过于频繁"}},
	internal:        {"internal", http.StatusInternalServerError, orderguard.Wording{En: "Something failed inside the server", Zh: "服务器内部错误"}},
	overloaded:      {"overloaded", http.StatusServiceUnavailable, orderguard.Wording{En: "Not just now", Zh: "服务繁忙"}},
	notReady:        {"not-ready", http.StatusServiceUnavailable, orderguard.Wording{En: "Not ready", Zh: "服务未就绪"}},
	diskFull:        {"disk-full", http.StatusInsufficientStorage, orderguard.Wording{En: "The server's disk is full", Zh: "服务器磁盘已满"}},
}

// typeOf returns the URI that names the kind.
func (k kind) typeOf() string { return "urn:orderguard:problem:" + kinds[k].name }
