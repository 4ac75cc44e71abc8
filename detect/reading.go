package detect

import (
	"unicode"
	"unicode/utf8"
)

// A reading is a text as its letters are understood: capitals as small letters,
// accents left out, full-width and ornamental forms as the plain ones,
// traditional Han characters that the lexicons know as the simplified ones.
// What stands between two words is one symbol. It lives on the stack: making one
// allocates nothing.
type reading struct {
	sym  [maxReading]uint16
	form [maxReading]letterForm
	n    int
	text string // that was read

	count   [forms]int // how many of the text's letters and signs have each form
	capital int        // how many letters are capitals
	spaces  int
	mark    readMark
	length  int  // of the word that is being read
	glued   bool // words may have lost what parted them
	loose   bool // letters that stood twice stand once
	single  int  // how many words of one letter came just now
	wild    int  // how many letters were tried for stars
}

// maxReading is how many symbols are read at once. A longer text is read in
// pieces that overlap by readOverlap bytes.
const (
	maxReading  = 384
	readOverlap = 96
)

// letterForm is what kind of thing a letter is.
type letterForm uint8

const (
	formDrop letterForm = iota // joiners, accents on their own, variants
	formLatin
	formCyrillic
	formHan
	formOther // letters of other scripts
	formDigit
	formSoft // parts words, and letters that somebody spread out: spaces, dots, dashes
	formHard // ends a clause
	formSign // other signs
	formEmoji
	forms
)

func (f letterForm) isWord() bool   { return f-formLatin <= formDigit-formLatin }
func (f letterForm) isLetter() bool { return f-formLatin <= formOther-formLatin }

// readMark says what was seen on the way that asks for a second look.
type readMark uint8

const (
	markLeet     readMark = 1 << iota // a digit or sign within a word
	markRun                           // a letter three times in a row
	markSpread                        // letters on their own, one after the other
	markScripts                       // Latin and Cyrillic letters in one word
	markOddDigit                      // digits as emoji or in circles
	markDot                           // a dot between two letters or digits
	markAt                            // an @ before a word
)

// symbol is what a rune is read as.
type symbol struct {
	as   uint16
	form letterForm
	up   bool
}

// lowSymbols are the symbols of the runes before U+0530: Latin, Greek, Cyrillic.
var lowSymbols = makeLowSymbols()

// Letters with accents and what they are without, each line from one rune on.
var unaccented = []struct {
	from  rune
	plain string
}{
	{0xe0, "aaaaaaaceeeeiiiidnooooo-ouuuuyty"},
	{0x100, "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"},
	{0x1a0, "oo"},
	{0x1af, "uu"},
	{0x1cd, "aaiioouuuuuuuuuu"},
	{0x218, "sstt"},
}

func makeLowSymbols() (t [0x530]symbol) {
	for i := range t {
		r := rune(i)
		s := symbol{as: uint16(unicode.ToLower(r)), up: unicode.IsUpper(r)}
		switch {
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			s.form = formHard
		case unicode.Is(unicode.Latin, r):
			s.form = formLatin
		case unicode.Is(unicode.Cyrillic, r) && unicode.IsLetter(r):
			s.form = formCyrillic
		case unicode.IsLetter(r):
			s.form = formOther
		case r >= '0' && r <= '9':
			s.form = formDigit
		case r >= 0x300 && r < 0x370 || r == 0xad || r == '\'' || r == '`' || r == 0xb4:
			s.form = formDrop
		default:
			s.form = signForm(r)
		}
		t[i] = s
	}
	t['\t'], t[0xa0] = t[' '], t[' ']
	t['×'] = t['x']
	t['\r'].as = '\n'
	for _, u := range unaccented {
		for i, c := range []byte(u.plain) {
			if c == '-' {
				continue
			}
			r := int(u.from) + i
			t[r].as = uint16(c)
			if u.from == 0xe0 && r != 0xff && r != 0xdf+0x20 {
				t[r-0x20].as = uint16(c)
			}
		}
	}
	t['ё'].as, t['Ё'].as = 'е', 'е'
	for i, r := range []rune("ʙɢʜɪʟɴʀʏɑɡı") { // small capitals, and what looks like a small letter
		t[r].as = uint16("bghilnryagi"[i])
	}
	return t
}

// signForm returns the form of a rune that is no letter and no digit.
func signForm(r rune) letterForm {
	switch r {
	case ' ', 0xa0, '.', '-', '_', '*', '/', '@', '+', '|', '~', '\\', '&', '(', ')', '"', 0xb7, '#', '=', '<', '>':
		return formSoft
	case ',', '!', '?', ';', ':', '\n', '\r', 0xa1, 0xbf:
		return formHard
	}
	return formSign
}

