package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// RenewPage puts a result into its part of a page, between the comments
// bench:NAME and /bench:NAME, and draws its charts beside the page, in the
// folder that is named after it. What else the page says stays.
func RenewPage(page, name string, r *Result) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	begin, end := "<!-- bench:"+name+" -->\n", "<!-- /bench:"+name+" -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("page: %s has no part for %s: add %q and %q on lines of their own", page, name, strings.TrimSpace(begin), end)
	}
	var part, picture bytes.Buffer
	if err := errors.Join(r.WriteMarkdown(&part), r.WriteSVG(&picture)); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	folder := strings.TrimSuffix(page, filepath.Ext(page))
	if len(r.Charts) > 0 {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("page: %w", err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".svg"), picture.Bytes(), 0o644); err != nil {
			return fmt.Errorf("page: %w", err)
		}
		fmt.Fprintf(&part, "\n![%s](%s/%s.svg)\n", r.Charts[0].Title, filepath.Base(folder), name)
	}
	if err := os.WriteFile(page, []byte(before+begin+part.String()+end+after), 0o644); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}
