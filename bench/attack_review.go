package bench

import (
	"strings"
	"time"

	"github.com/orderguard/orderguard"
)

// reviewAttacks are floods of bad ratings.
var reviewAttacks = []kind{
	{name: "reviews", scenario: orderguard.MaliciousReview, texts: true, expand: reviewFlood, Family: Family{
		Count: 5, Accounts: some(6, 70), Span: span(30*time.Minute, 20*time.Hour), Age: span(time.Hour, 20*aDay)}},
}

// reviewFlood is accounts without a past that buy cheap items of a shop and
// rate it badly within the same hours, in nearly the same words. Some add a few
// middling ratings, in other words, which are no part of the attack.
func reviewFlood(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	cheap := in.cheap(s)
	write := in.flooder(countries[s.country].lang)
	in.batch = in.p.Age.pick(in.r)
	who := in.accounts(s.country)
	base, linked := in.account(s.country), max(0, in.r.Float64()*1.2-.5)
	middling, twos := max(0, in.r.Float64()*.4-.2), in.r.Float64()*.4
	// The orders come first, over hours; the ratings when all parcels are there.
	wait := 7*day + in.r.Int64N(day)
	early := int64(logBetween(in.r, 1, 24) * float64(hour))
	for i, at := range in.times(len(who)) {
		if in.r.Float64() < linked {
			who[i].take(in.one(in.known(fieldDevice, fieldIP, fieldAddress, fieldPayment)), &base)
		}
		at += in.r.Int64N(early)
		o := in.place(at, shop, who[i])
		o.item = cheap[in.r.IntN(len(cheap))]
		shipped := o.pay(in.r) + hour + delay(in.r, 6*hour, 20*hour)
		o.add(shipped, orderguard.OrderShipped, 0)
		delivered := shipped + 8*hour + delay(in.r, 15*hour, 2*day)
		o.add(delivered, orderguard.OrderDelivered, 0)
		rated := in.start + wait + in.r.Int64N(max(1, in.span)) - at
		if rated > delivered+minute {
			o.add(rated-minute/2, orderguard.OrderCompleted, 0)
		}
		rating, text := uint8(1), ""
		switch u := in.r.Float64(); {
		case u < middling:
			o.label, rating, text = nil, 3, o.say(in.r, "middling")
		case u < middling+twos:
			rating = 2
		}
		if o.label != nil {
			text = write()
		}
		o.review(max(rated, delivered+second), rating, text)
	}
	if !in.labelled() {
		in.orders[0].label = in.label
		last := &in.orders[0].steps[len(in.orders[0].steps)-1]
		last.arg, last.text = 1, write()
	}
}

// labelled says whether any order of the instance has a label.
func (in *instance) labelled() bool {
	for _, o := range in.orders {
		if o.label != nil {
			return true
		}
	}
	return false
}

// cheap returns the cheapest of a shop's items, up to three.
func (in *instance) cheap(s *shop) []item {
	all := make([]item, 1+in.r.IntN(3))
	for i := range int(s.skus) {
		it := in.w.item(s, i, 1)
		it.custom = false
		for k := range all {
			if all[k].qty == 0 || it.amount < all[k].amount {
				it, all[k] = all[k], it
			}
			if it.qty == 0 {
				break
			}
		}
	}
	for i := range all {
		if all[i].qty == 0 {
			all[i] = all[0]
		}
	}
	return all
}

// flooder returns what writes the texts of a flood: one or two that were handed
// out, changed a little or, by the diligent, put in other words.
func (in *instance) flooder(lang string) func() string {
	words, given := in.p.Texts, true
	if len(words) == 0 {
		words, given = in.w.m.occasion(lang, "flood"), false
	}
	told := []string{draw(in.r, words), draw(in.r, words)}[:1+in.r.IntN(2)]
	diligent := in.r.Float64() * .6
	handed := make([]string, len(told))
	for i, text := range told {
		if handed[i] = text; !given {
			handed[i] = in.w.m.compose(in.r, lang, text)
		}
	}
	return func() string {
		if given {
			return vary(in, in.fill(draw(in.r, told)))
		}
		text := draw(in.r, handed)
		if in.r.Float64() < diligent {
			text = in.w.m.compose(in.r, lang, draw(in.r, told))
		}
		return vary(in, in.w.m.slip(in.r, text))
	}
}

// vary changes a text as people do who were told to write it.
func vary(in *instance, text string) string {
	tails := []string{"", "!", "!!", " :(", "...", " 👎", "?!", " 1"}
	switch in.r.IntN(5) {
	case 0:
		text = strings.ToLower(text)
	case 1:
		if i := strings.IndexAny(text, ",，"); i > 12 {
			text = text[:i]
		}
	}
	return text + draw(in.r, tails)
}
