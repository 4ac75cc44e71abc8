package bench

import (
	"cmp"

	"github.com/orderguard/orderguard"
)

// shipTo is an address given in words.
type shipTo struct{ name, phone, country, region, city, line1, postcode string }

// appendTime appends a time as RFC 3339 with milliseconds, in UTC.
func appendTime(b []byte, ms int64) []byte {
	days := ms / day
	rest := int(ms % day)
	// Civil date from the days since 1970, counting years from March
	// (H. Hinnant).
	z := days + 719468
	era := z / 146097
	doe := z % 146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d, m, y := int(doy-(153*mp+2)/5+1), int(mp+3), int(yoe+era*400)
	if m > 12 {
		m, y = m-12, y+1
	}
	b = two(two(b, y/100), y%100)
	b = two(append(b, '-'), m)
	b = two(append(b, '-'), d)
	b = two(append(b, 'T'), rest/3_600_000)
	b = two(append(b, ':'), rest/60_000%60)
	b = two(append(b, ':'), rest/1000%60)
	b = append(b, '.', byte('0'+rest%1000/100))
	return append(two(b, rest%100), 'Z')
}

// two appends a number below 100 as two digits.
func two(b []byte, v int) []byte { return append(b, byte('0'+v/10), byte('0'+v%10)) }

// appendInt appends a number that is not negative.
func appendInt(b []byte, v int64) []byte { return appendUint(b, uint64(v)) }

func appendUint(b []byte, v uint64) []byte {
	var d [20]byte
	i := len(d)
	for {
		i--
		d[i] = byte('0' + v%10)
		if v /= 10; v == 0 {
			return append(b, d[i:]...)
		}
	}
}

// appendString appends a JSON string.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendField appends a further field with a text, unless that is empty.
func appendField(b []byte, key, v string) []byte {
	if v == "" {
		return b
	}
	b = append(append(append(b, `,"`...), key...), `":`...)
	return appendString(b, v)
}

// appendIdentifiers appends what accounts are linked by, as far as the order
// says it.
func (m *market) appendIdentifiers(b []byte, a *account, n uint64) []byte {
	if !m.lack(fieldDevice, n) {
		b = m.ids.field(b, "device", idDevice, a.device)
	}
	if !m.lack(fieldIP, n) {
		b = m.ids.appendIP(b, a.ip)
	}
	if !m.lack(fieldAddress, n) {
		b = m.ids.field(b, "address", idAddress, a.address)
	}
	if !m.lack(fieldPayment, n) {
		b = m.ids.field(b, "payment", idPayment, a.payment)
	}
	return b
}

// appendShip appends the address of an account, as far as the order says it.
func (m *market) appendShip(b []byte, a *account, n uint64) []byte {
	if m.lack(fieldShip, n) {
		return b
	}
	c := &countries[a.country]
	who, where := dice(a.code), dice(a.address)
	b = append(b, `,"ship_to":{"country":"`...)
	b = append(append(b, c.code...), '"')
	at := len(b)
	b = append(c.appendName(append(b, `,"name":"`...), &who), '"')
	if m.lack(fieldName, n) {
		b = b[:at]
	}
	at = len(b)
	b = append(appendPattern(append(b, `,"phone":"`...), c.phones[who.n(len(c.phones))], "", &who), '"')
	if m.lack(fieldPhone, n) {
		b = b[:at]
	}
	t := &c.cities[where.n(len(c.cities))]
	if !m.lack(fieldRegion, n) {
		b = appendField(b, "region", t.region)
	}
	b = appendField(b, "city", t.name)
	street := c.streets[where.n(len(c.streets))]
	b = appendPattern(append(b, `,"line1":"`...), c.lines[where.n(len(c.lines))], street, &where)
	b = append(b, '"')
	at = len(b)
	b = append(appendPattern(append(b, `,"postcode":"`...), t.postcode, "", &where), '"')
	if m.lack(fieldPostcode, n) {
		b = b[:at]
	}
	return append(b, '}')
}

// append appends the address as it was given.
func (s *shipTo) append(b []byte) []byte {
	b = append(b, `,"ship_to":{`...)
	at := len(b)
	b = appendField(b, "name", s.name)
	b = appendField(b, "phone", s.phone)
	b = appendField(b, "country", s.country)
	b = appendField(b, "region", s.region)
	b = appendField(b, "city", s.city)
	b = appendField(b, "line1", s.line1)
	b = appendField(b, "postcode", s.postcode)
	if len(b) > at {
		b = append(b[:at], b[at+1:]...) // the first comma
	}
	return append(b, '}')
}

