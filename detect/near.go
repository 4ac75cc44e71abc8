package detect

// reader fetches what stands behind references, for one who asks for those that
// lie close together. It is kept from batch to batch.
type reader struct {
	*Engine
	near  *page // where the last order stood
	batch uint64
}

// number returns the number of the order that a reference belongs to, 0 if it is
// not known.
func (r *reader) number(ref uint32) uint32 {
	r.begin()
	return r.ledger.recordNear(ref, &r.near)
}

// buyer returns the hash of the buyer behind a reference, 0 if it is not known.
func (r *reader) buyer(ref uint32) uint64 {
	r.begin()
	return r.ledger.buyerNear(ref, &r.near)
}

// begin forgets the page of a batch before: pages are let go between batches.
func (r *reader) begin() {
	if r.batch != r.columns.serial {
		r.batch, r.near = r.columns.serial, nil
	}
}

// orderOf returns the record of that order; nil if it is not known.
func (r *reader) orderOf(ref uint32) []uint64 {
	if n := r.number(ref); n != 0 {
		return r.plan.orders.Record(n)
	}
	return nil
}
