package detect

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a golden file, or rewrites it under -update.
func golden(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to make it")
	require.Equal(t, string(want), got)
}

// TestRefusals holds what is said about each faulty file of testdata/rules.
func TestRefusals(t *testing.T) {
	files, err := filepath.Glob("../testdata/rules/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = ParseRules(filepath.Base(file), data)
			require.Error(t, err)
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

// TestNeighboursOfTheUnreachable holds that a rule which can only just fire is
// taken.
func TestNeighboursOfTheUnreachable(t *testing.T) {
	id := strings.Repeat("s", 128)
	for _, rule := range []string{
		`on: order.created, all: [{count: order.created, by: [device], within: 1d, at_least: 3, where: {ip: {present: false}}}]`,
		`on: order.created, where: {device: {present: false}}, all: [{count: order.created, by: [shop], within: 1d, at_least: 3}]`,
		`on: order.created, all: [{sum: amount, of: order.created, by: [buyer], within: 1d, at_least: 1, where: {amount: {at_most: 1}}}]`,
		`on: order.created, where: {shop: ` + id + `, buyer: {contains: ` + id + `}}`,
		`on: order, where: {actor: buyer}, expr: size(order) > 3`,
		`on: review, all: [{count: review, by: [buyer], within: 1h, below: 6}, {sum: rating, of: review, by: [buyer], within: 10m, at_least: 25}]`,
		`on: review, all: [{count: review, by: [buyer], within: 10m, at_least: 5}, {sum: rating, of: review, by: [buyer], within: 1h, at_most: 5}]`,
		`on: [review, message], all: [{count: [review, message], by: [buyer], within: 10m, at_least: 5}, {sum: rating, of: [review, message], by: [buyer], within: 1h, at_most: 1}]`,
		`on: order.created, all: [{count: order.created, by: [buyer], within: 10m, at_least: 3}, {sum: amount, of: order.created, by: [buyer], within: 10m, at_most: 1}]`,
	} {
		_, err := ParseRules("test.yaml", []byte("rules: [{id: x, scenario: harassment, "+rule+"}]"))
		require.NoError(t, err, rule)
	}
}
