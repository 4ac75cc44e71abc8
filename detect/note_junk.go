package detect

import (
	"math/bits"
	"strings"
)

// isJunk says whether a reading says nothing.
func (r *reading) isJunk(h *hits) bool {
	letters := r.letters()
	if letters == 0 && r.count[formDigit] == 0 {
		return r.isSigns()
	}
	if r.isShortRow() {
		return false
	}
	if r.n <= 80 && r.isPlainRow() || r.repeats(h) || r.fewLetters() || r.keyRuns() || r.hanRun(h) || r.isHanWalk() || r.isRareHan() || r.isLooseHan() || r.isHomeRow() || r.isMixed() {
		return true
	}
	if letters == 0 {
		return r.count[formDigit] > 24 && r.spaces == 0 // no code, no account and no parcel has so many
	}
	return r.isNoise(letters, 0) || r.isFiller(h) || r.isOtherRows(letters) || r.isJamo() || r.isMedley(h) || r.isScatter(letters)
}

// isShortRow says whether a text is one letter or digit up to six times (a Chinese one: five), in one word: "111", "hhhhh" and "kkkkk" are a tick, a code,
// a laugh in one language or another. Keyboard noise is longer, or mixed.
func (r *reading) isShortRow() bool {
	end := r.rowEnd(0)
	return end > 0 && end+count(r.count[formHan] > 0) <= 6 && end == r.letters()+r.count[formDigit] && isUniform(r.sym[:end])
}

// isMixed says whether Latin and Cyrillic letters take turns within words five times and more, among them three of each that look like none of the other
// script: no word is written so, nor one that is to look like another.
func (r *reading) isMixed() bool {
	if r.mark&markScripts == 0 || r.count[formLatin] < 4 || r.count[formCyrillic] < 4 {
		return false
	}
	turns, latin, cyrillic := 0, 0, 0
	for i := range r.n {
		switch r.form[i] {
		case formLatin:
			latin += count(toCyrillic[r.sym[i]] == 0)
			turns += count(i > 0 && r.form[i-1] == formCyrillic)
		case formCyrillic:
			cyrillic += count(toLatin[r.sym[i]] == 0)
			turns += count(i > 0 && r.form[i-1] == formLatin)
		}
	}
	return turns >= 5 && latin >= 3 && cyrillic >= 3
}

// isSigns says whether a text without letters and digits has more signs than
// people write: a tick, "...", "!!!", a face, a row of hearts are ordinary.
func (r *reading) isSigns() bool {
	signs := r.count[formSoft] + r.count[formHard] + r.count[formSign] - r.spaces
	most := 7
	if r.count[formSign] > 1 && signs <= 24 && r.count[formEmoji] == 0 && r.count[formSign]*2 >= signs {
		most = 12 // (╯°□°)╯, ^_^ ^_^ ^_^
	}
	return signs > most || r.count[formEmoji] > 30
}

// isUpperRow says whether a text of six signs and more has four different ones of the upper row of
// a keyboard, as fists on it make: of faces none has more than three.
func isUpperRow(text string) bool {
	const row = "@#$%^&*~"
	seen := 0
	for i := range len(text) {
		if at := strings.IndexByte(row, text[i]); at >= 0 {
			seen |= 1 << at
		}
	}
	return len(text) >= 6 && bits.OnesCount(uint(seen)) >= 4
}

// isEmojiRow says whether a text is one emoji over and over, and nothing else but spaces: twenty times or more, or three times if
// it is one of disgust. Rows of hearts and faces that people send are shorter; of different ones they have up to thirty (isSigns).
func isEmojiRow(text string) bool {
	first, times := rune(0), 0
	for _, c := range text {
		switch {
		case c == ' ' || c == 0xfe0f || c == 0x200d || c >= 0x1f3fb && c <= 0x1f3ff: // forms, joiners, tones of skin
		case symbolOf(c).form != formEmoji || times > 0 && c != first:
			return false
		default:
			first = c
			times++
		}
	}
	return times >= 20 || times >= 3 && isDisgust(first)
}

