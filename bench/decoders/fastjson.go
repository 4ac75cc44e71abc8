package decoders

import (
	"unsafe"

	"github.com/valyala/fastjson"

	"github.com/orderguard/orderguard"
)

// byFastJSON decodes into the library's tree and asks it for the fields. The
// strings are views into the parser's copy of the line.
type byFastJSON struct {
	p fastjson.Parser
	w wire
}

func (x *byFastJSON) decode(line []byte, e *orderguard.Event) error {
	v, err := x.p.ParseBytes(line)
	if err != nil {
		return err
	}
	o, err := v.Object()
	if err != nil {
		return err
	}
	x.w = wire{}
	err = nil
	o.Visit(func(key []byte, v *fastjson.Value) {
		if bad := x.field(key, v); bad != nil {
			err = bad
		}
	})
	if err != nil {
		return err
	}
	return x.w.created(e)
}

func (x *byFastJSON) field(key []byte, v *fastjson.Value) (err error) {
	w := &x.w
	switch string(key) {
	case "type":
		err = str(v, &w.Type)
	case "id":
		err = str(v, &w.ID)
	case "ts":
		err = fastInstant(v, &w.Time)
	case "shop":
		err = str(v, &w.Shop)
	case "buyer":
		err = str(v, &w.Buyer)
	case "order":
		err = str(v, &w.Order)
	case "status":
		err = str(v, &w.Status)
	case "sku":
		err = str(v, &w.SKU)
	case "qty":
		w.Qty, err = v.Int64()
	case "amount":
		w.Amount, err = v.Int64()
	case "currency":
		err = str(v, &w.Currency)
	case "category":
		err = str(v, &w.Category)
	case "custom":
		w.Custom, err = v.Bool()
	case "buyer_since":
		err = fastInstant(v, &w.BuyerSince)
	case "device":
		err = str(v, &w.Device)
	case "ip":
		err = str(v, &w.IP)
	case "address":
		err = str(v, &w.Address)
	case "payment":
		err = str(v, &w.Payment)
	case "note":
		err = str(v, &w.Note)
	}
	return err
}

func str(v *fastjson.Value, s *string) error {
	b, err := v.StringBytes()
	*s = unsafe.String(unsafe.SliceData(b), len(b))
	return err
}

func fastInstant(v *fastjson.Value, t *instant) error {
	if v.Type() == fastjson.TypeNumber {
		n, err := v.Int64()
		*t = instant(n)
		return err
	}
	return t.UnmarshalJSON(v.MarshalTo(nil))
}
