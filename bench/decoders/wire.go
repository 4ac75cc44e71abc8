package decoders

import (
	"errors"
	"strconv"
	"time"

	"github.com/orderguard/orderguard"
)

// wire is an event as libraries that go by struct tags see it.
type wire struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Time       instant  `json:"ts"`
	Shop       string   `json:"shop"`
	Buyer      string   `json:"buyer"`
	Order      string   `json:"order"`
	Status     string   `json:"status"`
	Actor      string   `json:"actor"`
	SKU        string   `json:"sku"`
	Qty        int64    `json:"qty"`
	Amount     int64    `json:"amount"`
	Currency   string   `json:"currency"`
	Category   string   `json:"category"`
	Custom     bool     `json:"custom"`
	BuyerSince instant  `json:"buyer_since"`
	Device     string   `json:"device"`
	IP         string   `json:"ip"`
	Address    string   `json:"address"`
	Payment    string   `json:"payment"`
	ShipTo     shipTo   `json:"ship_to"`
	Note       string   `json:"note"`
	Dispute    string   `json:"dispute"`
	Reason     string   `json:"reason"`
	Outcome    string   `json:"outcome"`
	Refund     int64    `json:"refund"`
	Evidence   []string `json:"evidence"`
	Review     string   `json:"review"`
	Rating     int64    `json:"rating"`
	Text       string   `json:"text"`
	From       string   `json:"from"`
	Role       string   `json:"role"`
}

type shipTo struct {
	Name     string `json:"name"`
	Phone    string `json:"phone"`
	Country  string `json:"country"`
	Region   string `json:"region"`
	City     string `json:"city"`
	Line1    string `json:"line1"`
	Postcode string `json:"postcode"`
}

// instant is a time in Unix milliseconds, or as RFC 3339.
type instant int64

func (t *instant) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var at time.Time
		if err := at.UnmarshalJSON(b); err != nil {
			return err
		}
		*t = instant(at.UnixMilli())
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	*t = instant(n)
	return err
}

var errBad = errors.New("not an order")

// created makes an event of an order that was created; other types are not
// compared.
func (w *wire) created(e *orderguard.Event) error {
	if w.Type != "order" || w.Status != "created" || w.ID == "" || w.Shop == "" || w.Buyer == "" || w.Order == "" {
		return errBad
	}
	*e = orderguard.Event{
		Kind: orderguard.OrderCreated, ID: w.ID, Time: orderguard.Millis(w.Time),
		Shop: w.Shop, Buyer: w.Buyer, Order: w.Order, SKU: w.SKU, Qty: w.Qty, Amount: w.Amount,
		Currency: w.Currency, Category: w.Category, Custom: w.Custom, BuyerSince: orderguard.Millis(w.BuyerSince),
		Device: w.Device, IP: w.IP, Address: w.Address, Payment: w.Payment, Note: w.Note,
		ShipTo: orderguard.ShipTo(w.ShipTo),
	}
	return nil
}
