package orderguard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// These tests hold the plan of the house: docs/0001-layout.md tells why.

const module = "github.com/orderguard/orderguard"

// mayImport says which packages of the module each package may import; all of
// them, if it is nil. The names are folders, "." is the root.
var mayImport = map[string][]string{
	".":              {},
	"window":         {},
	"ingest":         {"."},
	"casework":       {"."},
	"store":          {"."},
	"detect":         {".", "window"},
	"api":            {".", "casework"},
	"bench":          {".", "ingest", "detect", "store"},
	"cmd/orderguard": nil,
}

// onlyIn says which package alone may import a module from outside, so that
// what it stands for stays behind one door.
var onlyIn = map[string]string{"github.com/dgraph-io/badger": "store"}

// noRooms are folder names that say nothing of what is inside.
var noRooms = []string{"internal", "pkg", "util", "utils", "types", "common", "models", "mocks"}

const (
	maxFile     = 400 // lines
	maxFunction = 60  // lines
)

// longer lists the files ("detect/x.go") and functions ("detect/x.go:name")
// that may be longer, each with its reason: one flat switch or table.
var longer = map[string]string{
	"detect/field.go:Text": "one flat switch over the fields",
}

// source is a Go file of the module that is no test.
type source struct {
	path, folder string
	file         *ast.File
	set          *token.FileSet
}

// sources parses the module's own files. A folder with a go.mod of its own is
// another module.
func sources(t testing.TB) []source {
	var all []source
	walk(t, func(name string, d fs.DirEntry) {
		if d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		all = append(all, source{path: name, folder: path.Dir(name), file: f, set: set})
	})
	require.NotEmpty(t, all)
	return all
}

// walk visits the module's files and folders by their slash-separated paths.
func walk(t testing.TB, visit func(name string, d fs.DirEntry)) {
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." {
			if base := d.Name(); base == "testdata" || base == "data" || base[0] == '.' {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return fs.SkipDir
			}
		}
		visit(filepath.ToSlash(name), d)
		return nil
	})
	require.NoError(t, err)
}

// imported lists what a file imports.
func (s *source) imported() []string {
	var paths []string
	for _, i := range s.file.Imports {
		paths = append(paths, strings.Trim(i.Path.Value, "`\""))
	}
	return paths
}

func TestImportTable(t *testing.T) {
	for _, s := range sources(t) {
		allowed, listed := mayImport[s.folder]
		require.True(t, listed, "%s: the package %s is not in the table of the house: give it a row in mayImport, and a line in docs/0001-layout.md", s.path, s.folder)
		for _, p := range s.imported() {
			if p == module {
				p = module + "/."
			}
			if own, ok := strings.CutPrefix(p, module+"/"); ok {
				require.True(t, allowed == nil || slices.Contains(allowed, own),
					"%s imports %s: %s may import only %q; declare a small interface there, and join the two in cmd", s.path, own, s.folder, allowed)
				continue
			}
			require.False(t, s.folder == "." && strings.Contains(strings.Split(p, "/")[0], "."),
				"%s imports %s: the root holds words, and only the standard library", s.path, p)
			for outside, room := range onlyIn {
				if p == outside || strings.HasPrefix(p, outside+"/") {
					require.Equal(t, room, s.folder, "%s imports %s: only %s may", s.path, p, room)
				}
			}
		}
	}
}

func TestSizes(t *testing.T) {
	used := map[string]bool{}
	hold := func(name string, lines, limit int) {
		if lines <= limit {
			return
		}
		used[name] = true
		require.NotEmpty(t, longer[name], "%s has %d lines, more than %d: cut it, or list it in longer if it is one flat switch", name, lines, limit)
	}
	for _, s := range sources(t) {
		hold(s.path, s.set.File(s.file.Pos()).LineCount(), maxFile)
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				first, last := s.set.Position(f.Pos()).Line, s.set.Position(f.End()).Line
				hold(s.path+":"+f.Name.Name, last-first+1, maxFunction)
			}
		}
	}
	for name := range longer {
		require.True(t, used[name], "%s is no longer too long: take it off the list", name)
	}
}

func TestFolderNames(t *testing.T) {
	walk(t, func(name string, d fs.DirEntry) {
		if d.IsDir() {
			require.NotContains(t, noRooms, path.Base(name), "%s: name the folder after what it does", name)
		}
	})
}

var link = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// Documents name files that are there, and the index lists all documents.
func TestDocuments(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, name := range append(documents, "README.md", "CHANGELOG.md") {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, m := range link.FindAllSubmatch(text, -1) {
			require.FileExists(t, filepath.Join(filepath.Dir(name), string(m[1])), "linked in %s", name)
		}
		if name == filepath.Join("docs", "README.md") {
			for _, other := range documents {
				require.Contains(t, string(text)+"(README.md)", "("+filepath.Base(other)+")", "%s has no line in the index", other)
			}
		}
	}
}
