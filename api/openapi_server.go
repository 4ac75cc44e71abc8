package api

import (
	"github.com/danielgtaylor/huma/v2"
)

var (
	docCreateToken = &doc{
		tag: "Tokens", id: "createToken", summary: "Make a token", bodyOf: TokenRequest{},
		answers:  map[int]answer{201: {text: "Made", of: NewToken{}}},
		refusals: []int{507},
	}
	docListTokens = &doc{
		tag: "Tokens", id: "listTokens", summary: "All tokens, the revoked ones too",
		answers: map[int]answer{200: {text: "The tokens", of: TokenList{}}},
	}
	docRevokeToken = &doc{
		tag: "Tokens", id: "revokeToken", summary: "End a token at once",
		answers:  map[int]answer{204: {text: "Revoked"}},
		refusals: []int{404},
	}
	docBackup = &doc{
		tag: "Server", id: "backup", summary: "A copy of all that is kept, as it is at one moment",
		text: "For `orderguard backup`, which restore reads. A copy that is cut short is not whole, and is refused there.",
		params: []*huma.Param{
			{Name: "store", In: "query", Description: "The store that the copy before names", Schema: text("")},
			{Name: "since", In: "query", Description: "The version that the copy before names; without it, a full copy", Schema: text("")},
		},
		answers: map[int]answer{200: {text: "The copy", media: []string{"application/octet-stream"}}}, refusals: []int{503},
	}
	docCheck = &doc{
		tag: "Server", id: "check", summary: "Whether what is kept is sound", text: "It reads everything, which may take minutes.",
		answers: map[int]answer{200: {text: "What is wrong", of: CheckResult{}}},
	}
	docHealthz = &doc{tag: "Server", id: "healthz", summary: "Whether the server lives", answers: map[int]answer{200: {text: "It does", of: health{}}}}
	docReadyz  = &doc{
		tag: "Server", id: "readyz", summary: "Whether the server takes work",
		answers: map[int]answer{200: {text: "It does", of: health{}}}, refusals: []int{503},
	}
	docMetrics = &doc{tag: "Server", id: "metrics", summary: "Measures for Prometheus", answers: map[int]answer{200: {text: "Prometheus text", media: []string{"text/plain"}}}}
)
