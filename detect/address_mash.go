package detect

import (
	"strings"

	"github.com/orderguard/orderguard"
)

// lineOf says what the text of the street line is.
func lineOf(s *orderguard.ShipTo) part {
	line := partOf(s.Line1)
	if (line == partPlain || line == partNoise) && isNumberedMash(s) {
		return partKeys
	}
	return line
}

// isNumberedMash says whether the street line is what fists on a keyboard make, with the number of a house, so as to look like one: "sblfdhjskjj jgkxaa 62". The number
// makes a line pass for a street, so more noise is asked of it than of one without: every word has five letters, of which hands and no language put so
// many together. Of 300 names of streets in forty languages, among them Polish, Czech, Georgian and Icelandic ones and what is transliterated from
// scripts without vowels, none is so odd but Welsh ones, of whose w and y the count knows little: in Britain it takes more.
func isNumberedMash(s *orderguard.ShipTo) bool {
	text := withoutNumber(s.Line1)
	var r reading
	if len(text) > 60 || r.read(text) < len(text) || r.count[formDigit] > 0 {
		return false
	}
	n := r.letters()
	switch {
	case n > 0 && r.count[formOther] == n:
		return r.isOtherKeys(n)
	case n < 8 || n != r.n-r.spaces:
		return false
	case r.count[formLatin] < n && r.count[formCyrillic] < n:
		return false
	}
	odd, words := 0, 0
	for i := 0; i < r.n; i++ {
		end := r.wordEnd(i)
		if end-i < 5 {
			return false
		}
		word, cyrillic := r.sym[i:end], r.form[i] == formCyrillic
		odd += 10*rarity(word, cyrillic) + oddness(word, cyrillic) - (20+15*count(cyrillic))*len(word)
		words++
		i = end
	}
	return r.capital <= words && odd > n*(26+10*count(n < 10)+20*count(s.Country == "GB" || s.Country == "UK"))
}

// withoutNumber returns a street line without the number of up to three digits that stands before or after it.
func withoutNumber(line string) string {
	for _, cut := range [...]func(text, set string) string{strings.TrimRight, strings.TrimLeft} {
		words := cut(line, "0123456789")
		digits := len(line) - len(words)
		if bare := cut(words, " "); digits > 0 && digits <= 3 && bare != words {
			return bare
		}
	}
	return line
}

// isOtherKeys says whether letters that are neither Latin nor Cyrillic nor Han are keys struck at random: Korean ones that make no syllables, or Arabic ones
// of which three of four are rare ones, that fingers find first and no words have so many of.
func (r *reading) isOtherKeys(letters int) bool {
	if letters < 6 || r.count[formOther] < letters || r.count[formDigit] > 0 {
		return false
	}
	return r.isJamo() || letters >= 10 && r.rareArabic()*4 >= letters*3
}

// rareArabic counts the rare letters of an Arabic text, of which real words are a fourth; of none other.
func (r *reading) rareArabic() int {
	rare := 0
	for i := range r.n {
		switch r.sym[i] {
		case 'ض', 'ص', 'ث', 'ق', 'ف', 'غ', 'ع', 'ه', 'خ', 'ح', 'ج', 'ش', 'ط', 'ظ', 'ذ', 'ز', 'ء', 'ئ', 'ؤ':
			rare++
		}
	}
	return rare
}
