package detect

// piece is a part of the stage measure: a table, or the shards that one of several workers has of it.
type piece struct{ table, worker, workers int }

// cut divides the tables among a number of workers, and returns into how many pieces. A table is one piece unless it
// would keep a worker for more than half of its share, going by the rows of the batch before: the answers of
// neighbouring events lie in the same lines of memory, which two workers would take from each other again and again.
func (e *Engine) cut(workers int) int {
	rows := 0
	for t := range e.plan.tables {
		rows += e.plan.tables[t].rows
	}
	e.measured = e.measured[:0]
	for t := range e.plan.tables {
		parts := 1
		if 2*workers*e.plan.tables[t].rows >= rows {
			parts = workers
		}
		for w := range parts {
			e.measured = append(e.measured, piece{t, w, parts})
		}
	}
	return len(e.measured)
}
