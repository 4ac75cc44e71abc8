package detect

import (
	"strings"

	"github.com/orderguard/orderguard"
)

// countryCodes are the two-letter codes of ISO 3166-1 that are assigned, reserved
// or were, and XK, which Kosovo uses.
const countryCodes = "AC AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BU BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CP CQ CR CS CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH EL ER ES ET EU EZ FI FJ FK FM FO FR FX " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ " +
	"LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NT NU NZ OM " +
	"PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SF SG SH SI SJ SK SL SM SN SO SR SS ST SU SV SX SY SZ " +
	"TA TC TD TF TG TH TJ TK TL TM TN TO TP TR TT TV TW TZ UA UG UK UM UN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT YU ZA ZM ZR ZW"

var countries = makeCountries()

func makeCountries() (t [26 * 26]bool) {
	for code := range strings.FieldsSeq(countryCodes) {
		t[countryIndex(code)] = true
	}
	return t
}

// countryIndex numbers what may be a country's code; -1 is anything else.
func countryIndex(s string) int {
	if len(s) != 2 {
		return -1
	}
	a, b := s[0]&^0x20-'A', s[1]&^0x20-'A'
	if a >= 26 || b >= 26 {
		return -1
	}
	return int(a)*26 + int(b)
}

// isCountry says whether a country may exist: a code that is one, or a name,
// unless it is known from books only or stands for none.
func isCountry(s string) bool {
	if i := countryIndex(s); i >= 0 {
		return countries[i]
	}
	return partOf(s) != partNothing
}

// postcodes gives the forms of a country's postcodes, without spaces, dashes and
// the country's own letters before them: 9 is a digit, A a letter, ? either. A
// country that is not there has none, or too many forms to say.
//
// The package with such a table that is kept up, go-playground/validator, makes
// a program 4.6 MB larger and a check takes 2 µs; the table here needs to know
// lengths alone, for a wrong postcode never is a fault by itself.
var postcodes = makePostcodes(`
999: FO IS LS MG OM PG PS TW
9999: AF AL AM AR AT AU BD BE BG CH CR CV CY DK GE GL GW HU LI LU LV MK MZ NE NO NZ PH PT PY SI SJ TN VE ZA
99999: AX BA BR BT CR CU CZ DE DO DZ EE EG ES FI FR GF GP GR GT HN HR ID IQ IT JO KE KH KR KW LA LK LT LY MA MC ME MM MN MQ MR MX MY NC NI NP
99999: PE PF PK PL PM RE RS SA SD SE SK SN TH TR TW UA US PR UY UZ YT ZM
999999: BY CN CO EC IN KG KH KZ MN NG RO RU SG TJ TM TT TW UZ VN
9999999: CL IL JP PT
99999999: BR
999999999: US PR SA
9999999999: IR
9999AA: NL
A9999AAA: AR
A9999: AR
A9A9A9: CA
`)

// The shapes of a country are kept where countryIndex says, as text with a bar after each.
func makePostcodes(table string) (forms [26 * 26]string) {
	for group := range strings.SplitSeq(table, "\n") {
		form, codes, _ := strings.Cut(strings.TrimSpace(group), ":")
		for code := range strings.FieldsSeq(codes) {
			forms[countryIndex(code)] += form + "|"
		}
	}
	return forms
}

// postcodesOf returns the shapes of a country's postcodes.
func postcodesOf(country string) string {
	if i := countryIndex(country); i >= 0 {
		return postcodes[i]
	}
	return ""
}

// digitsOf counts the digits of a line, as nearly everybody writes them.
func digitsOf(line string) (n int) {
	for i := range len(line) {
		n += count(line[i]-'0' < 10)
	}
	return n
}

// isBadPostcode says whether the country has no postcodes of this form.
func isBadPostcode(s *orderguard.ShipTo) bool {
	if s.Postcode == "" {
		return false
	}
	var form [16]byte
	n, digits, zeros, nines := 0, 0, true, true
	for i := 0; i < len(s.Postcode); i++ {
		c := s.Postcode[i]
		switch {
		case c >= '0' && c <= '9':
			zeros, nines = zeros && c == '0', nines && c == '9'
			c = '9'
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			c, zeros, nines = 'A', false, false
		case c == ' ' || c == '-' || c == '.':
			continue
		default:
			return c < 0x80 // written with other letters or digits: not for us to say
		}
		if n == len(form) {
			return true
		}
		form[n] = c
		n++
	}
	if n > 0 && (zeros || nines && n > 4) { // nobody has five nines
		return true
	}
	country := s.Country
	if country == "GB" {
		return form[0] != 'A' || digits == 0
	}
	forms := postcodesOf(country)
	if forms == "" {
		return false
	}
	from := 0
	if n > 2 && countryIndex(s.Postcode[:2]) == countryIndex(country) {
		from = 2 // LV-1010
	}
	for forms != "" {
		var one string
		one, forms, _ = strings.Cut(forms, "|")
		if one == string(form[from:n]) || one == string(form[:n]) {
			return false
		}
	}
	return true
}

// isBadPhone says whether a telephone number is given and nobody can have it: it
// has fewer digits than any number, more than the world's longest, or is one
// digit over and over.
func isBadPhone(s *orderguard.ShipTo) bool {
	digits, same, last := 0, true, byte(0)
	for i := 0; i < len(s.Phone); i++ {
		c := s.Phone[i]
		switch {
		case c >= '0' && c <= '9':
			same = same && (digits == 0 || c == last)
			digits, last = digits+1, c
		case c == '*' || c >= 0x80 || c|0x20 == 'x':
			return false // masked for privacy, or with an extension
		}
	}
	return s.Phone != "" && (digits < 5 || same || digits > 24)
}

// isMadeUpPhone says the same, or that the digits of the number are counted up or
// down. It tells more than that somebody keeps his number to himself only beside a
// line that is no street.
func isMadeUpPhone(s *orderguard.ShipTo) bool {
	if isBadPhone(s) {
		return true
	}
	n, last, up, down := 0, byte(0), true, true
	for i := 0; i < len(s.Phone); i++ {
		c := s.Phone[i]
		switch {
		case c >= '0' && c <= '9':
			if n > 0 {
				up = up && (c == last+1 || c == '0' && last == '9')
				down = down && (c+1 == last || c == '9' && last == '0')
			}
			n, last = n+1, c
		case c == '*' || c >= 0x80 || c|0x20 == 'x':
			return false
		}
	}
	return n > 0 && (up || down)
}

// isBlank says whether a part is missing, or nothing but white space, which forms
// send for a field that nobody filled.
func isBlank(part string) bool { return part == "" || part[0] <= ' ' && strings.TrimSpace(part) == "" }
