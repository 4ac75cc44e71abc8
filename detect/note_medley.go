package detect

// isMedley says whether a text is pieces of several kinds that say nothing, and no words: "asdfasdf hahahaha qweqwe",
// "test test 111111111", "请问人体哈哈哈fghfgh". Pieces that may be meant, as laughter, numbers and odd words, make none by
// themselves: of the others there must be four letters, and a fourth of all.
func (r *reading) isMedley(h *hits) bool {
	if r.letters()+r.count[formDigit] < 8 {
		return false
	}
	m := medley{named: r.capital > 0 && r.capital < r.letters()}
	for i, next := 0, 0; i < r.n; {
		for next < h.n && int(h.list[next].from) < i {
			next++
		}
		if next < h.n && int(h.list[next].from) == i && m.entry(h.list[next].class, r.lettersOf(&h.list[next])) {
			i = int(h.list[next].to)
			continue
		}
		end := r.pieceEnd(i)
		if r.form[i].isWord() {
			m.piece(r.sym[i:end], r.form[i], i > 0 && r.form[i-1] == formDigit || end < r.n && r.form[end] == formDigit)
		}
		if i = end; m.words*10 > r.letters() {
			return false
		}
	}
	return m.pieces > 1 && m.nothing >= 4 && m.nothing*3 >= m.maybe
}

// pieceEnd returns where the piece that begins at i ends: letters of a script, one Han character again and again, digits, or signs.
func (r *reading) pieceEnd(i int) int {
	form, sym := r.form[i], r.sym[i]
	for i < r.n && r.form[i] == form && (form != formHan || r.sym[i] == sym) {
		i++
	}
	return i
}

// medley counts the letters and digits of a text by what their pieces are.
type medley struct {
	nothing, maybe, words int
	pieces                int
	named                 bool // some letters are capitals, and not all
}

// entry counts an entry of the lexicon, if it is one that says nothing.
func (m *medley) entry(c class, letters int) bool {
	switch c {
	case fillerClass, imeClass:
		m.nothing += letters
	case laughClass:
		m.maybe += letters
	default:
		return false
	}
	m.pieces++
	return true
}

// piece counts a piece; of a code, if there are digits beside it.
func (m *medley) piece(p []uint16, form letterForm, code bool) {
	m.pieces++
	n, cyrillic := len(p), form == formCyrillic
	switch {
	case form == formHan && n < 3 && !meansMore(p[0]) || form == formOther || isDrawn(p) && !isUniform(p):
		m.words += n
	case isUniform(p) && n >= 7-4*count(form == formHan):
		if meansMore(p[0]) || form == formDigit && !isDigitRow(p, 1) {
			m.maybe += n
		} else {
			m.nothing += n
		}
	case form > formCyrillic || n < 4 || laughs(p) || isGiggle(p):
		m.maybe += n
	case isLayout(p):
		m.words += n
	case walks(p, cyrillic) || isStammer(p):
		m.nothing += n
	case code:
		m.maybe += n
	case isNoiseWord(p, cyrillic) && !m.named:
		m.nothing += n
	case 10*rarity(p, cyrillic)+oddness(p, cyrillic) > (25+13*count(cyrillic))*n:
		m.maybe += n
	default:
		m.words += n
	}
}

// isGiggle says whether a word is laughter of several kinds, one after the other: "hahahehe", "rsrskkkk".
func isGiggle(word []uint16) bool {
	same := 0
	for i, c := range word {
		switch c {
		case 'h', 'j', 'a', 'e', 'i', 'o', 'u', 'k', 'r', 's', 'l', 'x', 'd', 'b', 'w', 'х', 'а', 'е', 'и', 'о', 'л':
			same += count(i > 1 && c == word[i-2] || i > 2 && c == word[i-3])
		default:
			return false
		}
	}
	return len(word) >= 6 && same*4 >= (len(word)-2)*3
}

// isStammer says whether a word is two to four letters three times and more: "qweqweqwe".
func isStammer(word []uint16) bool {
	for period := 2; period <= 4 && period*3 <= len(word); period++ {
		if recurs(word, period) >= len(word)-1 { // but for a slip at the end
			return true
		}
	}
	return false
}

// isScatter says whether a text is three odd words of four letters and more, and little else, without a capital or in capitals alone: letters at random. How rare they are in a row is judged of all words
// together, so that none need be as rare as a word that stands alone; short forms, as in "dnt brng th pckt", have no vowels.
func (r *reading) isScatter(letters int) bool {
	if letters < 16 || r.count[formLatin] < letters || r.count[formDigit] > 0 || r.capital > 0 && r.capital < letters {
		return false
	}
	sum, n, words, vowels := 0, 0, 0, 0
	for i := 0; i < r.n; {
		end := r.wordEnd(i)
		if word := r.sym[i:end]; len(word) >= 4 {
			if isLayout(word) {
				return false
			}
			sum, n, words = sum+rarity(word, false), n+len(word), words+1
			for _, c := range word {
				vowels += count(c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y')
			}
		}
		i = max(end, i+1)
	}
	return words >= 3 && n*10 >= letters*7 && sum*10 > n*scatterFrom && (vowels*8 >= n || sum > 6*n)
}

// scatterFrom is how rare, in tenths a letter, the letters of odd words are.
const scatterFrom = 42
