package detect

import (
	"errors"
	"fmt"
	"io"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

const (
	saveMagic = 0x656e69676e45474f // "OGEngine"
	// saveFormat is the version of what Save writes. It changes when the order or
	// the meaning of anything in it does: the hashes of keys and the numbers of
	// fields, kinds and scenarios too. That tables are others is noticed by itself.
	saveFormat = 5
	// formerFormat is the one before, which is read too: the ledger wrote its records otherwise.
	formerFormat = 4
)

// Save writes all that later answers depend on. It belongs between two calls of
// Process. The engine that Load makes of it goes on as this one does: the same
// alerts, byte for byte, and the same counters.
//
//	magic uint64 | format uint32 | versions of the rules | slack | adoptions | shape of the plan | state
//
// The parts of the state stand in the order of the fields of Engine; each Save of
// a part lies beside its struct. What only serves within a batch, or follows from
// the rules, is not written.
func (e *Engine) Save(w io.Writer) error {
	sections, err := e.Sections()
	for i := 0; i < len(sections) && err == nil; i++ {
		err = sections[i](w)
	}
	return err
}

// Sections returns what writes the state as Save does, section by section. They share nothing:
// they may be written side by side, each to a writer of its own, and what they have written, one
// after the other, is what Save writes. They are good until the next call of Process.
func (e *Engine) Sections() ([]func(io.Writer) error, error) {
	if e.watch != nil {
		return nil, errors.New("detect: save: an engine that explains an order is not saved: save one that does not")
	}
	parts := []func(*window.Encoder){e.saveHead}
	parts = append(parts, e.plan.sections()...)
	parts = append(parts, func(to *window.Encoder) {
		e.saveSlots(to)
		e.allow.save(to)
		to.Uint64(e.columns.serial)
	}, e.seen.Save, e.ledger.save, e.flagger.save, e.saveRest)
	sections := make([]func(io.Writer) error, len(parts))
	for i, part := range parts {
		sections[i] = func(w io.Writer) error {
			to := window.NewEncoder(w)
			part(to)
			end := to.Flush
			if i == len(parts)-1 {
				end = to.Close
			}
			if err := end(); err != nil {
				return fmt.Errorf("detect: save: %w", err)
			}
			return nil
		}
	}
	return sections, nil
}

// saveHead writes what stands before the state.
func (e *Engine) saveHead(to *window.Encoder) {
	to.Uint64(saveMagic)
	to.Uint32(saveFormat)
	to.String(e.judges)
	to.Int64(int64(e.slack))
	e.plan.saveAdoptions(to)
	to.String(e.plan.shape())
}

// saveRest writes the small parts at the end.
func (e *Engine) saveRest(to *window.Encoder) {
	e.timers.save(to)
	e.pace.save(to)
	to.Int64(int64(e.led))
	e.stats.save(to)
	to.Int64(int64(e.day))
	to.Int64(int64(e.reached))
}

// Load makes an engine of what Save wrote, with the rules by which that judged.
// It reads nothing beyond it. Of anything else, such as a state that is torn, or of
// other rules or of another version of the program, it makes an error.
func Load(rules *RuleSet, o Options, r io.Reader) (*Engine, error) {
	slack, err := o.check(rules)
	if err != nil {
		return nil, err
	}
	from := window.NewDecoder(r)
	e := load(rules, slack, from)
	if err := from.Close(); err != nil {
		return nil, fmt.Errorf("detect: load: %w; take an older state, or judge the events anew", err)
	}
	return e, nil
}

// Readable reads the beginning of what Save wrote, and says why Load could not go on from it with these rules: it is
// of another version of the program, or of other rules; nil if it can. What follows is not looked at.
func Readable(rules *RuleSet, o Options, r io.Reader) error {
	slack, err := o.check(rules)
	if err != nil {
		return err
	}
	from := window.NewDecoder(r)
	loadPlan(rules, slack, from)
	if err := from.Err(); err != nil {
		return fmt.Errorf("detect: read a state: %w", err)
	}
	return nil
}

// loadPlan reads what stands before the state of an engine, and makes the plan for it; nil on an error.
func loadPlan(rules *RuleSet, slack orderguard.Millis, from *window.Decoder) (p *plan, format uint32) {
	if from.Uint64() != saveMagic {
		from.Failf("this is not the state of an engine")
	}
	if format = from.Uint32(); format != saveFormat && format != formerFormat {
		from.Failf("the state has the format %d, and this program reads the formats %d and %d", format, formerFormat, saveFormat)
	}
	if from.String() != rules.versions() {
		from.Failf("the state is of other rules: load it with those by which it judged")
	}
	if s := orderguard.Millis(from.Int64()); s != slack {
		from.Failf("the state was made with a slack of %d ms, not of %d", s, slack)
	}
	p = compile(rules.withBlocks())
	p.loadAdoptions(from)
	if !from.OK() {
		return nil, format
	}
	p.build(slack)
	if from.String() != p.shape() {
		from.Failf("the state was made by another version of this program, which kept other tables for the same rules")
	}
	return p, format
}

// load reads an engine, which is good only if there was no error.
func load(rules *RuleSet, slack orderguard.Millis, from *window.Decoder) *Engine {
	p, format := loadPlan(rules, slack, from)
	if p == nil {
		return nil
	}
	e := begin(p, rules, slack)
	p.load(from)
	e.loadSlots(from)
	e.allow.load(from)
	e.columns.serial = from.Uint64()
	e.seen.Load(from)
	e.ledger.load(from, p, format)
	e.flagger.load(from)
	e.timers.load(from, p)
	e.pace.load(from)
	e.led = orderguard.Millis(from.Int64())
	e.stats.load(from)
	e.day, e.reached = orderguard.Millis(from.Int64()), orderguard.Millis(from.Int64())
	return e
}

// saveSlots writes the slots of rules with what each has flagged.
func (e *Engine) saveSlots(to *window.Encoder) {
	list := make([]slot, len(e.slots))
	for s, n := range e.slots {
		list[n] = s
	}
	to.Int(len(list))
	for n, s := range list {
		to.String(s.id)
		to.Uint32(uint32(s.scenario))
		to.Bool(s.shadow)
		told, err := e.flagger.flaggedRefs[n].ToBytes()
		if err != nil {
			panic("BUG: a bitmap that cannot be written: " + err.Error())
		}
		window.Put(to, told)
		r := &e.stats.Rules[n]
		to.Uint64(r.Fired)
		to.Uint64(r.Orders)
	}
}

// loadSlots reads the slots, those of rules that are no more too, and gives the
// rules theirs.
func (e *Engine) loadSlots(from *window.Decoder) {
	n := from.Len()
	e.slots, e.flagger.flaggedRefs, e.stats.Rules = map[slot]int{}, nil, nil
	for i := 0; i < n && from.OK(); i++ {
		s := slot{from.String(), orderguard.Scenario(from.Uint32()), from.Bool()}
		_, twice := e.slots[s]
		from.Check(!twice && int(s.scenario) < orderguard.Scenarios, "a rule's slot")
		e.slots[s] = i
		told := roaring.New()
		if text := window.Get[byte](from); from.OK() {
			if err := told.UnmarshalBinary(text); err != nil {
				from.Failf("what a rule has flagged: %w", err)
			} else if err := told.Validate(); err != nil {
				from.Failf("what a rule has flagged: %w", err)
			}
		}
		e.flagger.flaggedRefs = append(e.flagger.flaggedRefs, told)
		e.stats.Rules = append(e.stats.Rules, RuleStats{ID: s.id, Scenario: s.scenario, Shadow: s.shadow, Fired: from.Uint64(), Orders: from.Uint64()})
	}
	e.settle(e.plan)
	from.Check(len(e.slots) == n, "a rule without a slot")
}

// save writes how far the stream is.
func (p *pace) save(to *window.Encoder) {
	to.Int64(int64(p.now))
	to.Int(p.ahead)
	to.Int64(int64(p.low))
	to.Int64(int64(p.high))
}

func (p *pace) load(from *window.Decoder) {
	p.now, p.ahead = orderguard.Millis(from.Int64()), from.Int(jumpEvents)
	p.low, p.high = orderguard.Millis(from.Int64()), orderguard.Millis(from.Int64())
}

// save writes the counters but those of rules, which stand with their slots.
func (s *Stats) save(to *window.Encoder) {
	for _, n := range []uint64{s.Events, s.Duplicates, s.Late, s.Alerts, s.Spared} {
		to.Uint64(n)
	}
	for _, n := range s.Scenarios {
		to.Uint64(n)
	}
}

func (s *Stats) load(from *window.Decoder) {
	for _, n := range []*uint64{&s.Events, &s.Duplicates, &s.Late, &s.Alerts, &s.Spared} {
		*n = from.Uint64()
	}
	for i := range s.Scenarios {
		s.Scenarios[i] = from.Uint64()
	}
}
