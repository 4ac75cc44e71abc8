package decoders

import (
	"github.com/go-faster/jx"

	"github.com/orderguard/orderguard"
)

// byJX decodes by visiting keys.
type byJX struct {
	d jx.Decoder
	w wire
}

func (x *byJX) decode(line []byte, e *orderguard.Event) error {
	x.d.ResetBytes(line)
	x.w = wire{}
	if err := x.d.ObjBytes(x.field); err != nil {
		return err
	}
	return x.w.created(e)
}

func (x *byJX) field(d *jx.Decoder, key []byte) (err error) {
	w := &x.w
	switch string(key) {
	case "type":
		w.Type, err = d.Str()
	case "id":
		w.ID, err = d.Str()
	case "ts":
		err = x.instant(d, &w.Time)
	case "shop":
		w.Shop, err = d.Str()
	case "buyer":
		w.Buyer, err = d.Str()
	case "order":
		w.Order, err = d.Str()
	case "status":
		w.Status, err = d.Str()
	case "sku":
		w.SKU, err = d.Str()
	case "qty":
		w.Qty, err = d.Int64()
	case "amount":
		w.Amount, err = d.Int64()
	case "currency":
		w.Currency, err = d.Str()
	case "category":
		w.Category, err = d.Str()
	case "custom":
		w.Custom, err = d.Bool()
	case "buyer_since":
		err = x.instant(d, &w.BuyerSince)
	case "device":
		w.Device, err = d.Str()
	case "ip":
		w.IP, err = d.Str()
	case "address":
		w.Address, err = d.Str()
	case "payment":
		w.Payment, err = d.Str()
	case "note":
		w.Note, err = d.Str()
	default:
		err = d.Skip()
	}
	return err
}

func (x *byJX) instant(d *jx.Decoder, t *instant) error {
	if d.Next() == jx.Number {
		n, err := d.Int64()
		*t = instant(n)
		return err
	}
	raw, err := d.Raw()
	if err != nil {
		return err
	}
	return t.UnmarshalJSON(raw)
}
