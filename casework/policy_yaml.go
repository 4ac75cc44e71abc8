package casework

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

	"go.yaml.in/yaml/v3"
)

// maxPolicyFile is the longest policy file that is read, in bytes.
const maxPolicyFile = 1 << 20

// ParsePolicy reads a YAML file of sections with numbers; name stands for it in
// errors. What the file leaves out keeps its default. All that is wrong is said
// at once, a line each.
func ParsePolicy(name string, data []byte) (Policy, error) {
	r := &policyReader{file: name, policy: DefaultPolicy(), seen: map[string]*yaml.Node{}, refused: map[string]bool{}}
	r.document(data)
	for _, c := range r.policy.conflicts() {
		if !r.refused[c.key] && !r.refused[c.other] { // of a number that was refused only the default is known
			r.at(r.seen[c.key], "%s %s", c.key, c.cure)
		}
	}
	return r.policy, errors.Join(r.faults...)
}

// policyReader collects what is wrong with a file.
type policyReader struct {
	file   string
	policy Policy
	faults []error
	seen   map[string]*yaml.Node // by section.key

	refused map[string]bool // by section.key
}

func (r *policyReader) at(n *yaml.Node, format string, args ...any) {
	place := r.file
	if n != nil {
		place = fmt.Sprintf("%s:%d:%d", r.file, n.Line, n.Column)
	}
	r.faults = append(r.faults, fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...)))
}

func (r *policyReader) document(data []byte) {
	if len(data) > maxPolicyFile {
		r.at(nil, "the file has %d bytes, at most %d are read", len(data), maxPolicyFile)
		return
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return // an empty file is the default policy
	case err != nil:
		r.at(nil, "not well-formed YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		r.at(nil, "the file goes on after its first document; put all sections into one")
		return
	}
	r.mapping(doc.Content[0], "the file", sections(), func(section string, n *yaml.Node) {
		var keys []string
		for _, s := range settings {
			if s.section == section {
				keys = append(keys, s.key)
			}
		}
		r.mapping(n, section, keys, func(key string, n *yaml.Node) {
			i := slices.IndexFunc(settings, func(s setting) bool { return s.section == section && s.key == key })
			r.value(&settings[i], n)
		})
	})
}

// mapping gives each value of n to each, under its key, which is among known.
func (r *policyReader) mapping(n *yaml.Node, what string, known []string, each func(key string, n *yaml.Node)) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return // all of it is commented out
	}
	if n.Kind != yaml.MappingNode {
		r.at(n, "%s wants keys and values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case !slices.Contains(known, k.Value):
			r.at(k, "unknown key %q in %s; %s", k.Value, what, Nearest(k.Value, known))
		case seen[k.Value]:
			r.at(k, "key %q stands twice in %s; remove one of them", k.Value, what)
		default:
			seen[k.Value] = true
			each(k.Value, n.Content[i+1])
		}
	}
}

// value reads one number.
func (r *policyReader) value(s *setting, n *yaml.Node) {
	name := s.section + "." + s.key
	v, ok := s.unit.read(n)
	switch {
	case !ok:
		r.refused[name] = true
		r.at(n, "%s is %q; write it like %s", name, n.Value, s.unit.write(s.def))
	case v < s.low || v > s.high:
		r.refused[name] = true
		r.at(n, "%s is %s; want %s to %s", name, n.Value, s.unit.write(s.low), s.unit.write(s.high))
	default:
		*s.at(&r.policy) = v
		r.seen[name] = n
	}
}

var (
	plain = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,17})$`)
	days  = regexp.MustCompile(`^([1-9][0-9]{0,4})d$`)
)

// read reads a number in its unit.
func (u unit) read(n *yaml.Node) (int64, bool) {
	if n.Kind != yaml.ScalarNode {
		return 0, false
	}
	text := n.Value
	if u == percent {
		var ok bool
		if text, ok = strings.CutSuffix(text, "%"); !ok {
			return 0, false
		}
	}
	if u != span {
		if !plain.MatchString(text) {
			return 0, false
		}
		v, err := strconv.ParseInt(text, 10, 64)
		return v, err == nil
	}
	if m := days.FindStringSubmatch(text); m != nil {
		v, err := strconv.ParseInt(m[1], 10, 64)
		return v * day, err == nil
	}
	d, err := time.ParseDuration(text)
	return d.Milliseconds(), err == nil
}

// write writes a number as a file would have it.
func (u unit) write(v int64) string {
	switch {
	case u == percent:
		return strconv.FormatInt(v, 10) + "%"
	case u == number:
		return strconv.FormatInt(v, 10)
	case v != 0 && v%day == 0:
		return strconv.FormatInt(v/day, 10) + "d"
	case v%hour == 0:
		return strconv.FormatInt(v/hour, 10) + "h"
	}
	return (time.Duration(v) * time.Millisecond).String()
}

// Nearest names the known word that takes the fewest changes of a letter to
// become the mistaken one, and all of them if even that is far.
func Nearest(word string, known []string) string {
	best, bestAt := "", 1<<30
	for _, k := range known {
		if d := changes(strings.ToLower(word), k); d < bestAt {
			best, bestAt = k, d
		}
	}
	if bestAt <= 1+len(best)/3 {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return fmt.Sprintf("the nearest is %q; want one of %s", best, strings.Join(known, ", "))
}

// changes counts the letters to be added, removed or changed between a and the
// known word b. Letters of a far beyond b's length change nothing of the answer.
func changes(a, b string) int {
	a = a[:min(len(a), 2*len(b)+8)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}
