package detect

import "slices"

// part is what the text of a part of an address is.
type part uint8

const (
	partMissing part = iota
	partPlain
	partDigits  // a number and nothing else
	partStub    // one letter, or no more than the word for a street or a house
	partNothing // words that say that it is none
	partBlank   // signs or zeros
	partKeys    // a row of keys
	partNoise   // letters that stand together in no language that was counted
	partAsk     // words that say where the place is to be asked for
)

// isFalse says whether a part stands for nothing.
func isFalse(p part) bool { return p >= partNothing }

// The classes of the entries of lexicon/place.txt, which says what they are.
const (
	nothingClass class = iota + 1
	mockClass
	besideClass
	refusalClass
	nowhereClass
	heavenClass
	thereClass
	fictionClass
	labelClass
	stubClass
	askForClass
)

var placeClasses = [...]string{"", "nothing", "mock", "beside", "refusal", "nowhere", "heaven", "there", "fiction", "label", "stub", "ask"}

// partOf says what the text of a part of an address is.
func partOf(text string) part {
	if text == "" {
		return partMissing
	}
	var r reading
	if r.read(text) < len(text) {
		return partPlain
	}
	letters := r.letters()
	if letters == 0 {
		return r.numberPart()
	}
	var h hits
	placeWords().find(&r, &h)
	w, cyrillic := r.sym[:r.wordEnd(0)], r.form[0] == formCyrillic
	switch {
	case len(w) >= 6 && len(w) >= letters && walks(w, cyrillic):
		return partKeys
	case h.n > 0 && r.isNothing(&h, letters):
		return partNothing
	case h.of[askForClass] > 0 && r.isAsk(&h, letters):
		return partAsk
	case r.isOneLetter(letters), len(w) >= letters && isStutter(w):
		return partNothing
	case letters == 1 && r.n == 1 && r.form[0] <= formCyrillic, h.of[stubClass]+h.of[besideClass] > 0 && r.isStub(&h, letters):
		return partStub
	case letters >= 4 && r.count[formHan] == letters && r.count[formDigit] == 0 && r.isParticles():
		if letters >= 6 {
			return partKeys
		}
		return partNoise
	case r.isOtherKeys(letters):
		return partKeys
	case letters < 4 || r.count[formHan]+r.count[formOther] > 0:
		return partPlain
	case r.isNoise(letters, 5):
		if walks(w, cyrillic) || len(w) > 4 && oddness(w, cyrillic) >= 20*len(w) {
			return partKeys
		}
		return partNoise
	}
	return partPlain
}

// isHouse says whether from i on there is the number of a Chinese house, of two digits at most, and nothing else.
func (r *reading) isHouse(i int) bool {
	digits := 0
	for ; i < r.n; i++ {
		switch {
		case r.form[i] == formDigit:
			digits++
		case r.sym[i] == '号', r.sym[i] == '楼', r.sym[i] == '室', r.sym[i] == '洞', r.sym[i] == '层', r.sym[i] == '栋', hanDigit(r.sym[i]), r.sym[i] == ' ':
		default:
			return false
		}
	}
	return digits <= 2
}

// numberPart says what a part without letters is.
func (r *reading) numberPart() part {
	if r.isOneDigit() {
		return partBlank
	}
	for i := range r.n {
		if r.form[i] == formDigit && r.sym[i] != '0' {
			return partDigits
		}
	}
	if r.n == 0 && r.spaces == r.count[formSoft]+r.count[formHard]+r.count[formSign]+r.count[formEmoji] {
		return partMissing
	}
	return partBlank
}

// isOneDigit says whether a part is one digit eight times or more, as a key that is held down makes.
func (r *reading) isOneDigit() bool {
	for i := range r.n {
		if r.form[i] == formDigit && r.sym[i] != r.sym[0] {
			return false
		}
	}
	return r.count[formDigit] >= 8
}

