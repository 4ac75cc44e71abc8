package api

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// cursor returns the client's form of a place in a list, which scope names: a
// shop, for its alerts.
func cursor(scope string, seq uint64) string {
	var b [12]byte
	putCursor(&b, scope, seq)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func putCursor(b *[12]byte, scope string, seq uint64) {
	binary.BigEndian.PutUint64(b[:8], seq)
	sum := crc32.Update(crc32.ChecksumIEEE([]byte(scope)), crc32.IEEETable, b[:8])
	binary.BigEndian.PutUint32(b[8:], sum)
}

// scope returns what the cursors of a list are bound to.
func (a *API) scope(list string) string {
	if a.opts.Store == "" {
		return list
	}
	return a.opts.Store + "\x00" + list
}

// ofStore adds to a name, which another store may give to something else, that of
// the store. A few letters of it will do: chance is one in four billion.
func ofStore(name, store string) string {
	if store == "" {
		return name
	}
	return name + "-" + store[:min(len(store), 8)]
}

// tag returns the entity tag of what a change of alerts brought about, in one of its
// forms.
func (a *API) tag(seq uint64, form string) string {
	return `"` + ofStore(strconv.FormatUint(seq, 36), a.opts.Store) + form + `"`
}

// parseCursor is the reverse of cursor; the empty one is the beginning.
func parseCursor(scope, s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil && len(raw) == 12 {
		seq := binary.BigEndian.Uint64(raw)
		var want [12]byte
		putCursor(&want, scope, seq)
		if want == [12]byte(raw) {
			return seq, nil
		}
	}
	return 0, mangled()
}

// placeCursor is like cursor for a list whose places are texts.
func placeCursor(scope, place string) string {
	b := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(scope+"\x00"+place)))
	return base64.RawURLEncoding.EncodeToString(append(b, place...))
}

// parsePlace is the reverse of placeCursor.
func parsePlace(scope, s string) (string, error) {
	if s == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil && len(raw) >= 4 && placeCursor(scope, string(raw[4:])) == s {
		return string(raw[4:]), nil
	}
	return "", mangled()
}

func mangled() error {
	return problem(badCursor, "The cursor is not one that this list was given with.",
		`Send back "next" of the last answer as it was, or leave out "after" to begin at the first.`).
		zh("该游标不属于这个列表。", "请原样传回上次答复中的 next，或去掉 after 从头开始。")
}

// aheadOf is the answer to a cursor beyond the end of its list, which only a
// store that was set back can see.
func aheadOf() error {
	return problem(badCursor, "The cursor is ahead of this list: the server was restored from an older state.",
		`Leave out "after" to begin at the first.`).
		zh("该游标超出了列表末尾：服务器曾恢复到较早的状态。", "请去掉 after 从头开始。")
}
