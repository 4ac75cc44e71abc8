package detect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
	"go.yaml.in/yaml/v3"
)

// Fault is one thing that is wrong with a rule file.
type Fault struct {
	File         string
	Line, Column int    // from 1; 0 where unknown
	Message      string // what is wrong, and the cure
}

// Error returns file:line:column and the message.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	if f.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// maxRuleFile is the longest rule file that is read, in bytes.
const maxRuleFile = 4 << 20

// faults collects what is wrong with a file, so that all of it is said at once.
type faults struct {
	file string
	list []*Fault
}

// at notes a fault at a node; nil stands for the file as a whole.
func (f *faults) at(n *yaml.Node, format string, args ...any) {
	fault := &Fault{File: f.file, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		fault.Line, fault.Column = n.Line, n.Column
	}
	f.list = append(f.list, fault)
}

// err joins the faults in the order of the file, nil for none.
func (f *faults) err() error {
	slices.SortStableFunc(f.list, func(a, b *Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	errs := make([]error, len(f.list))
	for i, fault := range f.list {
		errs[i] = fault
	}
	return errors.Join(errs...)
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// document reads the one document of a YAML file, and returns nil if there is
// none that can be read.
func (f *faults) document(data []byte) *yaml.Node {
	if len(data) > maxRuleFile {
		f.at(nil, "the file has %d bytes, at most %d are read; split it into a folder of files", len(data), maxRuleFile)
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			f.at(nil, "the file is empty; it needs a list under \"rules:\"")
			return nil
		}
		f.syntax(err)
		return nil
	}
	switch err := d.Decode(&more); {
	case err == nil:
		f.at(&more, "a second document begins here; put all rules under one \"rules:\"")
	case !errors.Is(err, io.EOF):
		f.syntax(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		f.at(nil, "the file is empty; it needs a list under \"rules:\"")
		return nil
	}
	if f.anchored(doc.Content[0]) {
		return nil
	}
	return doc.Content[0]
}

// syntax notes what the YAML reader says.
func (f *faults) syntax(err error) {
	text := err.Error()
	m := yamlLine.FindStringSubmatch(text)
	line, _ := strconv.Atoi(m[1])
	f.list = append(f.list, &Fault{File: f.file, Line: line,
		Message: "not well-formed YAML: " + strings.TrimPrefix(text, m[0])})
}

// anchored refuses anchors and aliases, by which a few lines could grow into
// millions of rules.
func (f *faults) anchored(n *yaml.Node) bool {
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		f.at(n, "anchors and aliases are not read; write the value out")
		return true
	}
	found := false
	for _, c := range n.Content {
		found = f.anchored(c) || found
	}
	return found
}

// keys are the values of a mapping by their keys.
type keys map[string]*yaml.Node

// mapping reads a mapping whose keys are all among known.
func (f *faults) mapping(n *yaml.Node, what string, known []string) keys {
	if n.Kind != yaml.MappingNode {
		f.at(n, "%s is %s, want keys and values", what, describe(n))
		return nil
	}
	m := keys{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			f.at(k, "a key of %s is %s, want a word", what, describe(k))
		case !slices.Contains(known, k.Value):
			f.at(k, "unknown key %q in %s; %s", k.Value, what, suggest(k.Value, known))
		case m[k.Value] != nil:
			f.at(k, "key %q stands twice in %s; remove one of them", k.Value, what)
		default:
			m[k.Value] = v
		}
	}
	return m
}

// describe says what a node is, for an error.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!int", "!!float":
		return "the number " + n.Value
	case "!!bool":
		return "the truth value " + n.Value
	}
	return strconv.Quote(n.Value)
}

// text reads a string. A number or truth value is refused, for YAML would
// rewrite some of them; the cure is quotes.
func (f *faults) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		f.at(n, "%s is %s, want text", what, describe(n))
		return "", false
	}
	if n.ShortTag() != "!!str" {
		f.at(n, "%s is %s, want text: put it in quotes", what, describe(n))
		return "", false
	}
	return n.Value, true
}

