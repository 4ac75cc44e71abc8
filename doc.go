// Package orderguard holds the words of the field: the events that a
// marketplace sends, the scenarios an attack may follow, and the alerts that
// come of it. It holds words and no work, and imports only the standard
// library; every other package speaks in these terms.
//
// An Event is one decoded line. A Batch is some thousand of them, cut from one
// block of one feed. An Alert says that an order took part in an attack. A
// Verdict is a seller's answer to it, a Report what a seller complains of
// himself. A Decision is what follows for an order or a buyer, and a Delta what
// follows for an Indicator of the shop.
package orderguard
