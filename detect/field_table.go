package detect

import (
	"math"

	"github.com/orderguard/orderguard"
)

// The groups of kinds that carry the same fields.
var (
	created   = kindSet(orderguard.OrderCreated)
	orders    = kindRange(orderguard.OrderCreated, orderguard.OrderRefunded)
	disputes  = kindRange(orderguard.DisputeOpened, orderguard.DisputeClosed)
	reviews   = kindSet(orderguard.ReviewGiven)
	messages  = kindSet(orderguard.MessageSent)
	accounts  = kindSet(orderguard.AccountDeclared)
	withOrder = orders | disputes | reviews | messages
	anyKind   = withOrder | accounts
	undone    = kindSet(orderguard.OrderCancelled) | kindSet(orderguard.OrderRefunded)
)

// fields is indexed by Field. It is the event table of the format, seen from
// the rules: which type and status carries which field, and with what values.
var fields = [Fields]fieldInfo{
	FieldBuyer:        {name: "buyer", shape: textShape, on: anyKind, key: true, en: "buyer", ens: "buyers", zh: "买家"},
	FieldShop:         {name: "shop", shape: textShape, on: anyKind, key: true, en: "shop", ens: "shops", zh: "店铺"},
	FieldSKU:          {name: "sku", shape: textShape, on: created, key: true, en: "item", ens: "items", zh: "商品"},
	FieldDevice:       {name: "device", shape: textShape, on: created | accounts, key: true, en: "device", ens: "devices", zh: "设备"},
	FieldIP:           {name: "ip", shape: textShape, on: created | accounts, key: true, en: "IP address", ens: "IP addresses", zh: "IP 地址"},
	FieldAddress:      {name: "address", shape: textShape, on: created | accounts, key: true, en: "delivery address", ens: "delivery addresses", zh: "收货地址"},
	FieldPayment:      {name: "payment", shape: textShape, on: created | accounts, key: true, en: "payment account", ens: "payment accounts", zh: "支付账户"},
	FieldCategory:     {name: "category", shape: textShape, on: created | accounts, key: true, en: "category", ens: "categories", zh: "类目"},
	FieldOrder:        {name: "order", shape: textShape, on: withOrder, key: true, en: "order", ens: "orders", zh: "订单"},
	FieldDispute:      {name: "dispute", shape: textShape, on: disputes, en: "dispute", ens: "disputes", zh: "纠纷"},
	FieldReview:       {name: "review", shape: textShape, on: reviews, en: "review", ens: "reviews", zh: "评价"},
	FieldActor:        {name: "actor", shape: enumShape, on: undone, en: "acting party", ens: "acting parties", zh: "操作方", values: namesOf(orderguard.Actor.String)},
	FieldReason:       {name: "reason", shape: enumShape, on: disputes, en: "dispute reason", ens: "dispute reasons", zh: "纠纷原因", values: namesOf(orderguard.DisputeReason.String)},
	FieldOutcome:      {name: "outcome", shape: enumShape, on: disputes, en: "outcome", ens: "outcomes", zh: "裁决结果", values: namesOf(orderguard.Outcome.String)},
	FieldFrom:         {name: "from", shape: enumShape, on: messages, en: "sender", ens: "senders", zh: "发送方", values: namesOf(orderguard.Sender.String)},
	FieldRole:         {name: "role", shape: enumShape, on: accounts, en: "account role", ens: "account roles", zh: "账户角色", values: namesOf(orderguard.Role.String)},
	FieldCurrency:     {name: "currency", shape: textShape, on: created, en: "currency", ens: "currencies", zh: "币种"},
	FieldNote:         {name: "note", shape: textShape, on: created, key: true, en: "note", ens: "notes", zh: "备注"},
	FieldText:         {name: "text", shape: textShape, on: reviews | messages, en: "text", ens: "texts", zh: "内容"},
	FieldCountry:      {name: "country", shape: textShape, on: created, en: "country", ens: "countries", zh: "国家"},
	FieldRegion:       {name: "region", shape: textShape, on: created, en: "region", ens: "regions", zh: "省/州"},
	FieldCity:         {name: "city", shape: textShape, on: created, en: "city", ens: "cities", zh: "城市"},
	FieldLine1:        {name: "line1", shape: textShape, on: created, en: "street line", ens: "street lines", zh: "街道地址"},
	FieldPostcode:     {name: "postcode", shape: textShape, on: created, en: "postcode", ens: "postcodes", zh: "邮编"},
	FieldName:         {name: "name", shape: textShape, on: created, en: "recipient", ens: "recipients", zh: "收件人"},
	FieldPhone:        {name: "phone", shape: textShape, on: created, key: true, en: "phone number", ens: "phone numbers", zh: "电话"},
	FieldNoteKind:     {name: "note_kind", shape: enumShape, on: created, en: "kind of note", ens: "kinds of notes", zh: "备注类型", values: textKindNames[1:]},
	FieldAddressFault: {name: "address_fault", shape: enumShape, on: created, en: "address fault", ens: "address faults", zh: "地址问题", values: addressFaultNames[1:]},
	FieldRating:       {name: "rating", shape: numberShape, on: reviews, en: "rating", ens: "ratings", zh: "评分", lo: 1, hi: 5},
	FieldQty:          {name: "qty", shape: numberShape, on: created, en: "piece", ens: "pieces", zh: "件数", hi: math.MaxInt64},
	FieldAmount:       {name: "amount", shape: numberShape, on: created, en: "order amount", ens: "order amounts", zh: "订单金额", hi: math.MaxInt64},
	FieldRefund:       {name: "refund", shape: numberShape, on: disputes, en: "refund", ens: "refunds", zh: "退款金额", hi: math.MaxInt64},
	FieldCustom:       {name: "custom", shape: boolShape, on: created, en: "made-to-order mark", ens: "made-to-order marks", zh: "定制标记", hi: 1},
	FieldBuyerAge:     {name: "buyer_age", shape: numberShape, on: withOrder, en: "account age", ens: "account ages", zh: "账户天数", hi: math.MaxInt64 / millisPerDay},
	FieldEvidence:     {name: "evidence", shape: listShape, on: disputes, key: true, en: "evidence", ens: "pieces of evidence", zh: "证据"},
	FieldCluster:      {name: "cluster", shape: clusterShape, on: withOrder, key: true, en: "group of linked accounts", ens: "groups of linked accounts", zh: "关联账户"},
	FieldTextKind:     {name: "text_kind", shape: enumShape, on: messages, en: "kind of message", ens: "kinds of messages", zh: "消息类型", values: textKindNames[1:]},
	FieldNameKind:     {name: "name_kind", shape: enumShape, on: created, en: "kind of recipient's name", ens: "kinds of recipients' names", zh: "收件人姓名类型", values: textKindNames[1:]},
	FieldWording:      {name: "wording", shape: listShape, on: reviews | messages | created, key: true, en: "wording", ens: "wordings", zh: "措辞"},

	FieldAccountDevice:  {name: "account_device", shape: accountShape, on: created | accounts, key: true, en: "declared device", ens: "declared devices", zh: "申报的设备"},
	FieldAccountIP:      {name: "account_ip", shape: accountShape, on: created | accounts, key: true, en: "declared IP address", ens: "declared IP addresses", zh: "申报的 IP 地址"},
	FieldAccountAddress: {name: "account_address", shape: accountShape, on: created | accounts, key: true, en: "declared address", ens: "declared addresses", zh: "申报的地址"},
	FieldAccountPayment: {name: "account_payment", shape: accountShape, on: created | accounts, key: true, en: "declared payment account", ens: "declared payment accounts", zh: "申报的支付账户"},
}

// namesOf lists the names of an enumeration's values, which start at 1.
func namesOf[T ~uint8](name func(T) string) []string {
	var names []string
	for v := T(1); name(v) != ""; v++ {
		names = append(names, name(v))
	}
	return names
}
