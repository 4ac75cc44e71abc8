package main

import (
	"context"
	"fmt"
	"os"

	"github.com/orderguard/orderguard/casework"
)

// maxPolicy is more than a policy file can need.
const maxPolicy = 1 << 20

// readPolicy reads the policy of casework from a file; without one it is the
// default.
func readPolicy(file string) (*casework.Adopt, error) {
	if file == "" {
		return &casework.Adopt{}, nil
	}
	text, err := os.ReadFile(file)
	if err == nil && len(text) > maxPolicy {
		err = fmt.Errorf("%s has %d bytes, want at most %d", file, len(text), maxPolicy)
	}
	if err == nil {
		_, err = casework.ParsePolicy(file, text)
	}
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	return &casework.Adopt{Name: file, Text: string(text)}, nil
}

// adopt puts a policy in force, unless it is.
func (d *daemon) adopt(ctx context.Context, policy *casework.Adopt) error {
	if d.pipeline.book.policy() == policy.Text {
		return nil
	}
	act := d.flow.actOf("")
	act.Adopt = policy
	if err := d.flow.do(ctx, act); err != nil {
		return err
	}
	d.log.Info("another policy of casework is in force", "file", policy.Name)
	return nil
}
