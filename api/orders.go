package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Orders looks up what the journal holds of an order.
type Orders interface {
	// Order returns the events that name an order, each as it came, in the order
	// in which they came; none if it is not known. More says that there are more
	// than those. The error is ErrBusy while the journal is not yet indexed, and ErrLost,
	// with those that there are, where others may have been in records that are lost.
	Order(order string) (events []json.RawMessage, more bool, err error)
}

// OrderEvents is the answer of GET /v1/orders/{order}.
type OrderEvents struct {
	Order  string            `json:"order"`
	Events []json.RawMessage `json:"events" doc:"As they came, in the order in which they came"`
	More   bool              `json:"more" doc:"There are more than are given"`
	// Incomplete is not there when it is false.
	Incomplete bool `json:"incomplete,omitempty" doc:"Records of the journal are lost that named the order, or may have: events may be missing"`
}

func (a *API) getOrder(w http.ResponseWriter, r *http.Request, _ Token) error {
	order := r.PathValue("order")
	events, more, err := a.parts.Orders.Order(order)
	if errors.Is(err, ErrBusy) {
		return problem(overloaded, "The journal is not indexed yet.", "Ask again a little later.").with("Retry-After", "5")
	}
	lost := errors.Is(err, ErrLost)
	if err != nil && (!lost || len(events) == 0) {
		return fmt.Errorf("look up an order: %w", err)
	}
	if len(events) == 0 {
		return problem(notFound, fmt.Sprintf("No event of the order %q is in the journal.", order),
			"Look whether the id is right; the journal keeps events for a time only.")
	}
	return writeJSON(w, http.StatusOK, OrderEvents{order, events, more, lost})
}
