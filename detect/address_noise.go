package detect

import (
	"strings"

	"github.com/orderguard/orderguard"
)

// isScribble says whether the street line is two words or fewer without a number,
// and either it, the town and the recipient together are noise, though none is
// long enough to tell alone, or the recipient and his telephone number are none
// and the line is odd.
func isScribble(s *orderguard.ShipTo) bool {
	if len(s.Line1)+len(s.City)+len(s.Name) > 60 {
		return false
	}
	var all reading
	if all.read(s.Line1) < len(s.Line1) || all.letters() != all.count[formLatin] || all.count[formDigit] > 0 {
		return false
	}
	if line, letters := all.rareness(); isBadPhone(s) && isFalse(partOf(s.Name)) && letters >= 8 && line*10 > letters*25 {
		return true
	}
	sum, letters := 0, 0
	for _, part := range [...]string{s.Line1, s.City, s.Name} {
		var r reading
		r.read(part)
		if r.letters() != r.count[formLatin] || r.capital > 1 || r.count[formDigit] > 0 || r.letters() < 4 {
			return false
		}
		rare, n := r.rareness()
		if rare < n*2 {
			return false
		}
		sum, letters = sum+rare, letters+n
	}
	return letters >= 15 && sum*10 > letters*42
}

// isMash says whether the street line, which is what is given, and the town are a word
// or two each that look
// like noise together, though neither may do so enough to tell alone. Of 300,000
// pairs of towns in the world, a hundred do, most of them Arabic names without vowels.
func isMash(s *orderguard.ShipTo, is part) bool {
	if len(s.Line1) > 40 || digitsOf(s.Line1) > 0 {
		return false // as most lines
	}
	line, n := partOddness(s.Line1)
	if n == 0 {
		if is != partNoise {
			return false
		}
		town, m := partOddness(s.City)
		return town > 18*m
	}
	town, m := partOddness(s.City)
	if m == 0 {
		city := partOf(s.City)
		return line > 18*n && isFalse(city) || line > 0 && n >= 8 && city == partBlank && len(s.City) >= 5
	}
	return line >= 5*n && town >= 5*m && line+town > 18*(n+m)
}

// isPureNoise says whether a street line, which is noise, is so much of it that no other sign needs
// to agree: ten letters without a number that are far from any language, or a code of twelve
// small letters and digits by turns. Of the names of 207,000 towns in the world, in capital and small letters, sixteen of
// 414,000 are so odd, most of them Welsh or Kazakh.
func isPureNoise(line string) bool {
	if odd, n := partOddness(line); n >= 10 && odd >= 25*n {
		return true
	}
	var r reading
	r.read(line)
	return r.n >= 12 && r.isRandomCode()
}

// partOddness returns by how much a text of five letters or more, without a number, is odder
// than words may be, in tenths, and how many letters that are; 0 of any other text.
func partOddness(text string) (odd, letters int) {
	if len(text) > 40 {
		return 0, 0
	}
	var r reading
	r.read(text)
	n := r.letters()
	if r.capital > 1 || r.count[formDigit] > 0 || n < 5 || r.count[formLatin]+r.count[formCyrillic] < n {
		return 0, 0
	}
	for i := 0; i < r.n; {
		end := r.wordEnd(i)
		if end > i {
			word, cyrillic := r.sym[i:end], r.form[i] == formCyrillic
			odd += 10*rarity(word, cyrillic) + oddness(word, cyrillic) - (20+15*count(cyrillic))*len(word)
		}
		i = max(end, i+1)
	}
	return odd, n
}

// rareness returns how rare the letters of all words are in a row, and how many
// letters that are.
func (r *reading) rareness() (sum, letters int) {
	for i := 0; i < r.n; {
		end := r.wordEnd(i)
		if end > i {
			sum, letters = sum+rarity(r.sym[i:end], r.form[i] == formCyrillic), letters+end-i
		}
		i = max(end, i+1)
	}
	return sum, letters
}

// isStutter says whether a word is two letters four times and more: "lalalalala". No place is called so.
func isStutter(word []uint16) bool {
	return len(word) >= 8 && recurs(word, 2) == len(word)
}

// isVowelless says whether a street line, which is noise, is one word of seven letters and more and none of them a vowel. It is not asked where whole words are written without.
func isVowelless(s *orderguard.ShipTo) bool {
	switch s.Country {
	case "CZ", "SK", "SI", "HR", "BA", "RS", "ME", "MK", "BG", "PL", "IL":
		return false
	}
	for i := range len(s.Line1) {
		switch c := s.Line1[i] | 0x20; {
		case c < 'a' || c > 'z', i > 0 && s.Line1[i] < 'a', strings.IndexByte("aeiouy", c) >= 0:
			return false
		}
	}
	return len(s.Line1) >= 7
}

// isSigns says whether a postcode is signs alone, as of who has to write something.
func isSigns(postcode string) bool {
	return postcode != "" && strings.Trim(postcode, "./*?-_#, ") == ""
}