// isOneLetter says whether a part is one letter three times or more, alone, or an
// x, which everybody puts where there is nothing to say.
func (r *reading) isOneLetter(letters int) bool {
	if letters == 1 && r.n == 1 && (r.sym[0] == 'x' || r.sym[0] == 'х') {
		return true
	}
	if letters < 3 || r.count[formDigit] > 0 {
		return false
	}
	for i := range r.n {
		if r.form[i].isWord() && r.sym[i] != r.sym[0] {
			return false
		}
	}
	return true
}

// isParticles says whether a Chinese text is what a keyboard offers first for letters
// in no order: half of it words that no place has in its name, as 的, 了 and 我, and the
// rest none that places end in.
func (r *reading) isParticles() bool {
	sure, all := 0, 0
	for i := range r.n {
		switch r.sym[i] {
		case '的', '了', '我', '你', '他', '她', '它', '就', '是', '啊', '哦', '额', '呃', '怕', '吗', '么', '嘛', '吧', '呢', '给', '去', '看', '那', '这', '嗯', '很', '都', '也', '还',
			'把', '被', '让', '叫', '才', '说', '吃', '想', '呀', '哈', '嘿', '噢', '唉', '哎', '哇':
			sure++
		case '阿', '斯', '顿', '发', '和', '有', '人', '一', '个', '不', '在', '好', '大', '小', '到', '要', '会', '能', '没', '可', '从', '为', '什', '啥', '分', '各', '过', '更', '来', '们',
			'平', '请', '如', '时', '天', '同', '位', '下', '上', '中', '着', '对', '得', '地', '以', '出', '与', '自', '打', '撒', '达', '萨', '按', '方', '几', '跟', '克', '快', '里', '哥':
		default:
			if r.form[i] == formHan {
				return false
			}
			continue
		}
		all++
	}
	return sure >= 2 && sure*5 >= all*2
}

// onlyZeros says whether a text has no digit but 0.
func (r *reading) onlyZeros() bool {
	for i := range r.n {
		if r.form[i] == formDigit && r.sym[i] != '0' {
			return false
		}
	}
	return true
}

// isStub says whether a part consists of words for a street, a house and the like.
func (r *reading) isStub(h *hits, letters int) bool {
	return r.isAllOf(h, letters, stubClass, besideClass)
}

// isAsk says whether a part consists of words that say where the place is to be asked for: "I will tell you in chat".
func (r *reading) isAsk(h *hits, letters int) bool {
	return r.isAllOf(h, letters, askForClass, besideClass, labelClass, nothingClass)
}

// isAllOf says whether a part consists of words of some classes, without a digit.
func (r *reading) isAllOf(h *hits, letters int, classes ...class) bool {
	covered := 0
	for i := range h.list[:h.n] {
		if slices.Contains(classes, h.list[i].class) {
			covered += r.lettersOf(&h.list[i])
		}
	}
	return covered >= letters && r.count[formDigit] == 0
}

// isNothing says whether the words of a part say that there is no such place, or
// that nothing is to be sent there.
func (r *reading) isNothing(h *hits, letters int) bool {
	if h.of[nowhereClass] > 0 || h.of[heavenClass] > 0 && h.of[thereClass] > 0 {
		return true
	}
	if h.of[refusalClass] > 0 && r.count[formDigit] == 0 && letters <= 40 {
		return true
	}
	covered := 0
	for i := range h.list[:h.n] {
		e := &h.list[i]
		covered += r.lettersOf(e)
		if e.class == fictionClass && (int(e.to) == r.n || r.form[e.to] == formHard && e.from == 0) {
			return true // the town or the country of the line is one
		}
		if e.class == fictionClass && e.from == 0 && r.form[0] == formHan && r.isHouse(int(e.to)) {
			return true // "水帘洞1号": no street has such a name
		}
	}
	if covered < letters || h.of[stubClass] > 0 {
		return false
	}
	if h.of[heavenClass] > 0 && h.n == 1 && r.count[formHan] == letters && r.count[formDigit] == 0 {
		return true // a Chinese street says that it is one
	}
	if h.of[thereClass] > 1 && r.count[formDigit] > 0 && r.onlyZeros() {
		return true // "moon base, crater 0"
	}
	return h.of[mockClass] > 0 || h.of[nothingClass]+h.of[labelClass] > 0 && r.onlyZeros()
}
