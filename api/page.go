package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets a page run its own scripts and styles, call this server, and
// nothing else; no other site may frame it, and no text can become markup.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// servePage serves one file of the page for people, or of that to try the API.
// A browser asks each time whether it has changed, so that the parts of a page
// are always of one version.
func servePage(name, contentType string) handler {
	body, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		panic("BUG: the page's file " + name + " is not embedded")
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(w http.ResponseWriter, r *http.Request, _ Token) error {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "no-cache")
		h.Set("Etag", tag)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
		return nil
	}
}

// pageParts are the modules and styles of the page, by name.
var pageParts = readParts()

func readParts() map[string]handler {
	files, err := pageFiles.ReadDir("page")
	if err != nil {
		panic("BUG: the page is not embedded: " + err.Error())
	}
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
	parts := map[string]handler{}
	for _, f := range files {
		if contentType, ok := types[path.Ext(f.Name())]; ok {
			parts[f.Name()] = servePage(f.Name(), contentType)
		}
	}
	return parts
}

// servePart answers GET /page/{file}.
func servePart(w http.ResponseWriter, r *http.Request, t Token) error {
	part, ok := pageParts[r.PathValue("file")]
	if !ok {
		return problem(noSuchPath, fmt.Sprintf("The page has no part %q.", r.PathValue("file")), "Load the page anew.").
			zh("该页面没有这个文件。", "请刷新页面。")
	}
	return part(w, r, t)
}
