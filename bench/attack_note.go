package bench

import (
	"strings"
	"time"

	"github.com/orderguard/orderguard"
)

// noteAttacks are orders that are placed only to carry a message, and left
// unpaid.
var noteAttacks = []kind{
	{name: "junk", scenario: orderguard.Harassment, texts: true, expand: harass("junk"), Family: Family{
		Count: 8, Accounts: some(1, 5), Orders: some(1, 5), Span: span(2*time.Minute, 12*time.Hour), Age: span(time.Minute, 1000*aDay), Pays: new(0.)}},
	{name: "abuse", scenario: orderguard.Harassment, texts: true, expand: harass("abuse"), Family: Family{
		Count: 8, Accounts: some(1, 4), Orders: some(1, 5), Span: span(2*time.Minute, 24*time.Hour), Age: span(time.Minute, 1500*aDay), Pays: new(0.)}},
	{name: "ads", scenario: orderguard.Harassment, texts: true, expand: harass("advert"), Family: Family{
		Count: 8, Accounts: some(1, 5), Orders: some(1, 9), Shops: some(1, 9), Span: span(2*time.Minute, 24*time.Hour), Age: span(time.Minute, 300*aDay), Pays: new(0.)}},
}

// harass returns what draws unpaid orders with notes of an occasion, in the
// language of the shop or, now and then, another one.
func harass(occasion string) func(*instance) {
	return func(in *instance) {
		shops := []uint32{in.shop()}
		if in.p.Shops.Max > 0 {
			shops = in.shops()
		}
		zone := in.zone(shops[0])
		write := in.writer(occasion, countries[zone].lang)
		for _, a := range in.accounts(zone) {
			for i, at := range in.times(in.p.Orders.pick(in.r)) {
				o := in.place(at, shops[i%len(shops)], a)
				o.note = write()
				in.abandon(o)
			}
		}
	}
}

// writer returns what writes the notes of one attacker, who has a few of them.
func (in *instance) writer(occasion, lang string) func() string {
	if len(in.p.Texts) > 0 {
		base := in.p.Texts[in.r.IntN(len(in.p.Texts)):]
		return func() string { return in.fill(draw(in.r, base[:min(3, len(base))])) }
	}
	if in.r.IntN(12) == 0 {
		lang = []string{"en", "zh", "es", "ru", "pt"}[in.r.IntN(5)]
	}
	words := in.w.m.occasion(lang, occasion)
	told := []string{draw(in.r, words), draw(in.r, words), draw(in.r, words)}[:1+in.r.IntN(3)]
	spaced, loud := in.r.IntN(12) == 0, in.r.IntN(8) == 0
	return func() string {
		text := in.w.m.slip(in.r, in.w.m.compose(in.r, lang, draw(in.r, told)))
		if loud {
			text = strings.ToUpper(text) + "!!!"
		}
		if spaced && occasion == "abuse" { // so that no filter sees the words
			text = strings.ReplaceAll(text, " ", draw(in.r, []string{"  ", ".", " . ", "_"}))
		}
		return text
	}
}

// fill replaces the places of a user's text: # by a digit, ~ by a letter.
func (in *instance) fill(text string) string {
	b := []byte(text)
	for i, c := range b {
		switch c {
		case '#':
			b[i] = byte('0' + in.r.IntN(10))
		case '~':
			b[i] = byte('a' + in.r.IntN(26))
		}
	}
	return string(b)
}
