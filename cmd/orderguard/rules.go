package main

import (
	"bytes"
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
	source, err := loadRuleSource(path)
	if err != nil {
		return nil, err
	}
	return source.set, nil
}

// ruleSource is rules with the texts that they were made of, so that they can
// be written down.
type ruleSource struct {
	files []ruleFile
	set   *detect.RuleSet
}

// loadRuleSource is loadRules with the texts.
func loadRuleSource(path string) (*ruleSource, error) {
	files, err := readRuleFiles(path)
	if err != nil {
		return nil, err
	}
	set, err := parseRules(files)
	return &ruleSource{files, set}, err
}

// ruleFile is the text of rules and the name by which faults in it are told.
type ruleFile struct {
	Name string `json:"name"`
	Text []byte `json:"text"`
}

// readRuleFiles reads the texts of the rules at path.
func readRuleFiles(path string) ([]ruleFile, error) {
	if path == "" {
		return []ruleFile{{Text: detect.ShippedYAML}}, nil
	}
	names, err := ruleFiles(path)
	if err != nil {
		return nil, fmt.Errorf("finding the rules: %w", err)
	}
	var files []ruleFile
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the rules: %w", err)
		}
		files = append(files, ruleFile{name, text})
	}
	return files, nil
}

// parseRules makes one set of the rules of all files.
func parseRules(files []ruleFile) (*detect.RuleSet, error) {
	var errs []error
	var sets []*detect.RuleSet
	from := map[string]string{} // rule id -> file
	for _, file := range files {
		if bytes.Equal(file.Text, detect.ShippedYAML) && len(files) == 1 {
			return detect.ShippedRules(), nil // parsed already
		}
		set, err := detect.ParseRules(file.Name, file.Text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, r := range set.Rules {
			if other := from[r.ID]; other != "" {
				errs = append(errs, fmt.Errorf("%s: the id %q is taken by a rule in %s; choose another", file.Name, r.ID, other))
			}
			from[r.ID] = file.Name
		}
		sets = append(sets, set)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return detect.JoinRules(sets)
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
		if !e.IsDir() && isRuleFile(e.Name()) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no *.yaml in the folder %s; orderguard rules show prints rules to begin with", path)
	}
	return files, nil
}

// isRuleFile reports whether a file of this name in a folder holds rules.
func isRuleFile(name string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name))
}
