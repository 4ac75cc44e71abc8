package bench

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// GenOptions says what marketplace Generate makes. The zero value is the
// default one.
type GenOptions struct {
	// Seed chooses the marketplace; equal options make equal bytes.
	Seed uint64 `json:"seed" yaml:"seed"`
	// Start is the time of the first event, from 1975 on, since buyers have
	// registered before it; zero is Monday, 2 November 2026, 00:00 UTC.
	Start time.Time `json:"start" yaml:"start"`
	// Duration is how long orders are placed; zero is 7 days. Life cycles run
	// on beyond it until every order has ended.
	Duration Duration `json:"duration" yaml:"duration"`
	// Orders is about how many orders ordinary trade places; zero is 100,000.
	Orders int `json:"orders" yaml:"orders"`
	// Shops is how many shops there are; zero is one for 120 to 1000 orders, by
	// the seed, at least 12.
	Shops int `json:"shops" yaml:"shops"`
	// Buyers is how many ordinary buyers there are; zero is one for 1.6 to
	// 7 orders, by the seed, at least 100.
	Buyers int `json:"buyers" yaml:"buyers"`

	// NoAttacks leaves all attacks out, NoLookAlikes all lawful look-alikes.
	NoAttacks    bool `json:"no_attacks" yaml:"no_attacks"`
	NoLookAlikes bool `json:"no_look_alikes" yaml:"no_look_alikes"`
	// Families changes single attacks and look-alikes, by name; FamilyNames
	// lists them.
	Families map[string]Family `json:"families" yaml:"families"`

	// Disorder is by how much at most an event is written too late; zero
	// writes in order of time.
	Disorder Duration `json:"disorder" yaml:"disorder"`
	// DuplicateShare is the share of lines that are written twice, the second
	// time somewhat later; 0 to 1.
	DuplicateShare float64 `json:"duplicate_share" yaml:"duplicate_share"`
	// BadLineShare is how many lines that are no events are written, as a
	// share of good ones; 0 to 1.
	BadLineShare float64 `json:"bad_line_share" yaml:"bad_line_share"`
}

// Family changes how one kind of attack or look-alike is made. A field that is
// zero keeps the family's default. Each instance draws its own value from each
// range. A family has only some of the fields; Validate names the others when
// they are set.
type Family struct {
	// Off leaves the family out.
	Off bool `json:"off" yaml:"off"`
	// Count is how many instances there are. The default grows with Orders,
	// and is at least one.
	Count int `json:"count" yaml:"count"`
	// Orders is how many orders an instance has, or, where it has several
	// accounts, each of them.
	Orders Range[int] `json:"orders" yaml:"orders"`
	// Accounts is how many buyers take part.
	Accounts Range[int] `json:"accounts" yaml:"accounts"`
	// Devices is how many devices they share.
	Devices Range[int] `json:"devices" yaml:"devices"`
	// Shops is how many shops are met.
	Shops Range[int] `json:"shops" yaml:"shops"`
	// Span is the time from the first order to the last; it is cut to what
	// remains of Duration. For late-answer it is the time that the buyer takes.
	Span Range[Duration] `json:"span" yaml:"span"`
	// Age is how old accounts are when they begin.
	Age Range[Duration] `json:"age" yaml:"age"`
	// Quantity is how many pieces an order takes.
	Quantity Range[int] `json:"quantity" yaml:"quantity"`
	// Pays is the share of orders that are paid, Turns the share of those in
	// which the buyer does what the family is about: refunds, disputes.
	Pays  *float64 `json:"pays" yaml:"pays"`
	Turns *float64 `json:"turns" yaml:"turns"`
	// Texts are the notes or reviews to draw from, instead of those by
	// language.
	Texts []string `json:"texts" yaml:"texts"`
}

// withDefaults returns the options with every zero replaced.
func (o GenOptions) withDefaults() GenOptions {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	}
	if o.Duration == 0 {
		o.Duration = 7 * Day
	}
	if o.Orders == 0 {
		o.Orders = 100_000
	}
	m := newMarket(o.Seed)
	if o.Shops == 0 {
		o.Shops = max(12, int(float64(o.Orders)/m.shopOrders))
	}
	if o.Buyers == 0 {
		o.Buyers = max(100, int(float64(o.Orders)/m.buyerOrders))
	}
	return o
}

