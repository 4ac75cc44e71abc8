package detect

import "strings"

// symWild stands for a letter that was written as a star.
const symWild = 0xe000

// mustHarden are the marks of words that may be written so that a search does
// not find them.
const mustHarden = markLeet | markRun | markSpread | markScripts

// harden writes r into h as it would read without evasions: digits and signs
// within a word as the letters that they look like, letters of another script as
// those of the word's own, one letter for three or more in a row, and letters
// that were spread out as one word. A word whose foreign letters all have
// a double in either script is read as Latin or, if cyrillic is set, as Cyrillic.
func (r *reading) harden(h *reading, cyrillic bool) {
	for i := 0; i < r.n; {
		if f := r.form[i]; !f.isWord() || f == formHan || f == formOther && toLatin[r.sym[i]] == 0 {
			h.put(r.sym[i], f)
			i++
			continue
		}
		i = r.hardenWord(i, h, cyrillic)
	}
	h.joinSpread()
	h.glued = true
}

// hardenWord writes the word that begins at i into h, and returns its end.
func (r *reading) hardenWord(i int, h *reading, cyrillic bool) int {
	w := r.scripts(i)
	end := w.end
	fold := w.letters() > 0 && (end-i > 2 || w.digits == 0) // "5B" is a flat
	toCyrillic := w.latin == 0 && !(r.mark&markScripts != 0 && w.alike == w.foreign && r.count[formLatin] > 0) || w.alike < w.foreign ||
		cyrillic && w.cyrillic > 0 && w.doubles == w.latin
	for j := i; j < end; j++ {
		as, form := r.sym[j], r.form[j]
		if fold {
			if as, form = hardLetter(as, form, toCyrillic); r.sym[j] == 'у' && as == 'y' && j > i && j+1 < end && r.consonant(j-1) && r.consonant(j+1) {
				as = 'u' // fуck, but уou
			}
		}
		if h.n > 1 && j > i+1 && as == h.sym[h.n-1] && as == h.sym[h.n-2] {
			for j+1 < end && r.sym[j+1] == r.sym[j] {
				j++
			}
			h.n-- // three or more are one
			continue
		}
		h.put(as, form)
	}
	return end
}

// wordScripts says what the letters of a word are.
type wordScripts struct {
	end             int
	latin, cyrillic int
	foreign, alike  int // letters that are not Latin, and how many of these look like one
	doubles         int // Latin letters that look like a Cyrillic one
	digits          int
}

func (w *wordScripts) letters() int { return w.latin + w.foreign }

// scripts looks at the word that begins at i. Signs within it belong to it, and an @ at its end.
func (r *reading) scripts(i int) (w wordScripts) {
	end := i
	for ; end < r.n; end++ {
		switch f := r.form[end]; {
		case f == formLatin:
			w.latin++
			w.doubles += count(toCyrillic[r.sym[end]] != 0)
		case f == formCyrillic, f == formOther && toLatin[r.sym[end]] != 0:
			w.foreign++
			w.cyrillic += count(f == formCyrillic)
			w.alike += count(toLatin[r.sym[end]] != 0)
		case f == formDigit:
			w.digits++
		case end > i && r.sym[end] == '@' && (end+1 >= r.n || !r.form[end+1].isWord()):
		case end > i && end+1 < r.n && r.form[end+1] != formHan && r.form[end+1].isWord() && hardSign(r.sym[end]) != 0:
		default:
			w.end = end
			return w
		}
	}
	w.end = end
	return w
}

// consonant says whether symbol i is a Latin consonant or looks like one.
func (r *reading) consonant(i int) bool {
	c := r.sym[i]
	if to := toLatin[c]; to != 0 {
		c = to
	}
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return false
	}
	return c >= 'a' && c <= 'z'
}

// hardSign returns the letter that a sign within a word looks like, 0 if none.
func hardSign(as uint16) uint16 {
	switch as {
	case '@':
		return 'a'
	case '$':
		return 's'
	case '!':
		return 'i'
	case '*', '#':
		return symWild
	}
	return 0
}

