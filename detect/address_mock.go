package detect

import (
	"strings"

	"github.com/orderguard/orderguard"
)

// isInsult says whether a street line insults its reader. Streets have numbers, nearly all of them, and lines of
// abuse have none: only those without are asked. There are streets and towns whose names look rude, Fucking and Via Bastardo among
// them: what is one word, or has a word that streets and places end in, is none, and neither is a rude word alone. It takes what is abuse
// of a shop in a note.
func isInsult(line string) bool {
	if len(line) < 8 || len(line) > 160 || strings.ContainsAny(line, "0123456789") {
		return false
	}
	var r reading
	if r.read(line) < len(line) || r.count[formHan] == 0 && r.spaces == 0 {
		return false
	}
	var place, h hits
	if placeWords().find(&r, &place); place.of[stubClass] > 0 {
		return false
	}
	for _, end := range [...]string{"corner", "farm", "manor", "creek", "hill", "bar", "hotel", "park", "berg", "tal", "dorf", "bach"} {
		if at := len(line) - len(end); strings.EqualFold(line[at:], end) {
			return false
		}
	}
	words := noteWords()
	words.find(&r, &h)
	return r.abusive(&h) || r.mark&mustHarden != 0 && r.abusiveHardened(words, &h)
}

// isOtherWorld says whether the town is of a book or of the sky and nothing else of the address is sound: the number of the street
// is none, nought, or five times one digit and more; or, of a book, there is no postcode where the country has them. There are
// towns of the name of Mars, and they have house numbers and postcodes; and an Atlantis in South Africa and in Florida.
func isOtherWorld(s *orderguard.ShipTo) bool {
	if s.City == "" || len(s.City) > 40 {
		return false
	}
	none := isNoNumber(s.Line1)
	unsound := (s.Postcode == "" || isBadPostcode(s)) && (postcodes[s.Country] != "" || s.Country == "GB") && s.Country != "ZA" && s.Country != "US"
	if !none && !unsound {
		return false
	}
	if unsound && strings.EqualFold(s.City, "Atlantis") {
		return true
	}
	var r reading
	r.read(s.City)
	var h hits
	placeWords().find(&r, &h)
	if h.n != 1 || r.lettersOf(&h.list[0]) != r.letters() {
		return false
	}
	return none && h.of[heavenClass]+h.of[fictionClass]+h.of[nowhereClass] == 1 || unsound && h.of[fictionClass]+h.of[nowhereClass] == 1
}

// isNoNumber says whether the digits of a line are nought alone, or one digit five times or more.
func isNoNumber(line string) bool {
	n, is := 0, byte(0)
	for i := range len(line) {
		switch c := line[i]; {
		case c < '0' || c > '9':
		case n > 0 && c != is:
			return false
		default:
			n, is = n+1, c
		}
	}
	return n > 4 || n > 0 && is == '0'
}
