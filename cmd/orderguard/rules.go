package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/orderguard/orderguard/detect"
	"github.com/spf13/cobra"
)

func newRulesCommand() *cobra.Command {
	return newGroup("rules", "Check and test rules, and show those that ship with the product",
		"  orderguard rules show > rules.yaml\n  orderguard rules check rules.yaml\n  orderguard rules test --rules rules.yaml scripts/",
		newRulesCheckCommand(), newRulesTestCommand(), newRulesShowCommand())
}

func newRulesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE|DIR…]",
		Short: "Check rule files, or the shipped rules",
		Long: `check reads rule files, and folders of them (*.yaml, *.yml), and reports all that is
wrong: what cannot be read, and rules that can never fire. Without arguments it checks
the shipped rules. It prints each rule's id, scenario and version, and of each entry of
lists: what it allows or blocks, its scenarios, its version, its values and its end.`,
		Example: "  orderguard rules check\n  orderguard rules check rules/ more.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{""}
			}
			var errs []error
			out := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, path := range args {
				set, err := loadRules(path)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				for i := range set.Rules {
					r := &set.Rules[i]
					shadow := ""
					if r.Shadow {
						shadow = "shadow"
					}
					fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", r.ID, r.Scenario, r.Version, shadow)
				}
				for i := range set.Lists {
					l := &set.Lists[i]
					fmt.Fprintf(out, "%s\t%s\t%s\t%d values until %s\n", l, l.ScenarioNames(), l.Version, len(l.Values), l.Until)
				}
			}
			return errors.Join(append(errs, out.Flush())...)
		},
	}
}

func newRulesShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Print the shipped rules as YAML, to read, copy and change",
		Example: "  orderguard rules show > rules.yaml",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(detect.ShippedYAML)
			return err
		},
	}
}

// loadRules reads the rules at path: a file, a folder of which *.yaml and *.yml
// are read in the order of their names, or, if empty, the shipped rules. The
// error holds the faults of all files.
func loadRules(path string) (*detect.RuleSet, error) {
	if path == "" {
		return detect.ShippedRules(), nil
	}
	files, err := ruleFiles(path)
	if err != nil {
		return nil, fmt.Errorf("finding the rules: %w", err)
	}
	var errs []error
	var sets []*detect.RuleSet
	from := map[string]string{} // rule id -> file
	for _, file := range files {
		set, err := readRules(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, r := range set.Rules {
			if other := from[r.ID]; other != "" {
				errs = append(errs, fmt.Errorf("%s: the id %q is taken by a rule in %s; choose another", file, r.ID, other))
			}
			from[r.ID] = file
		}
		sets = append(sets, set)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return joinRules(sets), nil
}

// ruleFiles lists the rule files at path.
func ruleFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && slices.Contains([]string{".yaml", ".yml"}, ext) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no *.yaml in the folder %s; orderguard rules show prints rules to begin with", path)
	}
	return files, nil
}

func readRules(file string) (*detect.RuleSet, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the rules: %w", err)
	}
	return detect.ParseRules(file, data)
}

// joinRules makes one set of several. A set alone keeps its version, so that a
// folder with one file is the same as the file.
func joinRules(sets []*detect.RuleSet) *detect.RuleSet {
	if len(sets) == 1 {
		return sets[0]
	}
	all := &detect.RuleSet{}
	hash := sha256.New()
	for _, set := range sets {
		all.Rules = append(all.Rules, set.Rules...)
		all.Lists = append(all.Lists, set.Lists...)
		fmt.Fprintln(hash, set.Version)
	}
	all.Version = hex.EncodeToString(hash.Sum(nil)[:4])
	return all
}
