package detect

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/common"
)

// syntaxError is how CEL's compiler begins what it says of a source that it
// cannot read.
const syntaxError = "Syntax error: "

var (
	notLetters = regexp.MustCompile(`[^\w]`)
	overload   = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'`)
	wholeLeft  = regexp.MustCompile(`(?:^|[^\w.])(\d+)\s*$`)
	wholeNext  = regexp.MustCompile(`^[<>=!+\-*/]+\s*(-?\d+)(?:[^\w.]|$)`)
)

// cured rewrites what CEL's compiler says of a place in the source, so that it
// names the cure.
func cured(message, source string, at common.Location) string {
	if m := overload.FindStringSubmatch(message); m != nil {
		return typesCured(m[1], m[2], source, at)
	}
	if strings.HasPrefix(message, "type 'bool' does not support field selection") {
		return "what stands before the dot is true or false, and has no parts; a fact's values are compared in the expr of the fact"
	}
	syntax, found := strings.CutPrefix(message, syntaxError)
	if !found {
		return message
	}
	syntax, _, _ = strings.Cut(syntax, " expecting ")
	if strings.Contains(syntax, "<EOF>") {
		return "it ends too early, as if more were to come; write what is missing, or remove what is begun"
	}
	return "it is not well-formed: " + syntax + "; the signs are && || ! == != < <= > >= in, and texts stand in quotes"
}

// typesCured says of an operator or a function that it cannot take values of
// the types that it was given, as CEL lists them.
func typesCured(name, list, source string, at common.Location) string {
	if strings.HasPrefix(name, "@") || notLetters.MatchString(name) {
		name = strings.NewReplacer("_", "", "@", "").Replace(name) // _<_ is how CEL calls <
	}
	before, behind := around(source, at)
	var m []string
	switch list {
	case "(double, int)":
		m = wholeNext.FindStringSubmatch(behind)
	case "(int, double)":
		m = wholeLeft.FindStringSubmatch(before)
	default:
		return fmt.Sprintf("%s cannot take %s; use values of one type, or turn one into the other by string(…), int(…) or double(…)", name, list)
	}
	if m == nil {
		return fmt.Sprintf("%s cannot take a whole number (int) with one that has a fraction (double); turn one into the other by double(…) or int(…)", name)
	}
	return fmt.Sprintf("%s cannot take a whole number (int) with one that has a fraction (double); write %s.0", name, m[1])
}

// around returns the parts of the source's line before a place and behind it.
func around(source string, at common.Location) (before, behind string) {
	lines := strings.Split(source, "\n")
	if at.Line() < 1 || at.Line() > len(lines) {
		return "", ""
	}
	line := []rune(lines[at.Line()-1])
	n := min(max(0, at.Column()), len(line))
	return string(line[:n]), string(line[n:])
}
