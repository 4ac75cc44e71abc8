package detect

import (
	"bytes"
	"strings"
)

// advertises says whether what was found invites the reader elsewhere for an
// offer.
//
// Neither half is enough. A telephone number, a handle or "I am on WhatsApp" is
// how couriers reach people; "discount" is what buyers ask for. Phrases that
// nobody needs in a remark to a seller (soldClass) do alone, and so do two offers,
// and names of a messenger spelt so that a filter does not know them, with a
// number: an honest buyer has no reason for that. What a buyer writes of his
// parcel (errandClass) or himself (ownClass) speaks for him.
func (r *reading) advertises(h *hits) bool {
	if h.of[soldClass] > 0 {
		return true
	}
	odd := h.of[oddAppClass] > 0 || r.oddContact()
	contact := h.of[contactClass] > 0
	apps := h.of[appClass] > 0 || odd || contact
	offers := int(h.of[offerClass]) + count(h.of[byDayClass] > 0 && (h.of[earnClass] > 0 || r.isPaidBy(h)))
	deal, cut := h.of[dealClass] > 0, h.of[undercutClass] > 0
	short, group := h.of[shortLinkClass] > 0, h.of[groupLinkClass] > 0
	if h.of[splitLinkClass] > 0 && r.isSplitLink() {
		return true
	}
	if !apps && offers == 0 && !deal && !cut && !short && !group && h.of[dotClass] == 0 && r.mark&(markDot|markAt) == 0 {
		return false
	}
	errand, own := h.of[errandClass]+h.of[inscriptionClass] > 0, h.of[ownClass] > 0
	tout := h.of[toutClass] > 0 || contact
	invite := h.of[inviteClass] > 0 || tout
	link := r.links()
	if h.of[dotClass] > 0 {
		link = max(link, r.spelledLink(h))
	}
	if h.of[mapClass] > 0 {
		link, short = 0, false
	}
	links := link > 0 || short || group
	handle := r.handle()
	switch {
	case links && h.of[hookClass] > 0, link == cheapLink && h.of[baitClass] > 0, link > 0 && h.of[baitClass] > 2:
		return true
	case r.mark&(markLeet|markAt) != 0 && (apps || links || handle) && r.isLeet():
		return true
	case offers > 0 && (apps || links || handle && (invite || !errand && !own)):
		return true
	case deal && (h.of[dealClass] > 1 || invite) && (apps && handle || links || odd):
		return true
	case link == cheapLink && (invite || deal || r.onlyLink()):
		return true
	case offers > 1 && handle && r.isNoMore(h):
		return true
	case errand:
		return false
	case offers > 1 || offers > 0 && invite || group || short || odd && (handle || invite || deal):
		return true
	case cut && (apps || links || handle || invite || offers > 0):
		return true
	case own:
		return false
	case apps && (handle && (invite || deal) || r.mark&markAt != 0), links && (deal || invite), deal && (tout || invite && r.mark&markAt != 0):
		return true
	}
	return apps && (r.mark&markOddDigit != 0 && handle || r.digitByDigit())
}

// isPaidBy says whether an amount of money of two digits and more stands right before a word for a day, a week or an hour: "500 € am Tag".
func (r *reading) isPaidBy(h *hits) bool {
	if !strings.ContainsAny(r.text, "$€£¥₽₫₩₹￥") {
		return false
	}
	for i := range h.list[:h.n] {
		a := &h.list[i]
		if a.class != byDayClass {
			continue
		}
		at := int(a.from) - 1
		for at >= 0 && a.from-uint16(at) < 4 && r.form[at] != formDigit {
			at--
		}
		if at > 0 && r.form[at] == formDigit && r.form[at-1] == formDigit {
			return true
		}
	}
	return false
}

// isSplitLink says whether the text has a link into a messenger whose letters are apart: "t . m e / name". Who writes
// one so hides it from somebody.
func (r *reading) isSplitLink() bool {
	var text [64]byte
	n := 0
	for i := 0; i < len(r.text) && n < len(text); i++ {
		switch c := r.text[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '/':
			text[n] = c
			n++
		case c >= 'A' && c <= 'Z':
			text[n] = c | 0x20
			n++
		}
	}
	for _, link := range [...]string{"t.me/", "wa.me/"} {
		if at := bytes.Index(text[:n], []byte(link)); at >= 0 && n >= at+len(link)+3 && !strings.Contains(r.text, link) {
			return true
		}
	}
	return false
}

