package ingest

import (
	"bytes"
	"io"
)

// lineSkipper leaves out the first lines of a source.
type lineSkipper struct {
	io.Reader
	left    int64 // how many are to be left out yet
	skipped int64
	within  bool // the middle of a line that is left out
}

// Read implements io.Reader. What it reads of a block that begins with lines to
// leave out it moves to the beginning.
func (s *lineSkipper) Read(b []byte) (int, error) {
	for {
		n, err := s.Reader.Read(b)
		if s.left == 0 {
			return n, err
		}
		p := s.skip(b[:n])
		if err == io.EOF && s.within { // a last line needs no end
			s.left, s.skipped, s.within = s.left-1, s.skipped+1, false
		}
		if p < n || n == 0 || err != nil {
			return copy(b, b[p:n]), err
		}
	}
}

// skip returns how much of b, which comes next, is left out.
func (s *lineSkipper) skip(b []byte) (p int) {
	for p < len(b) && s.left > 0 {
		i := bytes.IndexByte(b[p:], '\n')
		if s.within = i < 0; s.within {
			return len(b)
		}
		p += i + 1
		s.left, s.skipped = s.left-1, s.skipped+1
	}
	return p
}

// Close closes the source if that can be closed.
func (s *lineSkipper) Close() error {
	if c, ok := s.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
