package detect

// meetings count at how many shops accounts were met. They are emptied in no time.
type meetings struct {
	slots []meeting
	round uint32
	n     int
	most  int // at how many shops anybody was met
}

// meeting is an account that was met: at how many shops, and at which last. The round is
// that in which it was noted.
type meeting struct {
	buyer       uint64
	round       uint32
	shops, last uint16
}

// begin takes all out.
func (m *meetings) begin() {
	m.n, m.most = 0, 0
	if m.round++; m.round == 0 { // it has come round
		clear(m.slots)
		m.round = 1
	}
}

// slot returns where an account stands, or would.
func (m *meetings) slot(buyer uint64) *meeting {
	mask := uint64(len(m.slots) - 1)
	for at := buyer * 0x9e3779b97f4a7c15 >> 32 & mask; ; at = (at + 1) & mask {
		if s := &m.slots[at]; s.round != m.round || s.buyer == buyer {
			return s
		}
	}
}

// note notes that an account was met at a shop, of which the visits come one after the other.
func (m *meetings) note(buyer uint64, shop int) {
	if 2*m.n >= len(m.slots) {
		m.double()
	}
	s := m.slot(buyer)
	switch {
	case s.round != m.round:
		*s = meeting{buyer: buyer, round: m.round}
		m.n++
	case s.last == uint16(shop):
		return
	}
	s.shops, s.last = s.shops+1, uint16(shop)
	m.most = max(m.most, int(s.shops))
}

// shops returns at how many shops an account was met.
func (m *meetings) shops(buyer uint64) int {
	if m.n == 0 {
		return 0
	}
	if s := m.slot(buyer); s.round == m.round {
		return int(s.shops)
	}
	return 0
}

// often returns how many accounts were met at so many shops or more.
func (m *meetings) often(shops int) (n int64) {
	if m.most < shops {
		return 0
	}
	for i := range m.slots {
		if s := &m.slots[i]; s.round == m.round && int(s.shops) >= shops {
			n++
		}
	}
	return n
}

// double makes room.
func (m *meetings) double() {
	old := m.slots
	m.slots = make([]meeting, max(64, 2*len(old)))
	for _, s := range old {
		if s.round == m.round {
			*m.slot(s.buyer) = s
		}
	}
}
