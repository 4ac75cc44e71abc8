package api

import (
	"net/http"
	"time"
)

// await calls look until it is done: at once, each time that something comes
// which q asks for, and no longer than the time to wait.
func (a *API) await(w http.ResponseWriter, r *http.Request, t Token, wait time.Duration, h *hub, shop string, q Query, look func() (done bool, err error)) error {
	// Most calls that may wait need not.
	if done, err := look(); err != nil || done || wait == 0 {
		return err
	}
	release, err := a.hold(t, a.waits, "waiting calls")
	if err != nil {
		return err
	}
	defer release()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + a.opts.WriteTimeout))
	waiter := h.join(shop, q)
	defer waiter.leave()
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for {
		// Asked once the call can be woken: a token revoked before that wakes nobody.
		if a.revoked(r) {
			return unauthorized("The token was revoked while the call waited.", "等待期间令牌已被撤销。", `Bearer error="invalid_token"`)
		}
		if done, err := look(); err != nil || done {
			return err
		}
		select {
		case <-waiter.woken:
		case <-timeout.C:
			return nil
		case <-a.closed:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}
