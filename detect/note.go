package detect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textKind is what a text that somebody wrote to a shop is.
type textKind uint8

const (
	textNone textKind = iota // there is none
	textOrdinary
	textJunk        // it says nothing: noise of a keyboard, one letter over and over, signs
	textAdvertising // it wants the reader elsewhere, for an offer
	textAbuse       // it insults or threatens
)

var textKindNames = [...]string{"", "ordinary", "junk", "advertising", "abuse"}

func (k textKind) String() string { return textKindNames[k] }

// kindOfText says what a text is. It is a pure function of the text, looks at
// nothing else, and allocates nothing. White space around a text changes nothing.
//
// What it does not understand is ordinary: a wrong flag hurts an honest buyer,
// and the seller reads the note anyway.
func kindOfText(text string) textKind {
	if text == "" {
		return textNone
	}
	kind := textNone
	text = strings.TrimSpace(text)
	if isSpaced(text) {
		if k := kindOfText(unspaced(text)); k > textJunk {
			return k
		}
	}
	if sign := cutBy(text); sign != 0 {
		if k := kindOfText(strings.ReplaceAll(text, string(sign), "")); k > textJunk {
			return k
		}
	}
	for {
		var r reading
		n := r.read(text)
		k := r.kind()
		if k == textOrdinary && r.n == 0 && (isUpperRow(text[:n]) || isEmojiRow(text[:n])) {
			k = textJunk
		}
		if r.n == 0 && strings.Contains(text[:n], "🖕") {
			k = textAbuse
		}
		if kind == textNone || k == textOrdinary && kind == textJunk || k > textJunk && k > kind {
			kind = k // a long text is junk if all of it is
		}
		if n >= len(text) || kind == textAbuse {
			return kind
		}
		from := max(n-readOverlap, 1)
		for !utf8.RuneStart(text[from]) {
			from++
		}
		text = text[from:]
	}
}

// cutBy returns the sign that stands four times and more in a text and cuts its words up: at every third to sixth place throughout, or, if
// nobody needs it between letters, three times and more between two: "che★ap ★fol★low★ers", "foll~owe~rs". It is 0 if there is none.
func cutBy(text string) rune {
	at := strings.IndexFunc(text, isCutter)
	if at < 1 {
		return 0
	}
	sign, size := utf8.DecodeRuneInString(text[at:])
	if strings.Count(text[at:], text[at:at+size]) < 4 {
		return 0
	}
	n, last, step, within, regular := 0, 0, 0, 0, true
	prev, prevSign := rune(0), false
	for _, c := range text {
		n++
		if prevSign && unicode.IsLetter(prev) && unicode.IsLetter(c) {
			within++
		}
		if prevSign = c == sign; !prevSign {
			prev = c
			continue
		}
		if step == 0 {
			step = n
		}
		regular = regular && n-last == step
		last = n
	}
	if regular && step > 2 && step <= 7 && n-last < step || within >= 3 && !isPlainCutter(sign) {
		return sign
	}
	return 0
}

// isCutter says whether a character is a sign that words can be cut up by.
func isCutter(c rune) bool {
	switch c {
	case '.', ',', '\'', '’', ':', '!', '?', '€', '$', '%':
		return false
	}
	// What stands for bytes that are no character cannot be taken out again.
	return c > ' ' && c != utf8.RuneError && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c)
}

// isPlainCutter says whether a sign stands between letters in what honest people write too: in lists, measures and compounds.
func isPlainCutter(c rune) bool {
	switch c {
	case '-', '/', '&', '+', '@', '|', '#', '·', '"', '(', ')', '、', '，', '。', '；', ';', '“', '”', '！', '？', '：', '（', '）', '—', '–', '‐', '…':
		return true
	}
	return false
}

// isSpaced says whether one and the same sign or space stands after each letter of a text, eight times and more: "b.u.y. .n.o.w". Where it
// stands between words too, unspaced tells where they are.
func isSpaced(text string) bool {
	sep, n := rune(0), 0
	for _, c := range text {
		switch n++; {
		case n == 2 && (c == ' ' || c == '.' || c == '-' || c == '*' || c == '_' || c == '/' || c == '|' || c == '~' || c == '+' || c == '·' || c == '\u200b'):
			sep = c
		case n == 2, n&1 == 0 && c != sep:
			return false
		}
	}
	return n > 15
}