// Letters that look alike, the Latin one first, and what digits look like. Those of
// confusables are read as Latin ones alone: the letters of keyboards that people have which Unicode's confusables.txt (UTS 39)
// takes for one small Latin letter. All of that file would be larger than the
// lexicons, and folds too much for words, m to rn and l to 1.
const (
	doubles        = "aа bв cс eе hн iі kк mм oо pр tт xх uу yу sѕ jј rг"
	confusables    = "uү wԝ qԛ dԁ lӏ vѵ hһ aα aά iι iί kκ vν oο oό pρ tτ uυ uύ xχ yγ nη nή wω eε eέ cϲ zζ bβ oօ hհ nո uս gց qզ jյ"
	digitsLatin    = "oizeasgtbg"
	digitsCyrillic = "оиззчсбтвд"
)

var toLatin, toCyrillic = makeAlike()

func makeAlike() (toLatin, toCyrillic map[uint16]uint16) {
	toLatin, toCyrillic = map[uint16]uint16{}, map[uint16]uint16{}
	for pair := range strings.FieldsSeq(doubles) {
		c := []rune(pair)
		toLatin[uint16(c[1])], toCyrillic[uint16(c[0])] = uint16(c[0]), uint16(c[1])
	}
	toCyrillic['b'], toCyrillic['u'] = 'ь', 'и' // as hands write it
	for pair := range strings.FieldsSeq(confusables) {
		c := []rune(pair)
		toLatin[uint16(c[1])] = uint16(c[0])
	}
	d := []rune(digitsCyrillic)
	for i := range 10 {
		toLatin['0'+uint16(i)], toCyrillic['0'+uint16(i)] = uint16(digitsLatin[i]), uint16(d[i])
	}
	return toLatin, toCyrillic
}

// hardLetter returns what a symbol of a word reads as in the word's script.
func hardLetter(as uint16, form letterForm, cyrillic bool) (uint16, letterForm) {
	table, script := toLatin, formLatin
	if cyrillic {
		table, script = toCyrillic, formCyrillic
	}
	if form == script {
		return as, form
	}
	if sign := hardSign(as); sign != 0 {
		as = sign
		if sign == symWild || !cyrillic {
			return as, script
		}
	}
	if to := table[as]; to != 0 {
		return to, script
	}
	return as, form
}

// joinSpread takes out what stands between three and more letters on their own.
func (r *reading) joinSpread() {
	n := 0
	for i := 0; i < r.n; {
		end := i
		for end < r.n && r.single1(end) && (end+1 >= r.n || !r.form[end+1].isWord()) {
			end += 2
		}
		if end-i < 6 {
			r.sym[n], r.form[n] = r.sym[i], r.form[i]
			n, i = n+1, i+1
			continue
		}
		for ; i < end; i += 2 {
			r.sym[n], r.form[n] = r.sym[i], r.form[i]
			n++
		}
		if i = end - 1; i > r.n {
			i = r.n
		}
	}
	r.n = min(n, maxReading)
}

// single1 says whether symbol i is a letter on its own, seen from its left.
func (r *reading) single1(i int) bool {
	f := r.form[i]
	return (f == formLatin || f == formCyrillic) && (i == 0 || !r.form[i-1].isWord())
}

// maxWild is how many letters are tried for the stars of a text. A word has two
// or three stars, and few ways to go on; a text of stars has too many.
const maxWild = 500

// wild goes on from a node where the text has a star: it stands for one letter
// to three.
func (l *lexicon) wild(r *reading, j int, node nodeNumber, letters int) (found class, end int) {
	for _, span := range [2][2]uint16{{'a', 'z'}, {'а', 'я'}} {
		for sym := span[0]; sym <= span[1]; sym++ {
			to := l.next(node, sym)
			if to == 0 {
				continue
			}
			if r.wild++; r.wild > maxWild {
				return noClass, 0
			}
			if c, e := l.from(r, j+1, to); c != noClass {
				return c, e
			}
			if letters > 1 {
				if c, e := l.wild(r, j, to, letters-1); c != noClass {
					return c, e
				}
			}
		}
	}
	return noClass, 0
}
