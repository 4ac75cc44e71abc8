package main

import (
	"encoding/json"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "renew the expected output in testdata/script")

// TestMain lets scripts and benchmarks run this test binary as a program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"orderguard": main, "obvious": obvious, "trimmer": trimmer})
}

// TestScripts runs testdata/script: command lines and what they must print.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error { // see make race
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": scriptReady, "send": scriptSend, "http": scriptHTTP, "capture": scriptCapture, "times": scriptTimes, "sameBefore": scriptSameBefore,
		},
	})
}

// scriptReady waits for the ready file of a daemon, and takes over where it
// listens as $HTTP and $TCP. Usage: ready FILE
func scriptReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready FILE")
	}
	var at struct{ HTTP, TCP string }
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil {
			ts.Check(json.Unmarshal(text, &at))
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the daemon was not ready within a minute: %v", err)
		}
	}
	ts.Setenv("HTTP", at.HTTP)
	ts.Setenv("TCP", at.TCP)
}

// scriptSend sends a file over TCP, and ends the connection. Usage: send FILE
func scriptSend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: send FILE")
	}
	c, err := net.Dial("tcp", ts.Getenv("TCP"))
	ts.Check(err)
	_, err = io.WriteString(c, ts.ReadFile(args[0]))
	ts.Check(err)
	ts.Check(c.Close())
}

// scriptHTTP makes a call with the token in a file; the answer's body goes to
// stdout and its status to stderr. It fails on a status from 400. Usage: http
// METHOD PATH TOKENFILE [BODYFILE]
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: http METHOD PATH TOKENFILE [BODYFILE]")
	}
	var body io.Reader
	if len(args) == 4 {
		body = strings.NewReader(ts.ReadFile(args[3]))
	}
	r, err := http.NewRequest(args[0], "http://"+ts.Getenv("HTTP")+args[1], body)
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(args[2])))
	r.Header.Set("Accept-Language", ts.Getenv("LANGUAGE"))
	if args[1] != "/v1/events" {
		r.Header.Set("Content-Type", "application/json")
	}
	w, err := daemonClient().Do(r)
	ts.Check(err)
	defer w.Body.Close()
	_, err = io.Copy(ts.Stdout(), w.Body)
	ts.Check(err)
	_, err = io.WriteString(ts.Stderr(), w.Status+"\n")
	ts.Check(err)
	if (w.StatusCode >= 400) != neg {
		ts.Fatalf("%s %s: %s", args[0], args[1], w.Status)
	}
}

// scriptCapture sets a variable to the first group of an expression in the
// standard output of the last command. Usage: capture NAME REGEXP
func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("no match for %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// scriptTimes replaces each @SECONDS in a file by an instant so long after an hour
// ago, in Unix ms: the age of an order matters. Usage: times FILE
func scriptTimes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: times FILE")
	}
	text := regexp.MustCompile(`@[0-9]+`).ReplaceAllStringFunc(ts.ReadFile(args[0]), func(s string) string {
		n, err := strconv.Atoi(s[1:])
		ts.Check(err)
		return strconv.FormatInt(time.Now().Add(-time.Hour).Truncate(time.Second).UnixMilli()+int64(n)*1000, 10)
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// scriptSameBefore compares standard output with a file, up to a field of the
// JSON. Usage: sameBefore FIELD FILE
func scriptSameBefore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sameBefore FIELD FILE")
	}
	got, _, ok := strings.Cut(ts.ReadFile("stdout"), `"`+args[0]+`":`)
	want, _, both := strings.Cut(ts.ReadFile(args[1]), `"`+args[0]+`":`)
	if !ok || !both || got != want {
		ts.Fatalf("differ before %q:\n%s\n%s", args[0], got, want)
	}
}