// isDisgust says of an emoji whether nobody who wants goods writes rows of it.
func isDisgust(c rune) bool {
	switch c {
	case '💩', '🤮', '🤢', '👎', '🤬', '🤡', '🚮':
		return true
	}
	return false
}

// Bounds of repetition, in letters: from how many on a text is junk that repeats
// so many letters over and over. Numbers of telephones and doors repeat too.
var repeatsFrom = [...]int{1: 8, 2: 10, 3: 12, 4: 16}

// repeats says whether the text is a letter or a syllable over and over, with
// one slip in ten. Laughter, haste and thanks may be longer.
func (r *reading) repeats(h *hits) bool {
	if r.letters()+r.count[formDigit] < 6 {
		return false
	}
	var head [8]uint16
	n := 0
	for i := 0; i < r.n && n < len(head); i++ {
		if r.form[i].isWord() {
			head[n] = r.sym[i]
			n++
		}
	}
	for period := 1; period <= 4; period++ {
		slips := 0
		for i := period; i < n; i++ {
			if head[i] != head[i-period] {
				slips++
			}
		}
		if slips <= 1 && r.repeatsBy(period, h) {
			return true
		}
	}
	return false
}

//go:noinline
func (r *reading) repeatsBy(period int, h *hits) bool {
	var all [maxReading]uint16
	n, slips, same := 0, 0, 0
	for i := range r.n {
		if r.form[i].isWord() {
			all[n] = r.sym[i]
			n++
		}
	}
	for i := period; i < n; i++ {
		if all[i] != all[i-period] {
			slips++
		}
		same += count(all[i] == all[i-1])
	}
	from := repeatsFrom[period]
	switch {
	case period == 4 && same*2 >= n-2 && r.form[0] != formDigit: // kkjjkkjj
		from = 12
	case h.of[laughClass] > 0 || laughs(all[:n]):
		from = 28
	case r.form[0] == formHan && period == 1:
		from = 6
	case r.form[0] == formHan && period == 2:
		from = 16
	case r.form[0] == formDigit:
		from = max(from+1, 14*min(period-1, 1))
	}
	return n >= from && slips*10 <= n
}

// laughs says whether a text is laughter: a vowel and a breath by turns, or one
// of the letters that laugh alone.
func laughs(all []uint16) bool {
	for _, c := range all {
		switch c {
		case 'h', 'j', 'a', 'e', 'i', 'o', 'k', 'r', 's', 'х', 'а', 'е', 'и', 'о', 'w', '5', 'ㅋ', 'ㅎ', 'ㅠ', 'ㅜ', 'ه', '2', '3':
		default:
			return false
		}
	}
	a, b := all[0], all[1]
	switch {
	case a == b && (a == 'k' || a == 'w') && strange(all, a):
		return false
	case a == b:
		return a == 'k' || a == '5' || a == 'w' || a > 0x500
	case a > b:
		a, b = b, a
	}
	return (a == 'a' || a == 'e' || a == 'i' || a == 'o') && (b == 'h' || b == 'j') || a == 'r' && b == 's' ||
		(a == 'а' || a == 'е' || a == 'и' || a == 'о') && b == 'х'
}

// strange says whether a fourth of a text is none of its first letter.
func strange(all []uint16, first uint16) bool {
	other := 0
	for _, c := range all {
		other += count(c != first)
	}
	return other*4 >= len(all)
}

// fewLetters says whether a long text is made of fewer letters than any text in
// words: laughter without end in turns, 哈哈呵呵 or lolhehehaha, is.
func (r *reading) fewLetters() bool {
	letters := r.letters()
	han := r.count[formHan] > 0
	if letters < 12 || !han && letters < 20 || han && r.count[formHan] < letters || r.count[formDigit] > 0 {
		return false
	}
	most := 2 // of Han characters, which are words each
	if !han {
		most = 4
		if r.spaces == 0 {
			most = 5 // one word
		}
	}
	var seen [5]uint16
	n := 0
	for i := range r.n {
		if !r.form[i].isLetter() {
			continue
		}
		known := false
		for _, s := range seen[:n] {
			known = known || s == r.sym[i]
		}
		if !known {
			if n == most {
				return false
			}
			seen[n] = r.sym[i]
			n++
		}
	}
	return true
}

