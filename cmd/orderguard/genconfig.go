package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/casework"
)

var (
	unknownKey = regexp.MustCompile(`^line (\d+): field (.*) not found in type bench\.(\w+)`)
	wrongValue = regexp.MustCompile("(?s)^line (\\d+): cannot unmarshal !!\\w+(?: `(.*)`)? into (.*)$")
)

// readGenOptions reads the file of --config. What is wrong in it is wrong usage.
func readGenOptions(file string) (bench.GenOptions, error) {
	var o bench.GenOptions
	data, err := os.ReadFile(file)
	if err != nil {
		return o, fmt.Errorf("reading the options: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	err = d.Decode(&o)
	if err == nil || errors.Is(err, io.EOF) {
		return o, nil
	}
	var faults *yaml.TypeError
	if !errors.As(err, &faults) {
		return o, usageErrorf("reading the options in %s: %w", file, err)
	}
	errs := make([]error, len(faults.Errors))
	for i, text := range faults.Errors {
		errs[i] = genFault(file, text)
	}
	return o, &usageError{errors.Join(errs...)}
}

// genFault puts what the YAML reader says of an option into words of the file
// instead of those of its Go types.
func genFault(file, text string) error {
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s:%s: unknown key %q: %s", file, m[1], m[2], casework.Nearest(m[2], genKeys(m[3])))
	}
	if m := wrongValue.FindStringSubmatch(text); m != nil {
		got := ""
		if m[2] != "" {
			got = "got " + m[2] + ", "
		}
		return fmt.Errorf("%s:%s: %swant %s", file, m[1], got, genWant(m[3]))
	}
	return fmt.Errorf("%s: %s", file, text)
}

// genKeys lists the keys that a type of the options has in YAML.
func genKeys(name string) []string {
	typ := reflect.TypeFor[bench.GenOptions]()
	switch name {
	case "Family":
		typ = reflect.TypeFor[bench.Family]()
	case "Range":
		typ = reflect.TypeFor[bench.Range[int]]()
	}
	keys := make([]string, typ.NumField())
	for i := range keys {
		keys[i] = typ.Field(i).Tag.Get("yaml")
	}
	return keys
}

// genWant says what a Go type takes in YAML.
func genWant(typ string) string {
	switch {
	case strings.Contains(typ, "Range["):
		return "a range, {min: …, max: …}"
	case strings.Contains(typ, "Duration"):
		return "a time such as 90s, 36h or 7d"
	case typ == "time.Time":
		return "a time such as 2026-11-02T00:00:00Z"
	case typ == "bool":
		return "true or false"
	case typ == "float64":
		return "a number"
	case strings.HasPrefix(typ, "int"), strings.HasPrefix(typ, "uint"):
		return "a whole number"
	case typ == "[]string":
		return "a list of texts"
	}
	return "keys and values"
}
