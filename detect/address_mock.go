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
	if len(line) < 8 || len(line) > 160 || digitsOf(line) > 0 {
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
	return r.abusive(&h) || h.of[insultClass]+h.of[curseClass] > 0 && isYours(line) || r.mark&mustHarden != 0 && r.abusiveHardened(words, &h)
}

// isYours says whether a line begins with whose it is, the reader's: "your warehouse, idiots".
func isYours(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	switch strings.ToLower(word) {
	case "your", "ur", "tu", "su", "tus", "seu", "sua", "teu", "tua", "твой", "твоя", "ваш", "ваша", "dein", "euer", "ton", "votre":
		return true
	}
	return strings.HasPrefix(line, "你")
}

// isWeak says whether a line has no more letters than a code, or none but of words that stand for nothing.
func isWeak(line string) bool {
	var r reading
	var h hits
	r.read(line)
	letters, covered := r.letters(), 0
	if letters <= 2 {
		return r.count[formHan] == 0
	}
	placeWords().find(&r, &h)
	for i := range h.list[:h.n] {
		if c := h.list[i].class; c == nothingClass || c == mockClass || c == labelClass {
			covered += r.lettersOf(&h.list[i])
		}
	}
	return covered >= letters
}

// isOtherWorld says whether the town is of a book, of the sky or below, and what stands beside it is of no more use: the number of the street
// is none, nought, or five times one digit and more; the postcode is noughts; a crater, a base or the like stands in the street line, and another such word; or the street line is such a body again and no more; or, of a book, there is no postcode where the
// country has them. There are towns of the name of Mars and of Hell, and they have house numbers and postcodes; a Luna in the Philippines, where noughts are written for a
// postcode; and an Atlantis in South Africa and in Florida. China has no town of a planet's name.
func isOtherWorld(s *orderguard.ShipTo, badPostcode bool) bool {
	if s.City == "" || len(s.City) > 40 {
		return false
	}
	unsound := (s.Postcode == "" || badPostcode) && (postcodesOf(s.Country) != "" || s.Country == "GB") && s.Country != "ZA" && s.Country != "US"
	noNumber := isNoNumber(s.Line1) || len(s.Postcode) > 3 && s.Postcode[0] == '0' && s.Country != "PH" && isNoNumber(s.Postcode)
	if !unsound && !noNumber && digitsOf(s.Line1) > 2 && (s.Country != "CN" || strings.HasSuffix(s.City, "市")) {
		return false // whatever the town is
	}
	if strings.EqualFold(s.City, "Atlantis") && (unsound || s.Country != "ZA" && s.Country != "US" && digitsOf(s.Line1) < 3 && strings.HasPrefix(strings.ToLower(s.Line1), "atlantis")) {
		return true
	}
	var r reading
	var h hits
	if !r.isPlace(s.City, &h) {
		return false
	}
	tale, sky := h.of[fictionClass]+h.of[nowhereClass] == 1, h.of[heavenClass] == 1 || strings.EqualFold(s.City, "hell") || strings.EqualFold(s.City, "inferno") || strings.EqualFold(s.City, "el infierno")
	switch {
	case !tale && !sky:
		return false
	case tale && unsound, noNumber:
		return true
	case (s.Postcode == "" || badPostcode || isOneSign(s.Postcode)) && (tale && !strings.EqualFold(s.City, "Atlantis") || isUpThere(s.Line1, 1)):
		return true
	case sky && r.count[formHan] == r.letters() && s.Country == "CN":
		return true
	case h.of[heavenClass] == 1 && isSky(s.Line1):
		return true
	}
	return isUpThere(s.Line1, 2)
}

// isSky says whether a street line is the name of a body of the sky, and no more: "The Moon".
func isSky(line string) bool {
	var r reading
	var h hits
	return line != "" && len(line) <= 40 && r.isPlace(line, &h) && h.of[heavenClass] == 1 && r.count[formDigit] == 0
}

// isPlace reads a part of an address and says whether all its letters are those of one entry about places.
func (r *reading) isPlace(text string, h *hits) bool {
	r.read(text)
	placeWords().find(r, h)
	return h.n == 1 && r.lettersOf(&h.list[0]) == r.letters()
}

// isUpThere says whether a street line has so many words of what is in the sky alone, as "Moon base, crater 7", and neither a word for a street nor the number of a
// house in one.
func isUpThere(line string, words uint8) bool {
	var r reading
	var h hits
	if line == "" || len(line) > 160 {
		return false
	}
	r.read(line)
	placeWords().find(&r, &h)
	return h.of[thereClass] >= words && h.of[stubClass] == 0 && r.count[formDigit] < 3
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