// unspaced is such a text without what stands after its letters.
func unspaced(text string) string {
	var b strings.Builder
	n := 0
	for _, c := range text {
		if n++; n&1 == 1 {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// kind says what a reading is: what is worst for the reader comes first.
func (r *reading) kind() textKind {
	var h hits
	words := noteWords()
	words.find(r, &h)
	if !r.inscribed(&h) && (r.abusive(&h) || r.mark&mustHarden != 0 && r.abusiveHardened(words, &h) || r.isDoubled() && r.abusiveOnce(words)) {
		return textAbuse
	}
	if r.advertises(&h) {
		return textAdvertising
	}
	if r.isJunk(&h) {
		return textJunk
	}
	return textOrdinary
}

// The classes of the entries of lexicon/note.txt, which says what they are.
const (
	abuseClass class = iota + 1
	curseClass
	insultClass
	youAreClass
	youClass
	shieldClass
	appClass
	oddAppClass
	offerClass
	dealClass
	soldClass
	earnClass
	byDayClass
	inviteClass
	toutClass
	contactClass
	undercutClass
	errandClass
	inscriptionClass
	writingClass
	ownClass
	mapClass
	shortLinkClass
	groupLinkClass
	fillerClass
	maybeFillerClass
	imeClass
	laughClass
	dotClass
	demandClass
	askClass
	menaceClass
	splitLinkClass
	hintClass
	hookClass
	baitClass
	harmClass
	wantClass
	scramClass
	congratsClass
	lewdClass
	nightClass
	cooClass
)

var noteClasses = [...]string{"", "abuse", "curse", "insult", "you are", "you", "shield", "app", "odd app", "offer", "deal", "sold", "earn", "by day",
	"invite", "tout", "contact", "undercut", "errand", "inscription", "writing", "own", "map", "short link", "group link", "filler", "maybe filler", "ime", "laugh", "dot", "demand", "ask", "menace", "split link", "hint", "hook", "bait", "harm", "want", "scram", "congrats", "lewd", "night", "coo"}

// abusiveHardened looks at the text as it would read without evasions, and notes
// names of messengers and offers that show only there. It is apart so that its reading takes
// room on the stack only where it is needed.
//
//go:noinline
func (r *reading) abusiveHardened(words *lexicon, plain *hits) bool {
	var hard reading
	var h hits
	r.harden(&hard, false)
	hard.count = r.count // how much of the text a word is does not change
	words.find(&hard, &h)
	for _, c := range [...]class{appClass, offerClass, soldClass, dealClass, undercutClass} {
		if h.of[c] <= plain.of[c] || c != appClass && r.mark&(markLeet|markScripts) == 0 {
			continue
		}
		to := c
		if c == appClass {
			to = oddAppClass
		}
		for _, a := range h.list[:h.n] {
			plain.of[to] += uint8(count(a.class == c && a.to-a.from > 4)) // i9 is no ig
		}
	}
	if hard.abusive(&h) {
		return true
	}
	return r.mark&markScripts != 0 && r.count[formCyrillic] > 0 && r.abusiveCyrillic(words)
}

// abusiveCyrillic looks at it once more, with the words that may be of either script as Russian ones.
//
//go:noinline
func (r *reading) abusiveCyrillic(words *lexicon) bool {
	var hard reading
	var h hits
	r.harden(&hard, true)
	hard.count = r.count
	words.find(&hard, &h)
	return hard.abusive(&h)
}

// inscribed says whether the text announces what is to be put on the goods, before
// anything rude, with a colon, or what else ends a clause, right after the word for it ("text: …").
// That is said to nobody who reads it here.
func (r *reading) inscribed(h *hits) bool {
	if h.of[inscriptionClass]+h.of[writingClass]+h.of[congratsClass] == 0 || h.of[menaceClass]+h.of[hintClass]+h.of[harmClass] > 0 {
		return false
	}
	if h.of[writingClass] > 0 && r.isRemarked() {
		return true
	}
	for i := range h.list[:h.n] {
		a := &h.list[i]
		switch a.class {
		case abuseClass, curseClass, insultClass:
			return false
		case inscriptionClass, writingClass:
			if int(a.to) < r.n && r.form[a.to] == formHard {
				return true
			}
		case congratsClass:
			return true
		}
	}
	return false
}

// isRemarked says whether the text ends with a word or some between brackets, and one of them announces what is to be put on the goods: "Happy 40th, you
// old fool! (card text)".
func (r *reading) isRemarked() bool {
	text := strings.TrimRight(r.text, " .!")
	for _, brackets := range [...]string{"()", "[]", "（）"} {
		open, end := brackets[:len(brackets)/2], brackets[len(brackets)/2:]
		if at := strings.LastIndex(text, open); at > 0 && strings.HasSuffix(text, end) && len(text)-at < 60 {
			var remark reading
			var h hits
			remark.read(text[at:])
			noteWords().find(&remark, &h)
			return h.of[inscriptionClass]+h.of[writingClass] > 0 && h.of[abuseClass]+h.of[curseClass]+h.of[insultClass] == 0
		}
	}
	return false
}

// abusive says whether what was found insults or threatens the reader.
//
// Some phrases do so wherever they stand (abuseClass). A curse or a word for a
// bad person does so only if it is meant for the reader: "you are thieves", not
// "thieves around here"; or if it is the whole text.
func (r *reading) abusive(h *hits) bool {
	if h.of[abuseClass] > 0 || h.of[hintClass] > 1 || h.of[menaceClass]+h.of[hintClass]+h.of[harmClass] > 0 && r.extorts(h) || h.advances() {
		return true
	}
	curses, insults := int(h.of[curseClass]), int(h.of[insultClass])
	if curses+insults == 0 {
		return false
	}
	you := h.of[youClass]+h.of[youAreClass] > 0
	if curses > 1 || curses > 0 && insults > 0 || insults > 2 || insults > 1 && you || h.of[scramClass]+h.of[hintClass]+h.of[menaceClass] > 0 {
		return true
	}
	said := 0 // letters of curses and insults
	for i := range h.list[:h.n] {
		a := &h.list[i]
		if a.class != curseClass && a.class != insultClass {
			continue
		}
		said += int(a.to - a.from)
		if i > 0 && r.meant(&h.list[i-1], a) || i+1 < h.n && r.meant(a, &h.list[i+1]) {
			return true
		}
	}
	return said*10 >= (r.letters()+r.count[formDigit])*7
}

// advances says whether there are two of: a word for pictures of bodies, the price of a night, and what somebody is called who is to be had.
func (h *hits) advances() bool {
	return count(h.of[lewdClass] > 0)+count(h.of[nightClass] > 0)+count(h.of[cooClass] > 0) > 1
}

// extorts says whether the text wants money and says what happens otherwise: "pay me 300 or I …", "给我转500,不然…".
//
// Neither half is enough: buyers pay, ask to be sent things, and say that they will complain or leave a bad review. What
// is wanted must be money that goes to the writer, which a word for paying says; of "send me" and "give me" it takes a
// number of two digits or more right after it.
func (r *reading) extorts(h *hits) bool {
	if h.of[demandClass] > 0 || h.of[harmClass] > 1 || h.of[harmClass] > 0 && h.of[wantClass]+h.of[hintClass]+h.of[menaceClass] > 0 {
		return true
	}
	for _, a := range h.list[:h.n] {
		if a.class != askClass {
			continue
		}
		if r.isSum(int(a.to)) {
			return true
		}
	}
	return false
}

// isSum says whether a number of two digits and more comes next, after a currency or not: "300", "$50", "R$ 700".
func (r *reading) isSum(i int) bool {
	end := min(i+10, r.n)
	for i < end && !r.form[i].isWord() {
		i++
	}
	if i+1 < end && r.form[i] == formLatin && (r.form[i+1] != formLatin || i+3 < end && !r.form[i+3].isLetter()) {
		for i < end && r.form[i] != formDigit && r.form[i] != formHard { // r$, us$, usd
			i++
		}
	}
	return i+1 < r.n && r.form[i] == formDigit && r.form[i+1] == formDigit
}

// meant says whether of two entries that follow each other one is an insult or
// a curse, and the other the person that it is meant for.
func (r *reading) meant(a, b *hit) bool {
	gap := 0
	for i := a.to; i < b.from; i++ {
		if gap++; r.form[i] == formHan {
			gap += 2
		} else if r.form[i] == formHard {
			gap += 5
		}
	}
	switch {
	case gap > 14:
		return false
	case a.class == youAreClass:
		return b.class == insultClass || b.class == curseClass
	case a.class == youClass:
		return b.class == curseClass && gap <= 8 || b.class == insultClass && gap <= 2
	case b.class == youClass:
		return a.class == curseClass && gap <= 8 || a.class == insultClass && gap <= 4
	case b.class == youAreClass:
		return gap <= 4
	}
	return false
}