// Validate returns every fault of the options at once, or nil.
func (o GenOptions) Validate() error {
	var errs []error
	bad := func(wrong bool, format string, a ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, a...))
		}
	}
	d := o.withDefaults()
	bad(!startFits(d.Start, firstStart), "start %s: want a year from %d to %d", d.Start.Format(time.RFC3339), firstStart, lastStart)
	bad(d.Duration < Duration(time.Hour) || d.Duration > 3650*Day, "duration %s: want 1h to 3650d", d.Duration)
	bad(d.Orders < 0 || d.Orders > 1<<36, "orders %d: want 1 to 2^36", d.Orders)
	bad(d.Shops < fewestShops || d.Shops > 1<<24, "shops %d: want %d to 2^24", d.Shops, fewestShops)
	bad(d.Buyers < 50 || d.Buyers > 1<<32, "buyers %d: want 50 to 2^32", d.Buyers)
	bad(d.Disorder < 0 || d.Disorder > Day, "disorder %s: want 0s to 1d", d.Disorder)
	bad(!share(d.DuplicateShare), "duplicate_share %v: want 0 to 1", d.DuplicateShare)
	bad(!share(d.BadLineShare), "bad_line_share %v: want 0 to 1", d.BadLineShare)
	names := make([]string, 0, len(o.Families))
	for name := range o.Families {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k := slices.IndexFunc(families, func(k kind) bool { return k.name == name })
		if k < 0 {
			bad(true, "families: no family %q: want one of %s", name, strings.Join(FamilyNames(), ", "))
			continue
		}
		errs = append(errs, families[k].check(o.Families[name])...)
		oldest := o.Families[name].Age.Max
		bad(oldest.ms() > d.Start.UnixMilli(), "families: %s: age %s: want an account registered from 1970 on", name, oldest)
	}
	return errors.Join(errs...)
}

// fewestShops is how many shops a marketplace has at least.
const fewestShops = 6

// The years in which a stream may start. Events begin with 1970, and in a
// marketplace buyers have registered up to 1501 days before its start.
const firstStart, lastStart = 1975, 9000

func startFits(t time.Time, first int) bool {
	year := t.UTC().Year()
	return year >= first && year <= lastStart
}

// share says whether v is a share; it is false for NaN.
func share(v float64) bool { return v >= 0 && v <= 1 }

// check returns what is wrong with the changes to a family.
func (k *kind) check(f Family) (errs []error) {
	bad := func(wrong bool, format string, a ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf("families: "+k.name+": "+format, a...))
		}
	}
	bad(f.Count < 0 || f.Count > 1<<16, "count %d: want 0 to 65536", f.Count)
	for _, r := range []struct {
		name       string
		given, def Range[int]
	}{
		{"orders", f.Orders, k.Orders}, {"accounts", f.Accounts, k.Accounts}, {"devices", f.Devices, k.Devices},
		{"shops", f.Shops, k.Shops}, {"quantity", f.Quantity, k.Quantity},
	} {
		bad(!r.given.zero() && r.def.zero(), "it has no %s", r.name)
		bad(!r.given.zero() && (r.given.Min < 1 || r.given.Max < r.given.Min || r.given.Max > 100_000),
			"%s %d to %d: want 1 <= min <= max <= 100000", r.name, r.given.Min, r.given.Max)
	}
	for _, r := range []struct {
		name       string
		given, def Range[Duration]
	}{{"span", f.Span, k.Span}, {"age", f.Age, k.Age}} {
		bad(!r.given.zero() && r.def.zero(), "it has no %s", r.name)
		bad(r.given.Min < 0 || r.given.Max < r.given.Min, "%s %s to %s: want 0s <= min <= max", r.name, r.given.Min, r.given.Max)
	}
	for _, r := range []struct {
		name       string
		given, def *float64
	}{{"pays", f.Pays, k.Pays}, {"turns", f.Turns, k.Turns}} {
		bad(r.given != nil && r.def == nil, "it has no %s", r.name)
		bad(r.given != nil && !share(*r.given), "%s: want 0 to 1", r.name)
	}
	bad(len(f.Texts) > 0 && !k.texts, "it has no texts")
	for _, t := range f.Texts {
		bad(len(t) > 1000, "texts: %.20q…: want at most 1000 bytes", t)
	}
	return errs
}

// with returns the family's defaults in the marketplace of a seed, with the
// changes laid over.
func (k *kind) with(f Family, orders int, seed uint64) Family {
	d := k.Family
	d.Off, d.Texts = f.Off, f.Texts
	if d.Count = f.Count; d.Count == 0 {
		n := dice(seed + hashName(k.name))
		often := .5 + float64(n.n(1000))/800 // 1.1 in the middle
		d.Count = min(1<<16, max(1, int(often*float64(k.Count)*float64(orders)/100_000)))
	}
	lay(&d.Orders, f.Orders)
	lay(&d.Accounts, f.Accounts)
	lay(&d.Devices, f.Devices)
	lay(&d.Shops, f.Shops)
	lay(&d.Quantity, f.Quantity)
	lay(&d.Span, f.Span)
	lay(&d.Age, f.Age)
	if f.Pays != nil {
		d.Pays = f.Pays
	}
	if f.Turns != nil {
		d.Turns = f.Turns
	}
	return d
}

// lay sets the default to what was given, if anything was.
func lay[T int | Duration](def *Range[T], given Range[T]) {
	if !given.zero() {
		*def = given
	}
}
