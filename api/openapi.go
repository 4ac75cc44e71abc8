package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// doc is what the OpenAPI document says of a route beyond the table.
type doc struct {
	id, summary, text string
	tag               string // heads its part of the list
	params            []*huma.Param
	body              *huma.RequestBody
	bodyOf            any            // JSON; sets body's schema
	answers           map[int]answer // the good ones
	refusals          []int          // beside those of every such call
}

type answer struct {
	text    string
	of      any      // JSON
	media   []string // besides JSON
	headers map[string]*huma.Param
}

// queried says whether the call takes anything in the query of its URL.
func (d *doc) queried() bool {
	return d == nil || slices.ContainsFunc(d.params, func(p *huma.Param) bool { return p.In == "query" })
}

// openAPI describes the routes, and returns the schemas of what they take.
func openAPI(routes []*route, version string) (document []byte, f forms, err error) {
	f = forms{schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer), byRoute: map[string]*huma.Schema{}}
	spec := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Orderguard", Version: version,
			Description: "Guards the shops of a marketplace against malicious buyers. Errors are problem documents (RFC 9457), in English or Chinese by Accept-Language."},
		Components: &huma.Components{
			Schemas:         f.schemas,
			SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}},
		},
	}
	registerWords(f.schemas)
	for _, rt := range routes {
		if rt.doc == nil {
			continue
		}
		spec.AddOperation(operation(rt, f.schemas))
		if rt.doc.bodyOf != nil {
			f.byRoute[rt.String()] = f.schemas.Schema(reflect.TypeOf(rt.doc.bodyOf), false, rt.doc.id)
		}
	}
	spec.Webhooks = webhookDocs(f.schemas)
	refine(f.schemas.Map())
	document, err = json.Marshal(spec)
	return document, f, err
}

// refine says what reflection cannot know: lists are never null, and of what
// kinds problems are.
func refine(schemas map[string]*huma.Schema) {
	for _, s := range schemas {
		for _, p := range s.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
		}
	}
	for k := range kinds {
		kindOf := schemas["Problem"].Properties["type"]
		kindOf.Enum = append(kindOf.Enum, kind(k).typeOf())
	}
}

func operation(rt *route, schemas huma.Registry) *huma.Operation {
	d := rt.doc
	op := &huma.Operation{
		OperationID: d.id, Method: rt.method, Path: rt.path, Summary: d.summary, Description: d.text,
		Parameters: append(pathParams(rt.path), d.params...), RequestBody: d.body, Responses: map[string]*huma.Response{},
	}
	if d.tag != "" {
		op.Tags = []string{d.tag}
	}
	if !rt.open {
		op.Security = []map[string][]string{{"token": {}}}
		op.Description = strings.TrimSpace(op.Description + " Roles: " + strings.Join(rt.who(), ", ") + ".")
	}
	media := func(of any) *huma.MediaType {
		return &huma.MediaType{Schema: schemas.Schema(reflect.TypeOf(of), true, d.id)}
	}
	if d.bodyOf != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": media(d.bodyOf)}}
	}
	for status, ans := range d.answers {
		r := &huma.Response{Description: ans.text, Content: map[string]*huma.MediaType{}, Headers: ans.headers}
		if ans.of != nil {
			r.Content["application/json"] = media(ans.of)
		}
		for _, m := range ans.media {
			r.Content[m] = &huma.MediaType{Schema: text("")}
		}
		op.Responses[strconv.Itoa(status)] = r
	}
	for _, status := range rt.refusals() {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{"application/problem+json": media(Problem{})}}
	}
	return op
}

// refusals lists the statuses with which a call may be refused: its own, and
// those of every call like it.
func (rt *route) refusals() []int {
	list := slices.Clone(rt.doc.refusals)
	if !rt.open {
		list = append(list, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError)
	}
	if rt.doc.bodyOf != nil {
		list = append(list, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return list
}

// pathParams are the parameters of a path.
func pathParams(path string) (params []*huma.Param) {
	for _, name := range namesIn(path) {
		params = append(params, &huma.Param{Name: name, In: "path", Required: true, Schema: idSchema()})
	}
	return params
}

// namesIn are the names between braces of a path.
func namesIn(path string) (names []string) {
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && name != "$}" {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}
