package detect

import (
	"maps"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// save writes what is flagged, and the attacks behind it, each once. What each
// rule has flagged stands with its slot. Where in a batch an alert went out serves
// only within that batch.
func (f *flagger) save(to *window.Encoder) {
	flags, attacks := slices.Sorted(maps.Keys(f.flags)), slices.Sorted(maps.Keys(f.attacks))
	var list []*attack
	numbers := map[*attack]uint32{nil: 0} // from 1
	number := func(a *attack) {
		if _, known := numbers[a]; !known {
			list = append(list, a)
			numbers[a] = uint32(len(list))
		}
	}
	for _, k := range flags {
		number(f.flags[k].attack)
	}
	for _, k := range attacks {
		number(f.attacks[k])
	}
	to.Int(len(list))
	for _, a := range list {
		a.save(to)
	}
	to.Int(len(flags))
	for _, k := range flags {
		fl := f.flags[k]
		to.Uint64(k)
		to.Uint32(numbers[fl.attack])
		window.Put(to, fl.rules)
		to.Int(fl.score)
		to.Int64(int64(fl.at))
	}
	to.Int(len(attacks))
	for _, k := range attacks {
		to.Uint64(k)
		to.Uint32(numbers[f.attacks[k]])
	}
}

// load reads what save wrote, once the slots of the rules are known.
func (f *flagger) load(from *window.Decoder) {
	list := []*attack{nil}
	for n := from.Len(); n > 0 && from.OK(); n-- {
		a := &attack{}
		a.load(from)
		list = append(list, a)
	}
	for n := from.Len(); n > 0 && from.OK(); n-- {
		k := from.Uint64()
		fl := &flagged{attack: list[from.Int32(len(list)-1)], rules: window.Get[uint64](from)}
		fl.score, fl.at = from.Int(100), orderguard.Millis(from.Int64())
		from.Check(fl.attack == nil && fl.rules == nil || fl.attack != nil && len(fl.rules) == words(len(f.flaggedRefs)), "a flagged order")
		f.flags[k] = fl
	}
	for n := from.Len(); n > 0 && from.OK(); n-- {
		k := from.Uint64()
		a := list[from.Int32(len(list)-1)]
		from.Check(a != nil, "the attack of a key")
		f.attacks[k] = a
	}
}

// save writes an attack, its shops in order.
func (a *attack) save(to *window.Encoder) {
	to.String(a.id)
	to.Int64(int64(a.last))
	to.Int64(int64(a.clock))
	to.Int(len(a.shops))
	for _, s := range slices.Sorted(maps.Keys(a.shops)) {
		to.String(s)
		saveStrings(to, a.shops[s].Orders)
		saveStrings(to, a.shops[s].Buyers)
	}
}

func (a *attack) load(from *window.Decoder) {
	a.id, a.last, a.clock = from.String(), orderguard.Millis(from.Int64()), orderguard.Millis(from.Int64())
	a.shops = map[string]*orderguard.Evidence{}
	for n := from.Len(); n > 0 && from.OK(); n-- {
		shop := from.String()
		a.shops[shop] = &orderguard.Evidence{Orders: loadStrings(from), Buyers: loadStrings(from)}
	}
}

func saveStrings(to *window.Encoder, list []string) {
	to.Int(len(list))
	for _, s := range list {
		to.String(s)
	}
}

// loadStrings returns a list that is never nil: alerts say [] of nobody.
func loadStrings(from *window.Decoder) []string {
	list := []string{}
	for n := from.Int(maxEvidence); n > 0 && from.OK(); n-- {
		list = append(list, from.String())
	}
	return list
}
