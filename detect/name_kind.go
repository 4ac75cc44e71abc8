package detect

import "strings"

// kindOfName says what the name of a recipient is, as kindOfText does of a note. It is one in which somebody advertises only if it says where: few names
// are so long, and hardly any has a digit, an @ or a link. Firms are named after what they sell, and say that they are one.
func kindOfName(name string) textKind {
	if name == "" {
		return textNone
	}
	if len(name) < 16 || !strings.ContainsAny(name, "0123456789@/.０①") || isFirm(name) {
		return textOrdinary
	}
	if kindOfText(name) == textAdvertising {
		return textAdvertising
	}
	return textOrdinary
}

// isFirm says whether a name has the form of a firm in it, or says with whom somebody is to be found.
func isFirm(name string) bool {
	if strings.Contains(name, "公司") || strings.Contains(name, "株式会社") || strings.Contains(name, "주식회사") {
		return true
	}
	for word := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == ' ' || c == ',' || c == '(' || c == ')' || c == '"' }) {
		switch strings.ToLower(strings.Trim(word, ".")) {
		case "gmbh", "ag", "ug", "kg", "ohg", "e.k", "e.v", "ltd", "limited", "llc", "inc", "corp", "co", "plc", "llp", "bv", "b.v", "nv", "ab", "oy", "as", "a.s", "aş", "sa", "s.a", "sl", "s.l", "s.l.u",
			"sas", "sarl", "srl", "s.r.l", "spa", "s.p.a", "ltda", "eireli", "mei", "me", "z.o.o", "o.o", "cv", "c.v", "tnhh", "cp", "pt", "tbk", "ооо", "ип", "ао", "зао", "c/o", "attn", "att", "dept":
			return true
		}
	}
	return false
}
