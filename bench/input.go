package bench

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// Made says what input a benchmark makes when it is given none. The same
// options make the same bytes.
type Made struct {
	// Market makes a marketplace with all that belongs to it; without it a plain
	// stream of orders.
	Market bool
	// Orders is how many; zero is what the benchmark takes for good.
	Orders int
	// Duration is the event time that the orders take; zero is a day, or a
	// marketplace's week.
	Duration Duration
}

// write writes the input.
func (m Made) write(w io.Writer) error {
	if m.Market {
		_, err := Generate(w, io.Discard, GenOptions{Seed: 3, Orders: m.Orders, Duration: m.Duration})
		return err
	}
	return Load(w, nil, LoadOptions{Seed: 3, Orders: m.Orders, Duration: m.Duration})
}

// String says how to make the input by hand.
func (m Made) String() string {
	how := fmt.Sprintf("gen --seed 3 --load %d", m.Orders)
	if m.Market {
		how = fmt.Sprintf("gen --seed 3 --orders %d", m.Orders)
	}
	if m.Duration != 0 {
		how += fmt.Sprintf(" --days %.3g", float64(m.Duration)/float64(Day))
	}
	return how
}

// input returns the file to run over, which is made in dir unless path names
// one, and what it is.
func (m Made) input(path, dir string) (string, Input, error) {
	in := Input{Name: path}
	if path == "" {
		in.Name = m.String()
		f, err := os.CreateTemp(dir, "input-*.ndjson")
		if err != nil {
			return "", in, fmt.Errorf("input: %w", err)
		}
		path = f.Name()
		// What the system writes to the disk later would share that with what is measured.
		if err := errors.Join(m.write(f), f.Sync(), f.Close()); err != nil {
			return "", in, fmt.Errorf("input: %w", err)
		}
	}
	err := in.read(path)
	return path, in, err
}

// read reads what a file holds, which also brings it into the system's cache.
func (in *Input) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("input: %w", err)
	}
	defer f.Close()
	sum, buf := sha256.New(), make([]byte, 1<<20)
	for {
		n, err := f.Read(buf)
		in.Bytes += int64(n)
		in.Events += int64(bytes.Count(buf[:n], []byte("\n")))
		_, _ = sum.Write(buf[:n]) // a hash never fails
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("input: %w", err)
		}
	}
	in.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}
