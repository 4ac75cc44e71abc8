package detect

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/orderguard/orderguard"
)

// isContact says whether what stands in the street line is how its writer is reached, and nothing else: a telephone number, the address of a
// mailbox or of a site, or an @ handle. The parcel was to go to a town or a postcode, and to somebody. It is none where other parts may hold
// the street, for then the parts of a form were mixed up, and none if it is a link to a map, which says where.
func isContact(s *orderguard.ShipTo) bool {
	line := strings.TrimSpace(s.Line1)
	if len(line) < 4 || len(line) > 80 || isBlank(s.Name) || isBlank(s.City) && isBlank(s.Postcode) {
		return false
	}
	digits, site := digitsOf(line), strings.ContainsAny(line, "@.")
	if digits < 6 && !site || digits > 15 {
		return false
	}
	if digitsOf(s.City)+digitsOf(s.Region) > 0 || len(s.City) > 60 || holdsWords(s.Phone) || s.Country == "IE" || s.Country == "SG" {
		return false // a postcode of these two is one house
	}
	if rest := withoutCall(line); rest != "" {
		return !isCalledFor(s.Country) && isDialled(rest)
	}
	if digits < 10 && !site {
		return false
	}
	line = withoutLabel(line)
	return isMailbox(line) || isHandle(line) || isSite(line) || isNumberOf(s, line)
}

// holdsWords says whether a telephone number has five letters and more, as a street in its place would.
func holdsWords(phone string) bool {
	letters := 0
	for i := range len(phone) {
		letters += count(phone[i]|0x20 >= 'a' && phone[i]|0x20 <= 'z' || phone[i] >= 0x80)
	}
	return letters >= 5
}

// contactLabels stand before what somebody is reached by.
var contactLabels = strings.Fields("telephone telefone telefono teléfono telefon phone mobile whatsapp telegram instagram e-mail email mail tel cel ig wa tg телефон тел почта 手机号码 手机号 手机 电话 微信 邮箱")

// withoutLabel returns a line without the word before a contact: "tel: 0812 3456 7890", "电话13812345678".
func withoutLabel(line string) string {
	for _, label := range contactLabels {
		if len(line) <= len(label) || !strings.EqualFold(line[:len(label)], label) {
			continue
		}
		if rest := strings.TrimLeft(line[len(label):], " :.：-"); len(rest) < len(line)-len(label) || label[0] >= 0xe0 {
			return rest
		}
	}
	return line
}

// calls ask the reader to reach the writer by the number that follows.
var calls = [...]string{"please call me", "please call", "call me at", "call me on", "call me", "call", "text me", "whatsapp me", "phone me", "ring me", "message me", "contact me", "contact", "позвоните", "позвони", "звоните", "звонить", "пишите",
	"llámame", "llamame", "llamar al", "llamar", "me liga", "me ligue", "ligar para", "ligar", "ruf mich an", "rufen sie an", "anrufen", "appelez moi", "appelez-moi", "appelez", "chiamami", "chiamare", "zadzwoń", "zadzwon", "打电话", "打我电话", "联系电话", "请联系", "联系",
	"加我微信", "加微信", "โทรหา", "โทร", "gọi", "goi", "hubungi", "telpon", "전화", "ara beni", "beni ara"}

// withoutCall returns what stands behind a call to be reached, "" if the line begins with none.
func withoutCall(line string) string {
	for _, call := range calls {
		if call[0] < utf8.RuneSelf && call[0] != line[0]|0x20 {
			continue // most lines begin otherwise than most calls
		}
		if len(line) > len(call) && strings.EqualFold(line[:len(call)], call) {
			if rest := strings.TrimLeft(line[len(call):], " :.：-"); len(rest) < len(line)-len(call) || call[0] >= 0xe0 {
				return rest
			}
		}
	}
	return ""
}

// isDialled says whether a text is a number of six digits and more, as they are dialled, and nothing else.
func isDialled(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != ' ' && c != '-' && c != '(' && c != ')' && c != '.' && (c != '+' || i > 0) {
			return false
		}
	}
	return digitsOf(text) >= 6
}

// isCalledFor says whether couriers call for the way in a country, as a rule.
func isCalledFor(country string) bool {
	return len(country) == 2 && strings.Contains(calledFor, strings.ToUpper(country))
}

// isMailbox says whether a text is the address of a mailbox alone.
func isMailbox(text string) bool {
	at := strings.IndexByte(text, '@')
	if at < 1 || strings.ContainsAny(text, " ,;/") {
		return false
	}
	dot := strings.LastIndexByte(text, '.')
	return dot > at+1 && len(text)-dot > 2 && strings.IndexByte(text[at+1:], '@') < 0
}

