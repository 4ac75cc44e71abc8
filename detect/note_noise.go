package detect

// isNoise says whether most letters of the text are in words that go along a
// keyboard, or whose letters stand together in no language.
func (r *reading) isNoise(letters int) bool {
	if (r.count[formLatin]+r.count[formCyrillic])*10 < letters*9 {
		return false
	}
	var t noiseTally
	for i := 0; i < r.n; {
		end := r.wordEnd(i)
		if end == i {
			i++
			continue
		}
		t.words++
		r.weigh(i, end, &t)
		if i = end; t.plain*10 > letters*3 {
			return false
		}
	}
	if t.short == 0 && t.words > 1 && t.code > 0 { // beside noise, or alone
		t.noise, t.rare, t.other = t.noise+t.code, t.rare+10*t.code, t.other+10*t.code
	}
	switch {
	case t.walked >= 4 && (t.walked+t.noise)*10 >= (letters+r.count[formDigit])*7:
		return t.walked >= 6 || t.words > 1 || t.walked == letters
	case t.noise*10 < letters*7 || t.other < 2*t.noise:
		return t.words == 1 && r.isRandomCode()
	}
	return t.rare*10 > t.noise*rareFrom(t.noise, r.count[formCyrillic] > r.count[formLatin], r.capital*2 > letters)
}

// noiseTally counts the letters of a text by what their words are.
type noiseTally struct {
	noise, plain, walked int
	rare, other          int // how rare the letters of noise are, and would be in the other layout
	words, short         int // of which short ones have less than four letters and digits
	code                 int // letters of codes that nobody copies
}

// weigh adds the word [from, end) to a tally. Of a word with digits, which may be
// a model or a code, only long rows of letters count, and only if they are noise.
func (r *reading) weigh(from, end int, t *noiseTally) {
	word, cyrillic := r.sym[from:end], r.form[from] == formCyrillic
	if len(word) < 4 {
		t.short++
		return
	}
	if len(word) >= 10 && r.capital == 0 && r.turns(from, end) >= 5 {
		for _, f := range r.form[from:end] {
			t.code += count(f.isLetter())
		}
		return
	}
	if !hasDigit(word) {
		if sum := rarity(word, cyrillic); laughs(word) || r.mark&markScripts != 0 || r.mark&markRun != 0 && isDrawn(word) && sum <= 6*len(word) {
			t.plain += len(word)
			return
		}
	}
	switch {
	case isLayout(word):
		t.plain += len(word)
		return
	case walks(word, cyrillic) && r.turns(from, end)*3 < len(word) && r.form[end-1] != formDigit:
		t.walked += len(word)
		return
	}
	for i := from; i < end; {
		to := i
		for to < end && r.form[to] != formDigit {
			to++
		}
		if to-i >= 5 || to-i == len(word) {
			t.weighLetters(r.sym[i:to], cyrillic, to-i == len(word))
		}
		i = to + 1
	}
}

func (t *noiseTally) weighLetters(word []uint16, cyrillic, whole bool) {
	sum := rarity(word, cyrillic)
	home := len(word) >= 6 && sum > 3*len(word) && onHomeRow(word, cyrillic)
	switch {
	case home || sum > 3*len(word) && !cyrillic || sum > 5*len(word):
		t.noise += len(word)
		t.rare += sum
		t.other += inOtherLayout(word, cyrillic)
		if home { // hands that rest there need not go anywhere
			t.rare += 3 * len(word)
		}
	case whole:
		t.plain += len(word)
	}
}

// onHomeRow says whether a word is of keys of the middle row alone.
func onHomeRow(word []uint16, cyrillic bool) bool {
	keys := &latinKeys
	if cyrillic {
		keys = &cyrillicKeys
	}
	for _, c := range word {
		if c >= lowRoots || keys[c]>>4 != 2 {
			return false
		}
	}
	return true
}

// rareFrom is how rare, in tenths a letter, the letters of so long a noise are at
// least. Of the words of ten languages beyond their 20,000 most frequent ones,
// names among them, fewer than one in a thousand is above. Short capitals are
// codes.
func rareFrom(letters int, cyrillic, capitals bool) int {
	if letters < 5 || capitals && letters < 12 {
		return 1000
	}
	from := &rareLatin
	if cyrillic {
		from = &rareCyrillic
	}
	return int(from[min(letters, len(from)-1)])
}

var (
	rareLatin    = [...]uint8{5: 95, 64, 62, 52, 50, 42, 41, 40}
	rareCyrillic = [...]uint8{5: 115, 88, 80, 74, 68, 61, 57, 54}
)

// isLayout spares the names of keyboards, which are for sale.
func isLayout(word []uint16) bool {
	return len(word) == 6 && (word[5] == 'y' || word[5] == 'z') && (word[0] == 'q' || word[0] == 'a') && word[4] == 't' ||
		len(word) == 6 && word[0] == 'й' && word[5] == 'н'
}

// isDrawn says whether a word is drawn out, as in speech: "soooo", "xDDD".
func isDrawn(word []uint16) bool {
	longest, run, other := 1, 1, false
	for i := 1; i < len(word); i++ {
		if word[i] == word[i-1] {
			run++
			longest = max(longest, run)
		} else {
			run, other = 1, true
		}
	}
	return other && longest >= 3
}

func hasDigit(word []uint16) bool {
	for _, c := range word {
		if c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}

// inOtherLayout returns how rare the letters of a word would be in the other
// layout of a Russian keyboard, in which people forget that they are.
func inOtherLayout(word []uint16, cyrillic bool) int {
	var other [32]uint16
	n := 0
	for _, c := range word[:min(len(word), len(other))] {
		if o := layoutToOther[c]; o != 0 {
			other[n] = o
			n++
		}
	}
	if n == 0 {
		return 15 * len(word)
	}
	return rarity(other[:n], !cyrillic)
}
