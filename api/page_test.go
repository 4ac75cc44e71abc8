package api

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// modules returns the modules of the page, by name.
func modules(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	files, err := pageFiles.ReadDir("page")
	require.NoError(t, err)
	for _, f := range files {
		if b, err := pageFiles.ReadFile("page/" + f.Name()); strings.HasSuffix(f.Name(), ".js") {
			require.NoError(t, err)
			list[f.Name()] = string(b)
		}
	}
	require.Contains(t, list, "main.js")
	return list
}

// TestPage follows the page from its address through all that it loads.
func TestPage(t *testing.T) {
	a := newAPI(t, newFake(), Options{})
	kinds := map[string]string{"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
	loads := regexp.MustCompile(`(?:src|href)="([\w./]+)"|from "\./([\w./]+)"`)
	seen := map[string]bool{"/": true, "/docs": true}
	for queue := []string{"/", "/docs"}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		w := call(a, "", "GET", path, nil)
		require.Equal(t, 200, w.Code, path)
		kind := "html"
		if _, ext, ok := strings.Cut(path, "."); ok {
			kind = ext
		}
		h := w.Header()
		require.Equal(t, kinds[kind], h.Get("Content-Type"), path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		for _, rule := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'"} {
			require.Contains(t, h.Get("Content-Security-Policy"), rule, path)
		}
		require.NotContains(t, h.Get("Content-Security-Policy"), "unsafe", path)
		again := call(a, "", "GET", path, nil, "If-None-Match", h.Get("Etag"))
		require.Equal(t, http.StatusNotModified, again.Code, path)
		body := w.Body.String()
		require.NotRegexp(t, `(?i)innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://`, body, "%s: text must stay text, and nothing comes from elsewhere", path)
		require.NotRegexp(t, `<script>|<style| style="| on\w+="`, body, "%s: the policy would refuse it", path)
		for _, m := range loads.FindAllStringSubmatch(body, -1) {
			next := "/" + m[1]
			if m[2] != "" {
				next = "/page/" + m[2]
			}
			if !seen[next] && m[1] != "openapi.json" {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	for name := range modules(t) {
		require.True(t, seen["/page/"+name] || name == "docs.js", "nothing loads the module %s", name)
	}
	require.Equal(t, 200, call(a, "", "HEAD", "/", nil).Code)
	for _, file := range []string{"none.js", "index.html", "..%2fpage.go", "%2e%2e"} {
		refused(t, call(a, "", "GET", "/page/"+file, nil), http.StatusNotFound, "no part")
	}
}

// TestChildrenAreThere holds the modules to the calls of dom.js that leave out what a
// condition leaves out; the document's own write it as the word "false".
func TestChildrenAreThere(t *testing.T) {
	for name, text := range modules(t) {
		if name == "dom.js" || name == "docs.js" {
			continue
		}
		require.NotContains(t, text, "replaceChildren(", "%s: use refill", name)
		for _, m := range regexp.MustCompile(`\.(?:append|prepend)\(.*`).FindAllString(text, -1) {
			require.NotRegexp(t, `&&|\?`, m, "%s: use el or refill", name)
		}
	}
}

// TestModulesAreShort holds the page's modules to the bounds of files in Go.
func TestModulesAreShort(t *testing.T) {
	for name, text := range modules(t) {
		require.Less(t, strings.Count(text, "\n"), 400, name)
	}
}

var (
	wordLine = regexp.MustCompile(`^  "?([\w-]+)"?: \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\],$`)
	slot     = regexp.MustCompile(`\{\w+\}`)
)

// words reads the tables of texts: key, English, Chinese.
func words(t *testing.T) map[string][2]string {
	t.Helper()
	table := map[string][2]string{}
	for _, file := range []string{"words.js", "words_staff.js"} {
		text := modules(t)[file]
		_, text, ok := strings.Cut(text, "Words = {\n")
		if !ok {
			_, text, ok = strings.Cut(modules(t)[file], "words = {\n")
		}
		require.True(t, ok, file)
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "};\n"), "\n") {
			if line == "" || strings.HasPrefix(line, "  // ") {
				continue
			}
			m := wordLine.FindStringSubmatch(line)
			require.NotNil(t, m, "%s: a text without both languages: %s", file, line)
			_, twice := table[m[1]]
			require.False(t, twice, "a text that is there twice: %s", m[1])
			table[m[1]] = [2]string{m[2], m[3]}
		}
	}
	return table
}

// TestWords holds the two languages of the page against each other, and against
// what the modules and the API say.
func TestWords(t *testing.T) {
	table := words(t)
	for key, both := range table {
		en, zh := both[0], both[1]
		if key != "other_language" {
			require.False(t, strings.ContainsFunc(en, han), "%s: English: %s", key, en)
			require.True(t, strings.ContainsFunc(zh, chineseSign), "%s: Chinese: %s", key, zh)
		}
		for form := range strings.SplitSeq(en, "|") {
			require.Subset(t, slot.FindAllString(zh, -1), slot.FindAllString(form, -1), "%s: a value that the Chinese lacks", key)
		}
		require.Subset(t, slot.FindAllString(en, -1), slot.FindAllString(zh, -1), "%s: a value that the English lacks", key)
		require.NotContains(t, zh, "|", "%s: Chinese has one form", key)
	}
	var all bytes.Buffer
	for name, text := range modules(t) {
		if !strings.HasPrefix(name, "words") && name != "docs.js" {
			all.WriteString(text)
		}
	}
	code := all.String()
	for _, m := range regexp.MustCompile(`\b(?:say|empty)\("(\w+)"[,)]`).FindAllStringSubmatch(code, -1) {
		held(t, table, m[1])
	}
	quoted := regexp.MustCompile(`"([\w-]+)"`)
	said, begun := map[string]bool{}, map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(code, -1) {
		said[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:(?:say|knows|empty|tag|name|follows)\("(\w+?)_?"(?: \+|, )|own\("(\w+)_"\))`).FindAllStringSubmatch(code, -1) {
		begun[m[1]+m[2]] = true
	}
	for key := range table {
		kind, _, _ := strings.Cut(key, "_")
		level := strings.HasPrefix(key, "follow_level_")
		require.True(t, said[key] || begun[kind] || level, "no module says the text %s", key)
	}
}

// TestWordsOfTheAPI looks for a word in both languages for each value that the
// OpenAPI document lists and the page shows.
func TestWordsOfTheAPI(t *testing.T) {
	table := words(t)
	for k := range kinds {
		for _, what := range []string{"trouble_", "cure_"} {
			held(t, table, what+kinds[k].name)
		}
	}
	for kind, names := range map[string][]string{
		"scenario": named(t, "Alert", "scenario"), "about": named(t, "Alert", "scenario"), "status": named(t, "Alert", "status"),
		"severity": named(t, "Alert", "severity"), "answer": named(t, "VerdictForm", "verdict"), "state": named(t, "Report", "state"),
		"finding": named(t, "Examined", "finding"), "kind": named(t, "Decision", "kind"), "level": named(t, "SanctionForm", "level"),
		"follow_level": named(t, "SanctionForm", "level"), "role": named(t, "Me", "role"), "step": named(t, "Step", "kind"),
		"indicator": named(t, "Delta", "indicator"), "reason": named(t, "Delta", "reason"),
	} {
		require.NotEmpty(t, names, kind)
		for _, name := range names {
			held(t, table, kind+"_"+name)
		}
	}
}

func held(t *testing.T, table map[string][2]string, key string) {
	t.Helper()
	_, ok := table[key]
	require.True(t, ok, "the page has no text %s", key)
}

// named lists the values that the OpenAPI document gives a field.
func named(t *testing.T, schema, field string) (list []string) {
	t.Helper()
	a := newAPI(t, newFake(), Options{})
	_, f, err := openAPI(a.routes(), "")
	require.NoError(t, err)
	s := f.schemas.Map()[schema]
	require.NotNil(t, s, schema)
	p := s.Properties[field]
	require.NotNil(t, p, "%s.%s", schema, field)
	if p.Ref != "" {
		p = f.schemas.SchemaFromRef(p.Ref)
	}
	for _, v := range p.Enum {
		list = append(list, v.(string))
	}
	return list
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// chineseSign tells of a Chinese sentence that holds no word of its own.
func chineseSign(r rune) bool { return han(r) || r == '：' }

// TestTagsAreOnlyTags holds the kinds of tags against the styles: a rule for a
// class that is the kind of a tag as well would make it look like something else.
func TestTagsAreOnlyTags(t *testing.T) {
	table, kinds := words(t), map[string]bool{"mark": false, "state": false, "severity": false}
	for _, text := range modules(t) {
		for _, m := range regexp.MustCompile(`\btag\("(\w+)"`).FindAllStringSubmatch(text, -1) {
			kinds[m[1]] = true
		}
	}
	classes := map[string]bool{}
	for kind, used := range kinds {
		require.True(t, used, "no tag is a %s any more", kind)
		classes[kind] = true
		for key := range table {
			// A severity lends its tone to whatever bears it.
			if word, ok := strings.CutPrefix(key, kind+"_"); ok && kind != "severity" {
				classes[word] = true
			}
		}
	}
	for _, file := range []string{"page.css", "views.css"} {
		style, err := pageFiles.ReadFile("page/" + file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)(?:^|[,}]) *(?:\w+)?\.([\w-]+) *[,{]`).FindAllStringSubmatch(string(style), -1) {
			require.False(t, classes[m[1]], "%s: .%s is a tag, too; give what is meant a class of its own", file, m[1])
		}
	}
}
