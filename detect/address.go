package detect

import (
	"github.com/orderguard/orderguard"
)

// addressFault is why no parcel can reach an address.
type addressFault uint8

const (
	faultNone          addressFault = iota // there is no address, or nothing is wrong with it
	faultIncomplete                        // it names a person and a country, and no place there
	faultPlaceholder                       // words or signs stand where the place should
	faultKeyboard                          // fists on a keyboard do
	faultContradiction                     // its parts cannot all be true
	faultNoCountry                         // there is no such country
	faultAbuse                             // an insult stands where the street should
	faultContact                           // a telephone number, a mailbox, a link or a handle does
	faultCity                              // the name of the great city or the province does once more
	faultStreet                            // blanks do, in a great city
)

var addressFaultNames = [...]string{"", "incomplete", "placeholder", "keyboard", "contradiction", "no_country", "abuse", "contact", "city", "street"}

func (f addressFault) String() string { return addressFaultNames[f] }

// faultOf says why no parcel can reach an address. It is a pure function.
//
// A parcel is carried by the country, then the town or the postcode, then the
// street line, and whoever carries it asks on the way: a village needs no
// street, a street line with all in it needs no town. So no single odd sign is a
// fault, be it the name, the telephone number, the postcode or a town: people
// mistype them, keep them to themselves, or move. It is a fault if
//   - there is no such country, for then the parcel has nowhere to go;
//   - the street line says plainly that it is none ("test", "n/a", "do not
//     ship", a row of keys), for then nobody meant the parcel to come;
//   - neither the street line nor the town nor the postcode says where;
//   - the street line holds nothing but how its writer is reached, or the name of a great city once more, or blanks in one;
//   - two parts at least contradict the country and each other.
func faultOf(s *orderguard.ShipTo) addressFault {
	if f := placeFault(s); f != faultNone {
		return f
	}
	switch {
	case isContact(s):
		return faultContact
	case isCityAgain(s):
		return faultCity
	case isStreetBlank(s):
		return faultStreet
	}
	return faultNone
}

// placeFault says the same of all faults but the two that another kind of text in the street line makes.
func placeFault(s *orderguard.ShipTo) addressFault {
	if s.Country != "" && !isCountry(s.Country) {
		return faultNoCountry
	}
	if isBlank(s.Line1) && isBlank(s.City) && isBlank(s.Postcode) {
		// Goods that are not carried need no place, and their buyers leave all
		// of it out. Who gives a recipient and a telephone number wants a parcel.
		if !isBlank(s.Name) && !isBlank(s.Phone) && s.Country != "" {
			return faultIncomplete
		}
		return faultNone
	}
	badPostcode := isBadPostcode(s)
	if isOtherWorld(s, badPostcode) {
		return faultPlaceholder
	}
	line := partOf(s.Line1)
	if line >= partPlain && line != partDigits && isInsult(s.Line1) {
		return faultAbuse
	}
	switch line {
	case partNothing, partBlank:
		return faultPlaceholder
	case partKeys:
		return faultKeyboard
	case partAsk, partDigits:
		if isUnsaid(s, line) {
			return faultPlaceholder
		}
	case partStub:
		if f := stubFault(s); f != faultNone {
			return f
		}
	case partPlain:
		if isNoNumber(s.Line1) && (isMadeUpPhone(s) || isFalse(partOf(s.Name))) {
			return faultPlaceholder // house nought of nobody's, or of who has no telephone
		}
		if digitsOf(s.Line1) == 0 && (isScribble(s) || isMash(s, line)) { // most lines have a number
			return faultKeyboard
		}
	case partNoise:
		// Names of hamlets and farms can look like noise in languages that were
		// not counted. Another sign must agree.
		if isFalse(partOf(s.City)) || isFalse(partOf(s.Name)) || isMadeUpPhone(s) || badPostcode || s.City == "" && s.Postcode == "" || isPureNoise(s.Line1) || isVowelless(s) || isMash(s, line) {
			return faultKeyboard
		}
	}
	if len(s.Line1) <= 12 && (line == partDigits || line == partPlain && isWeak(s.Line1)) && s.City != "" && partOf(s.City) == partNothing {
		return faultPlaceholder // "123" or "abc 123", in the town of "test"
	}
	if line == partDigits && badPostcode && isSigns(s.Postcode) {
		return faultContradiction // "1", and a dot for the postcode
	}
	if line == partPlain && !badPostcode && s.Postcode != "" {
		return faultNone // the street line and the postcode say where
	}
	return townFault(s, line)
}