// isHandle says whether a text is a name of three characters and more after an @, and nothing else.
func isHandle(text string) bool {
	if len(text) < 4 || text[0] != '@' {
		return false
	}
	for i := 1; i < len(text); i++ {
		if c := text[i]; !isLower(c|0x20) && (c < '0' || c > '9') && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// isSite says whether a text is a link and nothing else, and not one to a map.
func isSite(text string) bool {
	if strings.ContainsAny(text, " ,;") {
		return false
	}
	lower := strings.ToLower(text)
	for _, where := range [...]string{"map", "goo.gl", "2gis", "yandex", "what3words", "w3w", "waze", "plus.codes", "openstreet", "naver", "kakao", "geo"} {
		if strings.Contains(lower, where) {
			return false
		}
	}
	if strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "www.") {
		return len(lower) > 8
	}
	host, path, _ := strings.Cut(lower, "/")
	at := strings.LastIndexByte(host, '.')
	if at < 1 {
		return false
	}
	switch host[at+1:] {
	case "com", "net", "org", "vip", "xyz", "top", "club", "site", "online", "win", "bet", "info", "icu", "cc":
		return at >= 4
	case "me", "ly", "io", "gg", "ru", "cn":
		return path != ""
	}
	return false
}

// calledFor are the countries where couriers call for the way, as a rule: most of their addresses have no street, and a
// telephone number in its place is what everybody writes.
const calledFor = "AE SA QA KW OM BH YE IQ JO LB SY LY SD SS EG MA DZ TN MR ML NE TD SN GM GN GW SL LR CI GH TG BJ NG CM CF GA GQ CG CD AO ZM ZW MW MZ BW NA LS SZ MG KM SC MU " +
	"KE UG TZ RW BI ET ER DJ SO AF PK BD NP BT MM KH LA HN NI SV GT CR PA HT JM FJ PG SB TO WS VU"

// isNumberOf says whether a text is a telephone number and nothing else, of ten digits at least. Shorter ones are those of lockers,
// houses and plots; and so are some of ten, in Germany, Turkey and Iran, that neither begin as telephone numbers do nor end as the recipient's.
func isNumberOf(s *orderguard.ShipTo, text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != ' ' && c != '-' && c != '(' && c != ')' && (c != '+' || i > 0) {
			return false
		}
	}
	digits := digitsOf(text)
	if digits < 10 || isCalledFor(s.Country) {
		return false
	}
	switch s.Country {
	case "DE", "AT", "TR", "IR":
		return digits > 10 || text[0] == '0' || text[0] == '+' || strings.HasSuffix(s.Phone, text[max(len(text)-8, 0):])
	}
	return true
}

// The classes of the entries of lexicon/city.txt.
const (
	cityClass class = iota + 1
	cityWordClass
)

var cityWords = sync.OnceValue(func() *lexicon { return readLexicon("city.txt", []string{"", "city", "word"}) })

// isCityAgain says whether the street line names the town or the region once more, which is a great city or a province, and there is no
// postcode to find the recipient by. Villages and small towns are not on the list: whoever carries the parcel asks there. A quarter may
// be called like a city elsewhere.
func isCityAgain(s *orderguard.ShipTo) bool {
	line := strings.TrimSpace(s.Line1)
	if line == "" || len(line) > 60 || isBlank(s.Name) || !isBlank(s.Postcode) && !isBadPostcode(s) || digitsOf(s.City)+digitsOf(line) > 0 || len(s.City) > 60 || holdsWords(s.Phone) {
		return false
	}
	if !isBlank(s.City) && !repeats(line, s.City) && !repeats(line, s.Region) {
		return false
	}
	return isCityAlone(line) && (isBlank(s.City) || isCityAlone(s.City))
}

// repeats says whether a line is a town or a region, or begins or ends with it.
func repeats(line, place string) bool {
	place = strings.TrimSpace(place)
	for _, end := range [...]string{"市", "省"} {
		line, place = strings.TrimSuffix(line, end), strings.TrimSuffix(place, end)
	}
	return place != "" && (strings.HasPrefix(line, place) || strings.HasSuffix(line, place) || strings.EqualFold(line, place))
}

// isCityAlone says whether a text is names of great cities and provinces, and nothing else but words for such.
func isCityAlone(text string) bool {
	var r reading
	var h hits
	if r.read(text) < len(text) {
		return false
	}
	cityWords().find(&r, &h)
	covered := 0
	for i := range h.list[:h.n] {
		covered += r.lettersOf(&h.list[i])
	}
	return h.of[cityClass] > 0 && covered >= r.letters()
}

// isStreetBlank says whether the street line holds blanks and nothing else, where the town is a great city: nobody is found there by that. Feeds
// that leave streets out leave the line out. In a few countries the postcode is one house or street.
func isStreetBlank(s *orderguard.ShipTo) bool {
	if s.Line1 == "" || !isBlank(s.Line1) || isBlank(s.Name) || isBlank(s.City) || digitsOf(s.City) > 0 || len(s.City) > 60 || digitsOf(s.Region) > 0 || holdsWords(s.Phone) {
		return false
	}
	switch s.Country {
	case "IE", "SG", "GB", "NL", "":
		return false
	case "CN", "JP", "TW", "KR":
		return len(s.City) <= 30 && !strings.ContainsAny(s.City, "路街道村镇鎮乡鄉号號町丁로길동리") // wards, cities and counties are too large, all of them
	}
	return !isCalledFor(s.Country) && isCityAlone(s.City)
}