// typeNames are the event types by kind.
var typeNames = [orderguard.Kinds]string{
	orderguard.OrderCreated: "order", orderguard.OrderPaid: "order", orderguard.OrderShipped: "order",
	orderguard.OrderDelivered: "order", orderguard.OrderCompleted: "order", orderguard.OrderCancelled: "order",
	orderguard.OrderRefunded: "order", orderguard.DisputeOpened: "dispute", orderguard.DisputeEscalated: "dispute",
	orderguard.DisputeWithdrawn: "dispute", orderguard.DisputeClosed: "dispute", orderguard.ReviewGiven: "review",
	orderguard.MessageSent: "message", orderguard.AccountDeclared: "account",
}

// appendEvent appends the order's i-th event as a line without its end.
func (g *generator) appendEvent(b []byte, o *order, i int) []byte {
	s := &o.steps[i]
	code, ids := g.w.number(saltOrder, o.n), &g.w.m.ids
	b = append(append(append(b, `{"type":"`...), typeNames[s.kind]...), `","id":"`...)
	b = append(ids.append(b, idEvent, code), byte('a'+i))
	b = appendTime(append(b, `","ts":"`...), o.at+s.at)
	b = append(b, '"')
	b = ids.field(b, "shop", idShop, g.w.shops[o.shop].code)
	b = ids.field(b, "buyer", idBuyer, o.buyer.code)
	b = ids.field(b, "order", idOrder, code)
	switch s.kind {
	case orderguard.MessageSent:
		b = appendField(b, "from", orderguard.Sender(s.arg).String())
		b = appendField(b, "text", s.text)
	case orderguard.ReviewGiven:
		b = ids.field(b, "review", idReview, code)
		b = append(b, `,"rating":`...)
		b = appendField(append(b, '0'+s.arg), "text", s.text)
	case orderguard.DisputeOpened, orderguard.DisputeEscalated, orderguard.DisputeWithdrawn, orderguard.DisputeClosed:
		b = g.appendDispute(b, o, s, code)
	case orderguard.OrderCreated:
		b = g.appendCreated(b, o)
	default:
		_, status := cutKind(s.kind)
		b = appendField(b, "status", status)
		b = appendField(b, "actor", orderguard.Actor(s.arg).String())
	}
	return append(b, '}')
}

// cutKind returns the two halves of a kind's name.
func cutKind(k orderguard.Kind) (string, string) {
	name := k.String()
	at := len(typeNames[k])
	return name[:at], name[at+1:]
}

func (g *generator) appendDispute(b []byte, o *order, s *step, code uint64) []byte {
	_, status := cutKind(s.kind)
	ids := &g.w.m.ids
	b = ids.field(b, "dispute", idDispute, code)
	b = appendField(b, "status", status)
	switch s.kind {
	case orderguard.DisputeOpened, orderguard.DisputeEscalated:
		b = appendField(b, "reason", orderguard.DisputeReason(s.arg).String())
	case orderguard.DisputeClosed:
		b = appendField(b, "outcome", orderguard.Outcome(s.arg).String())
	}
	if s.refund {
		b = appendInt(append(b, `,"refund":`...), o.item.amount)
	}
	if s.evidence[0] == 0 {
		return b
	}
	b = append(ids.append(append(b, `,"evidence":["`...), idEvidence, s.evidence[0]), '"')
	if s.evidence[1] != 0 {
		b = append(ids.append(append(b, `,"`...), idEvidence, s.evidence[1]), '"')
	}
	return append(b, ']')
}

func (g *generator) appendCreated(b []byte, o *order) []byte {
	shop, m := &g.w.shops[o.shop], g.w.m
	b = append(b, `,"status":"created"`...)
	b = m.ids.field(b, "sku", idSKU, o.item.sku)
	b = appendInt(append(b, `,"qty":`...), o.item.qty)
	b = appendInt(append(b, `,"amount":`...), o.item.amount)
	b = appendField(b, "currency", countries[shop.country].currency)
	if !m.plain {
		b = appendField(b, "category", cmp.Or(o.kind, categories[shop.category].name))
	}
	if o.item.custom {
		b = append(b, `,"custom":true`...)
	}
	if !m.lack(fieldSince, o.n) {
		b = append(appendTime(append(b, `,"buyer_since":"`...), o.buyer.since), '"')
	}
	b = m.appendIdentifiers(b, &o.buyer, o.n)
	if o.ship != nil {
		b = o.ship.append(b)
	} else {
		b = m.appendShip(b, &o.buyer, o.n)
	}
	return appendField(b, "note", o.note)
}

// appendSeller appends the account event that ties a shop to its seller's
// identifiers.
func (g *generator) appendSeller(b []byte, i int) []byte {
	s, a, m := &g.w.shops[i], g.w.seller(i), g.w.m
	b = m.ids.append(append(b, `{"type":"account","id":"`...), idEvent, scramble(s.code))
	b = appendTime(append(b, `","ts":"`...), g.w.start)
	b = m.ids.field(append(b, `","role":"seller"`...), "shop", idShop, s.code)
	if !m.plain {
		b = appendField(b, "category", categories[s.category].name)
	}
	return append(m.appendIdentifiers(b, &a, 0), '}')
}
