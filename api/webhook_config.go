package api

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// Sources are where secrets of endpoints may lie.
type Sources struct {
	// ReadFile reads a file that is named in the file of endpoints.
	ReadFile func(name string) ([]byte, error)
	// Getenv returns a variable of the environment, "" when it is not set.
	Getenv func(name string) string
}

// webhookFile is a file of endpoints.
type webhookFile struct {
	Endpoints []endpointFile `yaml:"endpoints"`
}

type endpointFile struct {
	Name        string `yaml:"name"`
	URL         string `yaml:"url"`
	Secrets     texts  `yaml:"secrets"`
	SecretsFile string `yaml:"secrets_file"`
	SecretEnv   string `yaml:"secret_env"`
	Shops       texts  `yaml:"shops"`
	Events      texts  `yaml:"events"`
	From        string `yaml:"from"`
	Insecure    bool   `yaml:"insecure"`
}

// keysOf are the keys that stand in the places of a file.
var keysOf = map[string][]string{
	"api.webhookFile":  {"endpoints"},
	"api.endpointFile": {"name", "url", "secrets", "secrets_file", "secret_env", "shops", "events", "from", "insecure"},
}

// texts are a list, or one text by itself.
type texts []string

// UnmarshalYAML reads either.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		n = &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line, Content: []*yaml.Node{n}}
	}
	return n.Decode((*[]string)(t))
}

const (
	maxWebhookFile = 1 << 20
	maxEndpoints   = 256
	maxSecrets     = 8
)

// ParseWebhooks reads a YAML file of endpoints; file stands for it in errors. All
// that is wrong is said at once, a line each, without secrets.
func ParseWebhooks(file string, data []byte, from Sources) ([]Endpoint, error) {
	if len(data) > maxWebhookFile {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", file, len(data), maxWebhookFile)
	}
	var f webhookFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var errs []error
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		if errs = yamlFaults(file, err); len(f.Endpoints) == 0 {
			return nil, errors.Join(errs...)
		} // what could be read of them is looked at all the same
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: it goes on after its first document; put all endpoints into one", file)
	}
	if n := len(f.Endpoints); n == 0 || n > maxEndpoints {
		return nil, fmt.Errorf("%s: it has %d endpoints, want 1 to %d under endpoints:", file, n, maxEndpoints)
	}
	var list []Endpoint
	seen := map[string]bool{}
	for i := range f.Endpoints {
		e := &f.Endpoints[i]
		where := fmt.Sprintf("%s: endpoint %d", file, i+1)
		if e.Name != "" {
			where += " (" + e.Name + ")"
		}
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...)))
		}
		if seen[e.Name] {
			bad("another one has this name; give each its own")
		}
		seen[e.Name] = true
		list = append(list, e.endpoint(from, bad))
	}
	return list, errors.Join(errs...)
}

var unknownKey = regexp.MustCompile(`^line (\d+): field (.*) not found in type (.*)$`)

// yamlFaults says what keeps a file from being decoded.
func yamlFaults(file string, err error) []error {
	var faults *yaml.TypeError
	if !errors.As(err, &faults) {
		return []error{fmt.Errorf("%s: not well-formed YAML: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	var errs []error
	for _, text := range faults.Errors {
		if m := unknownKey.FindStringSubmatch(text); m != nil {
			text = fmt.Sprintf("line %s: unknown key %q; %s", m[1], m[2], casework.Nearest(m[2], keysOf[m[3]]))
		}
		errs = append(errs, fmt.Errorf("%s: %s", file, text))
	}
	return errs
}

var endpointName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// endpoint returns what the file says of one, and tells bad what is wrong.
func (e *endpointFile) endpoint(from Sources, bad func(format string, args ...any)) Endpoint {
	if !endpointName.MatchString(e.Name) {
		bad("name %q: want 1 to 64 of A-Z a-z 0-9 _ -", e.Name)
	}
	if err := checkURL(e.URL, e.Insecure); err != nil {
		bad("url: %w", err)
	}
	secrets, err := e.secrets(from)
	if err != nil {
		bad("%w", err)
	}
	shops := []string(e.Shops)
	switch {
	case len(shops) == 0:
		bad(`shops: name those it may see, or "*" for all and what is decided about buyers`)
	case slices.Equal(shops, []string{"*"}):
		shops = nil
	default:
		for _, shop := range shops {
			if shop == "" || shop == "*" || len(shop) > orderguard.MaxID {
				bad("shops: %q is no shop; want ids of at most %d bytes, or \"*\" alone", shop, orderguard.MaxID)
			}
		}
	}
	for _, event := range e.Events {
		if !slices.Contains(webhookEvents, event) {
			bad("events: unknown event %q; %s", event, casework.Nearest(event, webhookEvents))
		}
	}
	if e.From != "" && e.From != "now" && e.From != "beginning" {
		bad("from: %q; want now or beginning", e.From)
	}
	return Endpoint{Name: e.Name, URL: e.URL, Secrets: secrets, Shops: shops, Events: e.Events, Beginning: e.From == "beginning"}
}

// checkURL says what is wrong with an endpoint's URL, without it: it may hold a
// secret.
func checkURL(text string, insecure bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("want https://HOST/PATH")
	case u.Fragment != "":
		return errors.New("what is behind # is never sent; leave it out")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return errors.New("http sends orders in the clear; want https, or insecure: true if the way there is safe")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// secrets reads the keys that sign.
func (e *endpointFile) secrets(from Sources) (keys [][]byte, err error) {
	given := 0
	for _, is := range []bool{e.Secrets != nil, e.SecretsFile != "", e.SecretEnv != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, errors.New("give one of secrets, secrets_file and secret_env")
	}
	list := []string(e.Secrets)
	switch {
	case e.SecretsFile != "":
		text, err := from.ReadFile(e.SecretsFile)
		if err != nil {
			return nil, fmt.Errorf("secrets_file: %w", err)
		}
		list = strings.Fields(string(text))
	case e.SecretEnv != "":
		list = strings.Fields(from.Getenv(e.SecretEnv))
	}
	if len(list) == 0 || len(list) > maxSecrets {
		return nil, fmt.Errorf("it has %d secrets; want 1 to %d, the newest first", len(list), maxSecrets)
	}
	for i, secret := range list {
		coded, ok := strings.CutPrefix(secret, "whsec_")
		key, err := base64.StdEncoding.DecodeString(coded)
		if !ok || err != nil || len(key) < 24 || len(key) > 64 {
			return nil, fmt.Errorf("secret %d: want whsec_ and 24 to 64 random bytes in base64, as of: echo whsec_$(head -c 32 /dev/urandom | base64)", i+1)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
