package store

import "errors"

// Errors that callers tell apart with errors.Is.
var (
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("the store is in use by another process: stop it, or use its HTTP API while it runs")
	// ErrBeingRead: others look at the store.
	ErrBeingRead = errors.New("the store is being read by another process, such as orderguard check or backup: start again when that has ended")
	// ErrReadOnly: the folder cannot be written to.
	ErrReadOnly = errors.New("the data folder cannot be written to: mount it for writing, give it to the user that runs orderguard (chown), or name another one")
	// ErrFull: the disk has less room left than the reserve.
	ErrFull = errors.New("the disk is nearly full: free some space, then go on; nothing kept is harmed")
	// ErrNotFound: what was asked for is not there.
	ErrNotFound = errors.New("not found")
	// ErrNoStore: the folder holds no store.
	ErrNoStore = errors.New("there is no store in this folder")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrDamaged: a record, a snapshot, a copy or the index is not as it was
	// written.
	ErrDamaged = errors.New("damaged")
	// ErrDisk: a write failed.
	ErrDisk = errors.New("the disk fails to write: see the system's log (dmesg), and mend it or move the data folder; the store goes on by itself once writing works again; nothing that was acknowledged is lost")
	// ErrFormer: the journal was trimmed, and another version has written the snapshots that hold what is gone.
	ErrFormer = errors.New("another orderguard wrote the snapshots")
	// ErrNewer: a newer program has written the data folder, or a copy.
	ErrNewer = errors.New("it was written by a newer orderguard: use that one, or a backup made by this one; nothing was changed")
	// ErrHalfRestored: a restore was cut off.
	ErrHalfRestored = errors.New("a restore into this folder was cut off: remove the folder, and restore again")
	// ErrNotEmpty: there is something in the folder to restore into.
	ErrNotEmpty = errors.New("the folder is not empty: restore into a new one")
	// ErrWrongCopy: a copy does not go on from the one before it.
	ErrWrongCopy = errors.New("the copies do not go together")
	// ErrOtherStore: a copy to go on from is of another store.
	ErrOtherStore = errors.New("the copy is of another store, or of this one before it was restored: make a full copy")
	// ErrBehind: the index of orders is being made.
	ErrBehind = errors.New("the index of orders is being made: ask again later")
	// ErrMany: an order is in very many records.
	ErrMany = errors.New("only the first of its lines are given")
	// ErrIncomplete: what is given of an order may not be all of it.
	ErrIncomplete = errors.New("records of the journal are lost that named it, or may have: restore a backup that has them; orderguard check names them")
)