// isLeet says whether the text has two words with a digit or sign for a letter within them, and a third word with one at its end or beginning: "w3 s3ll v3r1fied
// accovnt$". Codes have fewer letters, or their digits at an end.
func (r *reading) isLeet() bool {
	within, all := 0, 0
	for word := range strings.FieldsSeq(r.text) {
		word = strings.Trim(word, ",.;:!?()\"'")
		inner, signs, letters := 0, 0, 0
		for i := range len(word) {
			if isLower(word[i]) {
				letters++
				continue
			}
			switch word[i] {
			case '0', '1', '3', '4', '5', '7', '@', '$':
				signs++
				if i > 0 && i+1 < len(word) && isLower(word[i-1]|0x20) && isLower(word[i+1]) {
					inner++
				}
			case '.', '/', ':', '_', '-', '2', '6', '8', '9':
				signs = len(word) // an address, a name, a code
			}
		}
		if signs > 0 && signs <= letters {
			all++
			within += count(inner > 0 && letters >= 3)
		}
	}
	return within >= 2 && all >= 3
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// digitByDigit says whether the text has nine digits and more, of which five at least stand each on its own: "8-9-0-3-2 4 6 8 1 4 4". Nobody
// writes the number so by which he is to be reached, unless it is to be hidden.
func (r *reading) digitByDigit() bool {
	alone, all := 0, 0
	for i := range r.n {
		if r.form[i] == formDigit {
			all++
			alone += count((i == 0 || !r.form[i-1].isWord()) && (i+1 >= r.n || !r.form[i+1].isWord()))
		}
	}
	return all >= 9 && alone >= 5
}

// isNoMore says whether a text consists of offers and of how to be reached, and of nothing else.
func (r *reading) isNoMore(h *hits) bool {
	covered := 0
	for _, e := range h.list[:h.n] {
		if e.class == offerClass || e.class == errandClass || e.class == contactClass {
			covered += r.lettersOf(&e)
		}
	}
	return covered >= r.letters()
}

// oddContact says whether r has a letter that stands for a messenger, WeChat or
// QQ, and the name there: "V❤ abc123", "微：abc123", "q: 123456". What stands
// between is no word, and more than a space.
func (r *reading) oddContact() bool {
	for i := 0; i+5 < r.n; i++ {
		switch r.sym[i] {
		case 'v', 'q':
			if !r.startsAt(i) || r.form[i+1].isWord() {
				continue
			}
		case '微', '薇', '威', '徽', '维', '魏':
		default:
			continue
		}
		if f := r.form[i+1]; f != formHard && f != formSign && f != formEmoji {
			continue
		}
		digits, end := 0, i+2
		for ; end < r.n && (r.form[end] == formLatin || r.form[end] == formDigit); end++ {
			digits += count(r.form[end] == formDigit)
		}
		if end-i >= 7 && digits > 1 {
			return true
		}
	}
	return false
}

// What links returns.
const (
	anyLink   = 1
	cheapLink = 2 // of a domain that costs next to nothing, as those that are thrown away do
)

// links says whether r has the address of a site, not of a person's mailbox.
func (r *reading) links() int {
	found := 0
	for i := 1; i+1 < r.n && r.mark&markDot != 0; i++ {
		if r.sym[i] != '.' || !r.form[i-1].isWord() {
			continue
		}
		from := i
		for from > 0 && (r.form[from-1] == formLatin || r.form[from-1] == formDigit || r.sym[from-1] == '.' || r.sym[from-1] == '-') {
			from--
		}
		end := r.wordEnd(i + 1)
		if r.isScheme(from, i) {
			found = max(found, anyLink)
		}
		if end < r.n && r.sym[end] == '.' || from > 0 && r.sym[from-1] == '@' {
			continue
		}
		found = max(found, r.domain(i+1, end))
	}
	return found
}

// domain says what the word [from, end) is as the last label of a site's address.
func (r *reading) domain(from, end int) int {
	var label [8]byte
	n := 0
	for j := from; j < end && n < len(label); j++ {
		label[n] = byte(r.sym[j])
		n++
	}
	switch string(label[:n]) {
	case "top", "xyz", "club", "vip", "icu", "shop", "site", "online", "win", "bet", "loan", "click", "buzz", "cyou", "sbs", "pw", "tk", "cc",
		"store", "live", "fun", "bid", "work", "link", "space":
		return cheapLink
	case "com", "net", "org", "cn", "ru", "br", "es", "mx", "io", "me", "ly", "info", "biz", "tv", "app", "gg", "co", "us", "uk", "ws", "su", "pro",
		"de", "fr", "pl", "nl", "ch", "jp", "kr", "vn", "th", "tr", "pt", "cl", "eu", "example":
		return anyLink
	}
	return 0
}

// spelledLink says whether one of the words for a dot stands between a name and what
// domains end in: "lucky8 (dot) top", "suerte punto club".
func (r *reading) spelledLink(h *hits) int {
	found := 0
	for i := range h.list[:h.n] {
		a := &h.list[i]
		if a.class != dotClass || a.from < 2 {
			continue
		}
		from, end := int(a.to)+1, int(a.to)
		switch {
		case r.form[a.from] == formHan:
			if from = int(a.from) + 1; !r.form[a.from-1].isWord() || r.form[a.from-1] == formHan {
				continue
			}
		case r.form[a.from-1].isWord() || !r.form[a.from-2].isWord() || r.form[a.from-2] == formHan:
			continue
		case r.form[a.from] == formCyrillic && end-int(a.from) > 5:
			found = cheapLink // the domain is part of the entry
			continue
		default:
			end = r.wordEnd(from)
		}
		if from < end {
			found = max(found, r.domain(from, end))
		}
	}
	return found
}

// isScheme says whether the word with dots from from, whose first dot is at dot,
// begins as addresses of sites do: "www." or "https://".
func (r *reading) isScheme(from, dot int) bool {
	w := r.sym[from:dot]
	if len(w) == 3 && w[0] == 'w' && w[1] == 'w' && w[2] == 'w' {
		return true
	}
	if from < 5 || r.form[from-1] != formHard {
		return false
	}
	s := r.sym[from-2] // http or https
	return s == 'p' && r.sym[from-3] == 't' || s == 's' && r.sym[from-3] == 'p' && r.sym[from-4] == 't'
}

// onlyLink says whether the text is one word with dots, but for the scheme.
func (r *reading) onlyLink() bool {
	words := 0
	for i := range r.n {
		if r.startsAt(i) && (i == 0 || r.sym[i-1] == ' ' || r.form[i-1] == formHard || r.form[i] == formHan) {
			words++
		}
	}
	return words <= 2 && r.count[formHan] == 0
}

// handle says whether r has what one can be reached by: a number of five digits
// or more, a word of letters and digits, a word after an @, or a number written
// in Han characters.
func (r *reading) handle() bool {
	if r.mark&markAt != 0 || r.spacedHandle() {
		return true
	}
	digits, letters, han := 0, 0, 0
	for i := range r.n {
		switch f := r.form[i]; {
		case f == formDigit:
			digits++
		case f == formLatin:
			letters++
		case r.sym[i] == '@' && i+1 < r.n && r.form[i+1] == formLatin:
			return true
		case r.sym[i] == '-' || r.sym[i] == '_' || r.sym[i] == '.' || r.sym[i] == ' ' && digits > 0 && letters == 0:
			continue
		default:
			digits, letters = 0, 0
		}
		if digits >= 5 || digits >= 2 && letters >= 2 && digits+letters >= 5 {
			return true
		}
		if r.form[i] == formHan && hanDigit(r.sym[i]) {
			if han++; han >= 7 {
				return true
			}
		} else if r.form[i] == formHan {
			han = 0
		}
	}
	return false
}

// spacedHandle says whether r has four letters and digits one by one, three digits among
// them: "t o m 3 6 6".
func (r *reading) spacedHandle() bool {
	run, digits := 0, 0
	for i := 0; i < r.n; i++ {
		switch f := r.form[i]; {
		case f != formLatin && f != formDigit || i > 0 && r.form[i-1].isWord() && r.form[i-1] != formHan || i+1 < r.n && r.form[i+1].isWord():
			if f.isWord() || f == formHard {
				run, digits = 0, 0
			}
		default:
			run, digits = run+1, digits+count(f == formDigit)
			if run >= 4 && digits >= 3 {
				return true
			}
		}
	}
	return false
}

func hanDigit(sym uint16) bool {
	switch sym {
	case '零', '〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '幺', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖':
		return true
	}
	return false
}
