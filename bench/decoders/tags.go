package decoders

import (
	"encoding/json"

	"github.com/bytedance/sonic"

	"github.com/orderguard/orderguard"
)

// byTags decodes by a library that goes by struct tags.
type byTags struct {
	unmarshal func([]byte, any) error
	w         wire
}

func (x *byTags) decode(line []byte, e *orderguard.Event) error {
	x.w = wire{}
	if err := x.unmarshal(line, &x.w); err != nil {
		return err
	}
	return x.w.created(e)
}

// tagged is the libraries that go by struct tags.
var tagged = map[string]func([]byte, any) error{
	"encoding-json": json.Unmarshal,
	"sonic":         sonic.ConfigFastest.Unmarshal,
}