// hanRun says whether the letters of a text are one Han character five times or
// more, and what a Chinese keyboard makes of a row of keys. Digits and
// letters of the middle row of keys may stand beside them.
func (r *reading) hanRun(h *hits) bool {
	if r.count[formHan] < 5 || h.of[laughClass] > 0 && h.of[imeClass] == 0 {
		return false
	}
	mashed := r.count[formLatin] >= 4
	for i := range r.n {
		mashed = mashed && (r.form[i] != formLatin || latinKeys.place(r.sym[i])>>4 == 2)
	}
	var is uint16
	longest, run, rest := 0, 0, 0
	for i := range r.n {
		switch {
		case !r.form[i].isLetter() || mashed && r.form[i] == formLatin:
			continue
		case r.sym[i] == is:
			run++
		case r.form[i] != formHan || run >= 3 || h.of[imeClass] == 0:
			rest, is, run = rest+1, r.sym[i], 1
		default:
			is, run = r.sym[i], 1
		}
		longest = max(longest, run)
	}
	return longest >= 4 && (rest == 1 || h.of[imeClass] > 0 && rest <= 2)
}

// keyRuns says whether most letters of a text stand in runs along a row of a
// keyboard, four keys or more each, eight in all: "qwertymjiqwerty". Words have
// such runs too, as property has, but other letters around them.
func (r *reading) keyRuns() bool {
	covered, run, way := 0, 1, 0
	for i := 1; i <= r.n; i++ {
		step := 0
		if i < r.n && r.form[i].isLetter() {
			keys := latinKeys
			if r.form[i] == formCyrillic {
				keys = cyrillicKeys
			}
			if a, b := keys.place(r.sym[i-1]), keys.place(r.sym[i]); a > 0 && b > 0 && r.form[i] == r.form[i-1] {
				step = b - a
			}
		}
		if (step == 1 || step == -1) && (run == 1 || step == way) {
			run, way = run+1, step
			continue
		}
		if run >= 4 {
			covered += run
		}
		run = 1
	}
	return covered >= 8 && covered*10 >= r.letters()*6
}

// isRandomCode says whether the only word of the text is small letters and
// digits by turns, more often than in any code that people copy.
func (r *reading) isRandomCode() bool {
	return r.turns(0, r.n) >= 5 && (r.n >= 10 || r.n >= 8 && r.turns(0, r.n) == r.n-1) && r.capital == 0 && r.count[formLatin]+r.count[formDigit] == r.n
}

// turns counts how often letters and digits turn in a word.
func (r *reading) turns(from, end int) int {
	turns := 0
	for i := from + 1; i < end; i++ {
		turns += count(r.form[i] != r.form[i-1])
	}
	return turns
}

// isFiller says whether the text is nothing but words that fill a field: "test
// test", "lorem ipsum"; or what a Chinese keyboard makes of a row of keys. Words
// that may be meant, as bar and dolor may, are to be two.
func (r *reading) isFiller(h *hits) bool {
	sure, maybe, keys := int(h.of[fillerClass]), int(h.of[maybeFillerClass]), int(h.of[imeClass])
	if sure+maybe+keys == 0 {
		return false
	}
	covered := 0
	for _, e := range h.list[:h.n] {
		if e.class == fillerClass || e.class == maybeFillerClass || e.class == imeClass {
			covered += r.lettersOf(&e)
		}
	}
	return covered == r.letters() && (sure > 0 || maybe+keys > 1 || keys > 0 && covered >= 4)
}

// isJamo says whether the text is Korean letters that make no syllables, or
// Chinese phonetic signs, as from fists on a keyboard. Some of them laugh and cry.
func (r *reading) isJamo() bool {
	jamo := 0
	for i := range r.n {
		switch c := r.sym[i]; {
		case c == 'ㅋ' || c == 'ㅎ' || c == 'ㅠ' || c == 'ㅜ':
		case c >= 'ㄱ' && c <= 'ㅣ' || c >= 'ㄅ' && c <= 'ㄩ':
			jamo++
		case r.form[i].isWord():
			return false
		}
	}
	return jamo >= 4
}
