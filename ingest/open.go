package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd file may ask for.
const maxWindow = 128 << 20

// The first bytes of what is unpacked.
var (
	gzipMagic = []byte("\x1f\x8b")
	zstdMagic = []byte("\x28\xb5\x2f\xfd")
)

// source is an opened file. It is looked at, and unpacked, from the first Read
// on: the standard input may have nothing to say for a while.
type source struct {
	file   *os.File
	plain  io.Reader // what the file holds; nil before the first Read
	unpack *zstd.Decoder
	live   bool
}

// Open opens the file at path, or the standard input for "-", for a Reader. A
// file that begins like gzip, of one or more members, or like zstd is unpacked,
// whatever its name.
func Open(path string) (io.ReadCloser, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("ingest: %w", err)
		}
	}
	s := &source{file: f, live: isLive(f)}
	if s.live {
		widen(f)
	}
	return s, nil
}

// Read reads from the file, unpacked.
func (s *source) Read(b []byte) (int, error) {
	if s.plain == nil {
		if err := s.look(); err != nil {
			return 0, err
		}
	}
	return s.plain.Read(b)
}

// Close closes the file.
func (s *source) Close() error {
	err := s.file.Close()
	if s.unpack != nil && !s.live { // Of a live source a Read may be under way.
		s.unpack.Close()
	}
	return err
}

// look finds out by its first bytes how the file is packed. It waits for no
// more of them than it needs to.
func (s *source) look() (err error) {
	head, n := make([]byte, len(zstdMagic)), 0
	for n < len(head) && (bytes.HasPrefix(gzipMagic, head[:n]) || bytes.HasPrefix(zstdMagic, head[:n])) {
		k, err := s.file.Read(head[n:])
		n += k
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	head = head[:n]
	whole := io.MultiReader(bytes.NewReader(head), s.file)
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		s.plain, err = gzip.NewReader(bufio.NewReaderSize(whole, 128<<10))
	case bytes.Equal(head, zstdMagic):
		s.unpack, err = zstd.NewReader(whole, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		s.plain = s.unpack
	default:
		s.plain = whole
	}
	if err != nil {
		s.plain = nil
		return fmt.Errorf("unpack: %w", err)
	}
	return nil
}

// isLive reports whether r may keep its reader waiting for a writer.
func isLive(r io.Reader) bool {
	switch r := r.(type) {
	case *source:
		return r.live
	case *os.File:
		info, err := r.Stat()
		return err == nil && !info.Mode().IsRegular()
	case net.Conn:
		return true
	}
	return false
}
