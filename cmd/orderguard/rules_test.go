package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orderguard/orderguard/detect"
	"github.com/stretchr/testify/require"
)

const oneRule = `rules:
  - id: %ID%
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 10}
`

// ruleFolder makes a folder of files, each with one rule of the given id.
func ruleFolder(t testing.TB, ids map[string]string) string {
	dir := t.TempDir()
	for file, id := range ids {
		text := []byte(strings.Replace(oneRule, "%ID%", id, 1))
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), text, 0o600))
	}
	return dir
}

func TestLoadRules(t *testing.T) {
	shipped, err := loadRules("")
	require.NoError(t, err)
	require.Same(t, detect.ShippedRules(), shipped)

	dir := ruleFolder(t, map[string]string{"b.yaml": "second", "a.yml": "first", "notes.txt": "none"})
	set, err := loadRules(dir)
	require.NoError(t, err)
	require.Len(t, set.Rules, 2)
	require.Equal(t, "first", set.Rules[0].ID)
	require.Equal(t, "second", set.Rules[1].ID)
	require.Len(t, set.Version, 8)

	alone := ruleFolder(t, map[string]string{"a.yaml": "first"})
	folder, err := loadRules(alone)
	require.NoError(t, err)
	file, err := loadRules(filepath.Join(alone, "a.yaml"))
	require.NoError(t, err)
	require.Equal(t, file.Version, folder.Version, "a folder with one file is the same as the file")
	require.NotEqual(t, file.Version, set.Version)
}

func TestLoadRulesFaults(t *testing.T) {
	_, err := loadRules(ruleFolder(t, map[string]string{"a.yaml": "same", "b.yaml": "same", "c.yaml": "bad id"}))
	require.ErrorContains(t, err, `b.yaml: the id "same" is taken by a rule in`)
	require.ErrorContains(t, err, "c.yaml:2")
	_, err = loadRules(t.TempDir())
	require.ErrorContains(t, err, "orderguard rules show")
	_, err = loadRules("absent.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
}
