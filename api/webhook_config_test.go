package api

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file says all that the documents say, and secrets may lie elsewhere.
func TestParseWebhooks(t *testing.T) {
	const other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	from := Sources{
		ReadFile: func(name string) ([]byte, error) {
			if name == "keys" {
				return []byte(hookSecret + "\n" + other + "\n"), nil
			}
			return nil, errors.New("no such file")
		},
		Getenv: func(name string) string { return map[string]string{"KEY": other}[name] },
	}
	list, err := ParseWebhooks("hooks.yaml", []byte(`endpoints:
  - name: enforcer
    url: https://enforcer.example/orderguard?tenant=1
    secrets_file: keys
    shops: "*"
    events: [decision.made]
    from: beginning
  - {name: s-7, url: "http://127.0.0.1:9000", secret_env: KEY, shops: [s-7, 42]}
  - {name: plain, url: "http://10.0.0.7/", insecure: true, secrets: `+hookSecret+`, shops: s-8, from: now}
`), from)
	require.NoError(t, err)
	one, two := hookKey(t, hookSecret), hookKey(t, other)
	require.Equal(t, []Endpoint{
		{Name: "enforcer", URL: "https://enforcer.example/orderguard?tenant=1", Secrets: [][]byte{one, two}, Events: []string{decisionMade}, Beginning: true},
		{Name: "s-7", URL: "http://127.0.0.1:9000", Secrets: [][]byte{two}, Shops: []string{"s-7", "42"}},
		{Name: "plain", URL: "http://10.0.0.7/", Secrets: [][]byte{one}, Shops: []string{"s-8"}},
	}, list)
}

// Each fault is named, with its place and without a secret.
func TestParseWebhooksFaults(t *testing.T) {
	good := map[string]string{"name": "a", "url": "https://a.example/", "secrets": "[" + hookSecret + "]", "shops": `"*"`}
	for want, x := range map[string][2]string{
		`f.yaml: line 5: unknown key "urll"; did you mean "url"?`:    {"urll", "https://a.example/"},
		`endpoint 1 (a): url: want https://HOST/PATH`:                {"url", "ftp://a.example/hidden"},
		`endpoint 1 (a): url: http sends orders in the clear`:        {"url", "http://a.example/hidden"},
		`url: what is behind # is never sent`:                        {"url", `"https://a.example/#hidden"`},
		`endpoint 1 (a/b): name "a/b": want 1 to 64`:                 {"name", "a/b"},
		`secret 1: want whsec_ and 24 to 64 random bytes`:            {"secrets", "[whsec_aGlkZGVu]"},
		`secret 2: want whsec_`:                                      {"secrets", "[" + hookSecret + ", hidden]"},
		`it has 0 secrets; want 1 to 8`:                              {"secrets", "[]"},
		`give one of secrets, secrets_file and secret_env`:           {"secret_env", "KEY"},
		`shops: name those it may see`:                               {"shops", ""},
		`shops: "*" is no shop`:                                      {"shops", `[s-1, "*"]`},
		`events: unknown event "alert.change"; did you mean`:         {"events", "[alert.change]"},
		`from: "start"; want now or beginning`:                       {"from", "start"},
		`line 5: cannot unmarshal !!str ` + "`maybe`" + ` into bool`: {"insecure", "maybe"},
	} {
		fields := map[string]string{}
		for k, v := range good {
			fields[k] = v
		}
		fields[x[0]] = x[1]
		text := "endpoints:\n  - name: " + fields["name"] + "\n"
		for _, k := range []string{"url", "secrets"} {
			text += "    " + k + ": " + fields[k] + "\n"
		}
		for k, v := range fields {
			if k == x[0] && k != "name" && k != "url" && k != "secrets" && k != "shops" {
				text += "    " + k + ": " + v + "\n"
			}
		}
		text += "    shops: " + fields["shops"] + "\n"
		_, err := ParseWebhooks("f.yaml", []byte(text), Sources{Getenv: func(string) string { return hookSecret }})
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hidden")
		require.NotContains(t, err.Error(), hookSecret[6:])
	}
	for want, text := range map[string]string{
		"it has 0 endpoints":               "",
		"goes on after its first document": "endpoints: [{}]\n---\n{}",
		"not well-formed YAML":             "endpoints: [",
		`unknown key "endpoint"; did you`:  "endpoint: []",
		"another one has this name":        "endpoints: [{name: a}, {name: a}]",
		"endpoint 2 (b): url":              "endpoints: [{name: a}, {name: b}]",
		"has 1048577 bytes":                fmt.Sprintf("%1048577s", ""),
	} {
		_, err := ParseWebhooks("f.yaml", []byte(text), Sources{})
		require.ErrorContains(t, err, want)
	}
	_, err := ParseWebhooks("f.yaml", []byte("endpoints:\n  - {name: a b, urll: x, insecure: maybe, secrets: "+hookSecret+", shops: s-1}"), Sources{})
	for _, want := range []string{`unknown key "urll"`, "into bool", `name "a b"`, "url: want"} {
		require.ErrorContains(t, err, want, "all that is wrong is said at once")
	}
}
