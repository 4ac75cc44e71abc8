// Command orderguard guards the shops of a marketplace against malicious
// buyers: it reads events, and flags the orders that take part in an attack.
//
// This package holds flags, wiring and life cycle: root.go joins the
// subcommands, each of which has a file, and pipeline.go is the way of a batch
// that detect and serve share.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end; from then on signals do what
	// they do by default, so that a second one ends a process that hangs.
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, newRootCommand(), os.Args[1:]))
}