// isUnsaid says whether the street line leaves the place to be asked for, where couriers do not call for the way as a rule, or is one digit over and over in a
// great city, as "1111".
func isUnsaid(s *orderguard.ShipTo, line part) bool {
	if line == partAsk {
		return !isCalledFor(s.Country)
	}
	return isOneSign(s.Line1) && isCityAlone(s.City)
}

// stubFault judges a street line that is one letter, or a word such as "street" alone. A
// known place needs no more, so another part must be false too.
func stubFault(s *orderguard.ShipTo) addressFault {
	switch {
	case s.Line1 == s.City:
		return faultPlaceholder
	case isMadeUpPhone(s), isBadPostcode(s), isFalse(partOf(s.City)), isFalse(partOf(s.Name)):
		return faultContradiction
	case s.City == "" && s.Postcode == "":
		return faultIncomplete
	}
	return faultNone
}

// townFault judges an address by its town, after the street line.
func townFault(s *orderguard.ShipTo, line part) addressFault {
	city, region, postcode := partOf(s.City), partOf(s.Region), s.Postcode != "" && !isBadPostcode(s)
	switch {
	case postcode:
	case line == partMissing || line == partDigits:
		// "12" is a house of a village that has no streets. Without the village
		// it is nothing.
		switch city {
		case partNothing, partBlank:
			return faultPlaceholder
		case partKeys, partNoise:
			return faultKeyboard
		case partMissing:
			if line == partDigits && region == partMissing && s.Country != "" {
				return faultIncomplete
			}
		}
	case line == partPlain && len(s.Line1) < 48 && (region == partMissing || isFalse(region)):
		// A long street line may name the town too.
		switch {
		case city == partNothing:
			return faultPlaceholder
		case city == partKeys || city == partNoise && isBadPostcode(s):
			return faultKeyboard
		}
	}
	digits := count(city == partDigits) + count(region == partDigits) + count(line == partDigits)
	if digits == 0 && !isBadPostcode(s) {
		return faultNone
	}
	// A postcode in the town's field is a slip. Numbers for both the street and
	// the town are no place, and neither is a place whose postcode and telephone
	// number the country does not have.
	if line == partDigits && (city == partDigits || isMadeUpPhone(s) || isOneSign(s.Postcode)) ||
		digits+count(isBadPostcode(s))+count(isBadPhone(s)) >= 2 && (digits > 1 || isBadPhone(s)) {
		return faultContradiction
	}
	return faultNone
}

// isOneSign says whether a postcode is one letter or digit four times and more, as of who has to write something. It is one that
// the country does not have, if isBadPostcode says so; a few have 1111.
func isOneSign(postcode string) bool {
	for i := range len(postcode) {
		if postcode[i] != postcode[0] {
			return false
		}
	}
	return len(postcode) >= 4
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

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
	covered := 0
	for _, e := range h.list[:h.n] {
		if e.class == stubClass || e.class == besideClass {
			covered += r.lettersOf(&e)
		}
	}
	return covered >= letters && r.count[formDigit] == 0
}

// isAsk says whether a part consists of words that say where the place is to be asked for: "I will tell you in chat".
func (r *reading) isAsk(h *hits, letters int) bool {
	covered := 0
	for i := range h.list[:h.n] {
		if c := h.list[i].class; c == askForClass || c == besideClass || c == labelClass || c == nothingClass {
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