// boolean reads true or false.
func (f *faults) boolean(n *yaml.Node, what string) (value, ok bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&value) != nil {
		f.at(n, "%s is %s, want true or false", what, describe(n))
		return false, false
	}
	return value, true
}

var (
	plainNumber = regexp.MustCompile(`^(?:0|-?[1-9][0-9]*)$`)
	zerosFirst  = regexp.MustCompile(`^[-+]?0[0-9_]+$`)
)

// integer reads a whole number in plain decimal digits. The other forms of YAML
// are refused, for they are read in ways that surprise: 010 is 8.
func (f *faults) integer(n *yaml.Node, what string) (v int64, ok bool) {
	scalar := n.Kind == yaml.ScalarNode
	switch tag := n.ShortTag(); {
	case scalar && tag != "!!str" && zerosFirst.MatchString(n.Value):
		f.at(n, "%s is %s, which YAML reads as octal because of the 0 before it; write %s", what, n.Value, withoutZeros(n.Value))
		return 0, false
	case scalar && tag == "!!int" && !plainNumber.MatchString(n.Value) && n.Decode(&v) == nil:
		f.at(n, "%s is %s, want plain decimal digits; write %d", what, n.Value, v)
		return 0, false
	case !scalar || tag != "!!int" || n.Decode(&v) != nil:
		f.at(n, "%s is %s, want a whole number of at most 18 digits", what, describe(n))
		return 0, false
	}
	return v, true
}

// withoutZeros returns a number as it was most likely meant: in decimal digits.
func withoutZeros(number string) string {
	sign := ""
	if number[0] == '-' {
		sign = "-"
	}
	digits := strings.TrimLeft(strings.ReplaceAll(number, "_", ""), "-+0")
	if digits == "" {
		return "0"
	}
	return sign + digits
}

// items returns the nodes of a list, or the node itself if it is none, so that
// one value need not be written as a list.
func items(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// maxWithin is the longest window.
const maxWithin = 3660 * millisPerDay

// window reads a length of time: a Go duration, with d for days.
func (f *faults) window(n *yaml.Node, what string) (orderguard.Millis, bool) {
	const forms = `write it like "90s", "10m", "24h", "30d" or "1d12h"`
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		f.at(n, "%s is %s; %s", what, describe(n), forms)
		return 0, false
	}
	if n.ShortTag() == "!!int" {
		f.at(n, "%s is %s, which has no unit; %s", what, n.Value, forms)
		return 0, false
	}
	d, err := parseDuration(n.Value)
	switch {
	case err != nil:
		f.at(n, "%s %q is no length of time; %s", what, n.Value, forms)
	case d < 1:
		f.at(n, "%s %q is shorter than a millisecond%s; %s", what, n.Value, emptyWindow(what), forms)
	case d > maxWithin:
		f.at(n, "%s %q is longer than %d days; choose a shorter window", what, n.Value, maxWithin/millisPerDay)
	default:
		return d, true
	}
	return 0, false
}

// emptyWindow says what is wrong with a window of no length.
func emptyWindow(what string) string {
	if what == "within" {
		return ", so that no event is ever in the window"
	}
	return ""
}

// parseDuration reads a Go duration, before which a number of days may stand.
func parseDuration(s string) (orderguard.Millis, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		d, err := time.ParseDuration(s)
		return orderguard.Millis(d.Milliseconds()), err
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("days: %w", err)
	}
	var d time.Duration
	if rest != "" {
		if d, err = time.ParseDuration(rest); err != nil {
			return 0, err
		}
		if d < 0 || rest[0] == '+' {
			return 0, errors.New("a sign within a length of time")
		}
	}
	return orderguard.Millis(n*millisPerDay) + orderguard.Millis(d.Milliseconds()), nil
}