// symbolOf returns what a rune is read as.
func symbolOf(r rune) symbol {
	switch {
	case int(r) < len(lowSymbols):
		return lowSymbols[r]
	case r >= hanFirst && r <= hanLast:
		return symbol{as: simplified[r-hanFirst], form: formHan}
	case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
		return lowSymbols[r-0xfee0]
	case r >= 0x3001 && r <= 0x3002 || r == 0x2026:
		return symbol{as: uint16(r), form: formHard}
	case r >= 0x2000 && r <= 0x206f || r >= 0xfe00 && r <= 0xfe0f || r == 0x20e3 || r == 0xfeff:
		return punctuation(r)
	case r >= 0x1e00 && r <= 0x1eff: // Latin with two accents, as in Vietnamese
		return symbol{as: uint16(vietnamese[r-0x1e00]), form: formLatin, up: r&1 == 0}
	case r >= 0x2460 && r <= 0x24ea:
		return circled(r)
	case r >= 0x1d400 && r <= 0x1d7ff: // mathematical alphabets
		if r >= 0x1d7ce {
			return symbol{as: uint16('0' + (r-0x1d7ce)%10), form: formDigit}
		}
		return symbol{as: uint16('a' + (r-0x1d400)%26), form: formLatin}
	case r >= 0x1f130 && r <= 0x1f189: // letters in squares and circles
		return symbol{as: uint16('a' + (r-0x1f130)%32%26), form: formLatin, up: true}
	case r >= 0x1d00 && r <= 0x1d22 && smallCapitals[r-0x1d00] != '-':
		return symbol{as: uint16(smallCapitals[r-0x1d00]), form: formLatin}
	case r == 0xa730 || r == 0xa731:
		return symbol{as: uint16("fs"[r-0xa730]), form: formLatin}
	case r == 0x2795: // a heavy plus sign, by which advertisers say "add"
		return symbol{as: '加', form: formHan}
	case r == utf8.RuneError:
		return symbol{as: 0xfffd, form: formSign}
	case r > 0xffff && !unicode.IsLetter(r) || r >= 0x2190 && r <= 0x2bff:
		return symbol{as: 0xfffd, form: formEmoji}
	case r > 0xffff:
		return symbol{as: uint16(r), form: formOther}
	case r >= 0x93e && r <= 0x94c: // the vowels of Devanagari, but for the dots and dashes about which people are lax
		return symbol{as: uint16(r), form: formOther}
	case r >= 0x958 && r <= 0x95f: // letters with a dot below, which may as well be a sign of its own
		return symbol{as: uint16([]rune("कखगजडढफय")[r-0x958]), form: formOther}
	case unicode.IsLetter(r):
		return symbol{as: uint16(r), form: formOther}
	case unicode.IsDigit(r):
		return symbol{as: uint16(r), form: formDigit}
	case r == 0xe31 || r >= 0xe34 && r <= 0xe3a: // the vowels that Thai has above and below
		return symbol{as: uint16(r), form: formOther}
	case unicode.Is(unicode.M, r):
		return symbol{form: formDrop}
	case unicode.IsSpace(r) || r == 0x3000 || r == 0x30fb:
		return symbol{as: ' ', form: formSoft}
	}
	return symbol{as: 0xfffd, form: formSign}
}

// smallCapitals holds the letters of U+1D00 to U+1D22, which are written for others;
// those of the phonetic alphabet are among the low symbols.
const smallCapitals = "a--bcd-e--jk-m-o--------p--tu---vwz"

// punctuation is the symbol of a rune of the general punctuation, most of which
// are spaces of many widths and joiners that cannot be seen.
func punctuation(r rune) symbol {
	switch {
	case r <= 0x200a || r == 0x202f || r == 0x205f || r >= 0x2010 && r <= 0x2015 || r == 0x2022 || r == 0x2027:
		return symbol{as: ' ', form: formSoft}
	case r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 || r == 0x2019 || r == 0x2018:
		return symbol{form: formDrop}
	}
	return symbol{as: 0xfffd, form: formSign}
}

// circled is the symbol of a letter or digit in a circle or brackets.
func circled(r rune) symbol {
	switch {
	case r < 0x2469:
		return symbol{as: uint16('1' + r - 0x2460), form: formDigit}
	case r >= 0x2474 && r < 0x247d:
		return symbol{as: uint16('1' + r - 0x2474), form: formDigit}
	case r >= 0x249c && r <= 0x24e9:
		return symbol{as: uint16('a' + (r-0x249c)%26), form: formLatin}
	case r == 0x24ea:
		return symbol{as: '0', form: formDigit}
	}
	return symbol{as: 0xfffd, form: formSign}
}
