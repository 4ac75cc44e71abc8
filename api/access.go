package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// Roles that routes name.
const (
	seller   = "seller"
	feeder   = "feeder"
	reviewer = "reviewer"
	engineer = "engineer"
	enforcer = "enforcer"
	admin    = "admin"
)

// authorize finds the caller's token and holds it against the route: its role,
// its shops, its rate. An admin may do all.
func (a *API) authorize(rt *route, r *http.Request) (Token, error) {
	secret, ok := bearer(r)
	if !ok {
		return Token{}, unauthorized("This call needs a token.", "该调用需要令牌。", "Bearer")
	}
	t, err := a.parts.Guard.LookupToken(secret)
	if errors.Is(err, ErrNotFound) {
		return Token{}, unauthorized("The token is not known, or it was revoked.", "令牌无效，或已被撤销。", `Bearer error="invalid_token"`)
	}
	if err != nil {
		return Token{}, err
	}
	if !a.limits.allow(t.ID) {
		return Token{}, problem(tooOften, "This token calls more often than it may.",
			"Wait a second, then go on more slowly; wait=20s tells of new alerts without asking often.").
			zh("该令牌调用过于频繁。", "请等待一秒后放慢调用；wait=20s 可等待新预警而不必频繁查询。").with("Retry-After", "1")
	}
	if t.Role == admin {
		return t, nil
	}
	if !slices.Contains(rt.roles, t.Role) {
		return Token{}, problem(wrongRole, "A token of role "+t.Role+" may not make this call.",
			"Use a token of role "+strings.Join(rt.who(), " or ")+".").
			zh("角色为 "+t.Role+" 的令牌不能进行该调用。", "请使用角色为 "+strings.Join(rt.who(), " 或 ")+" 的令牌。")
	}
	// Whether the other shop exists is not said, nor looked up.
	if shop := r.PathValue("shop"); t.Role == seller && slices.Contains(rt.names, "shop") && !slices.Contains(t.Shops, shop) {
		return Token{}, problem(wrongShop, "This token is not for this shop.",
			"Check the shop's name, or ask for a token that includes it.").
			zh("该令牌不能访问这个店铺。", "请核对店铺名称，或申请包含该店铺的令牌。")
	}
	return t, nil
}

// bearer returns the secret that the call carries.
func bearer(r *http.Request) (string, bool) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	return secret, strings.EqualFold(scheme, "Bearer") && secret != ""
}

func unauthorized(detail, zh, challenge string) error {
	return problem(unauthenticated, detail, "Send the header Authorization: Bearer TOKEN; orderguard token create makes one.").
		zh(zh, "请发送请求头 Authorization: Bearer TOKEN；令牌由平台发放。").with("WWW-Authenticate", challenge)
}

// gate bounds how many calls do something at once.
type gate chan struct{}

func newGate(n int) gate { return make(gate, n) }

func (g gate) enter() bool {
	select {
	case g <- struct{}{}:
		return true
	default:
		return false
	}
}

func (g gate) leave() { <-g }

// tokenLimits bounds what each token does.
type tokenLimits struct {
	mu      sync.Mutex
	rate    rate.Limit
	burst   int
	maxHeld int
	byToken map[string]*usage
}

type usage struct {
	calls *rate.Limiter
	held  int // waits and streams
}

// maxLimited is how many tokens are known at most; those that hold nothing are
// forgotten when it is full.
const maxLimited = 10_000

func newTokenLimits(o Options) *tokenLimits {
	return &tokenLimits{rate: rate.Limit(o.Rate), burst: o.Burst, maxHeld: o.MaxHeld, byToken: map[string]*usage{}}
}

// of returns a token's usage. The caller holds the lock.
func (l *tokenLimits) of(token string) *usage {
	u := l.byToken[token]
	if u == nil {
		if len(l.byToken) >= maxLimited {
			for t, u := range l.byToken {
				if u.held == 0 {
					delete(l.byToken, t)
				}
			}
		}
		u = &usage{calls: rate.NewLimiter(l.rate, l.burst)}
		l.byToken[token] = u
	}
	return u
}

// allow counts a call and says whether the token may make it.
func (l *tokenLimits) allow(token string) bool {
	l.mu.Lock()
	u := l.of(token)
	l.mu.Unlock()
	return u.calls.Allow()
}

// hold takes a place at the gate for a call that will be held open, and returns
// how to give it back.
func (a *API) hold(t Token, g gate, what string) (release func(), err error) {
	busy := func(detail, zh string) error {
		return problem(overloaded, detail, "End some, or try again a little later.").
			zh(zh, "请结束一些连接，或稍后再试。").with("Retry-After", "5")
	}
	l := a.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.of(t.ID)
	if u.held >= l.maxHeld {
		return nil, busy("This token holds too many calls open.", "该令牌保持的连接过多。")
	}
	if !g.enter() {
		return nil, busy("Too many "+what+" are open.", "服务器保持的连接过多。")
	}
	u.held++
	return func() {
		g.leave()
		l.mu.Lock()
		u.held--
		l.mu.Unlock()
	}, nil
}
