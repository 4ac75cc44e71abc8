package api

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is a Chromium without a window, driven over two pipes by the DevTools
// protocol: messages of JSON, each ended by a zero byte.
type browser struct {
	t       *testing.T
	out     *os.File
	in      *bufio.Reader
	last    int
	session string
	// trouble is what pages wrote to the console as errors, or threw.
	trouble []string
}

type browserMessage struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// newBrowser starts the browser, or skips the test where there is none.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	var binary string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && binary == "" {
			binary = p
		}
	}
	if binary == "" {
		t.Skip("there is no Chromium to look at the page with; apt-get install chromium")
	}
	toRead, out, err := os.Pipe()
	require.NoError(t, err)
	in, toWrite, err := os.Pipe()
	require.NoError(t, err)
	// It runs as whoever runs the tests, root too, and loads this server's page alone.
	c := exec.Command(binary, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--lang=en-US", "--user-data-dir="+t.TempDir(), "--remote-debugging-pipe")
	c.ExtraFiles = []*os.File{toRead, toWrite} // 3 and 4, as it wants them
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, c.Start())
	require.NoError(t, errors.Join(toRead.Close(), toWrite.Close(), in.SetReadDeadline(time.Now().Add(3*time.Minute))))
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // its helpers, too
		_ = c.Wait()
		_ = errors.Join(in.Close(), out.Close())
	})
	b := &browser{t: t, out: out, in: bufio.NewReader(in)}
	// One that is there but cannot run, for want of a library or of a place for
	// its files, says nothing of the page.
	if _, err := b.ask("Browser.getVersion", nil); err != nil {
		t.Skipf("%s does not run here: %v", binary, err)
	}
	return b
}

// do sends a command and returns its result.
func (b *browser) do(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	result, err := b.ask(method, params)
	require.NoError(b.t, err)
	return result
}

func (b *browser) ask(method string, params map[string]any) (json.RawMessage, error) {
	b.last++
	m := map[string]any{"id": b.last, "method": method, "params": params}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if _, err := b.out.Write(append(text, 0)); err != nil {
		return nil, fmt.Errorf("tell the browser %s: %w", method, err)
	}
	for {
		line, err := b.in.ReadBytes(0)
		if err != nil {
			return nil, fmt.Errorf("wait for the browser to do %s: %w", method, err)
		}
		var answer browserMessage
		if err := json.Unmarshal(line[:len(line)-1], &answer); err != nil {
			return nil, err
		}
		switch {
		case answer.ID == b.last && answer.Error != nil:
			return nil, fmt.Errorf("the browser refuses %s: %s", method, answer.Error.Message)
		case answer.ID == b.last:
			return answer.Result, nil
		case answer.Method == "Runtime.exceptionThrown" || answer.Method == "Log.entryAdded" && strings.Contains(string(answer.Params), `"level":"error"`):
			b.trouble = append(b.trouble, string(answer.Params))
		}
	}
}

// open shows an address in a tab of its own, which knows nothing of the others.
func (b *browser) open(url string) {
	b.t.Helper()
	b.session = ""
	var made struct{ BrowserContextID, TargetID, SessionID string }
	require.NoError(b.t, json.Unmarshal(b.do("Target.createBrowserContext", nil), &made))
	require.NoError(b.t, json.Unmarshal(b.do("Target.createTarget", map[string]any{"url": "about:blank", "browserContextId": made.BrowserContextID}), &made))
	require.NoError(b.t, json.Unmarshal(b.do("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}), &made))
	b.session = made.SessionID
	for _, domain := range []string{"Runtime.enable", "Log.enable", "Page.enable"} {
		b.do(domain, nil)
	}
	b.do("Emulation.setLocaleOverride", map[string]any{"locale": "en-US"})
	b.do("Page.navigate", map[string]any{"url": url})
}

// run evaluates an expression in the page, and waits until it is true or a
// sentence; it returns that.
func (b *browser) run(expression string) string {
	b.t.Helper()
	wait := fmt.Sprintf(`new Promise((done) => { const look = () => { let v; try { v = (() => %s)(); } catch { v = false; }
		if (v) done(String(v)); else setTimeout(look, 10); }; look(); setTimeout(() => done(""), 30000); })`, expression)
	var got struct {
		Result struct{ Value string }
	}
	require.NoError(b.t, json.Unmarshal(b.do("Runtime.evaluate", map[string]any{"expression": wait, "awaitPromise": true, "returnByValue": true}), &got))
	require.NotEmpty(b.t, got.Result.Value, "never true: %s", expression)
	return got.Result.Value
}

// click clicks, once, what may not be there yet.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.run("document.querySelector(" + quoted(selector) + ")")
	b.do("Runtime.evaluate", map[string]any{"expression": "document.querySelector(" + quoted(selector) + ").click()"})
}

// press presses a key where the keyboard is.
func (b *browser) press(key string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.do("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key})
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
