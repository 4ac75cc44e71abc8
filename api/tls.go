package api

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certEvery is how often the files of a certificate are looked at.
const certEvery = time.Minute

// LoadTLS returns what Options.TLS takes, from files in PEM. With the
// certificates of an authority in clientCA, every client has to show one that it
// signed. Files that are renewed are taken within a minute, for new connections;
// while they are faulty those before serve on, and the log says so.
func LoadTLS(cert, key, clientCA string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{cert: cert, key: key, log: log}
	if err := c.load(time.Now()); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	conf := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.at(time.Now()), nil },
	}
	if clientCA == "" {
		return conf, nil
	}
	ca := &authorities{file: clientCA, log: log}
	if err := ca.load(time.Now()); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	// Which authorities are taken may change, so each connection is held against
	// them here, one that is resumed too.
	conf.ClientAuth = tls.RequireAnyClientCert
	conf.VerifyConnection = func(s tls.ConnectionState) error { return ca.verify(s.PeerCertificates, time.Now()) }
	return conf, nil
}

// authorities are those whose clients are taken. Their file may change.
type authorities struct {
	file string
	log  *slog.Logger

	mu     sync.Mutex
	pool   *x509.CertPool
	as     time.Time // when the file of the pool was written
	looked time.Time
}

// verify says what is wrong with a client's certificate, which comes first.
func (a *authorities) verify(chain []*x509.Certificate, now time.Time) error {
	a.mu.Lock()
	if now.Sub(a.looked) >= certEvery {
		if err := a.load(now); err != nil {
			a.log.Error("the authorities of clients were not renewed, those before are taken", "error", err)
		}
	}
	o := x509.VerifyOptions{Roots: a.pool, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	a.mu.Unlock()
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(o)
	return err
}

// load reads the file, if it has changed.
func (a *authorities) load(now time.Time) error {
	a.looked = now
	info, err := os.Stat(a.file)
	if err != nil {
		return fmt.Errorf("look at the authority of clients: %w", err)
	}
	if a.pool != nil && info.ModTime().Equal(a.as) {
		return nil
	}
	pem, err := os.ReadFile(a.file)
	if err != nil {
		return fmt.Errorf("read the authority of clients: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate: give a file in PEM", a.file)
	}
	a.pool, a.as = pool, info.ModTime()
	return nil
}

// certificate is one that may be renewed while it serves.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	served *tls.Certificate
	as     [2]time.Time // when the files of the one that is served were written
	looked time.Time
}

// at returns the certificate to serve at an instant.
func (c *certificate) at(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) >= certEvery {
		if err := c.load(now); err != nil {
			c.log.Error("the certificate was not renewed, the one before serves on", "error", err)
		}
	}
	return c.served
}

// load takes the certificate from its files, if they have changed.
func (c *certificate) load(now time.Time) error {
	c.looked = now
	var as [2]time.Time
	for i, name := range []string{c.cert, c.key} {
		if name == "" {
			return errors.New("TLS needs both a certificate and a key: give the files of both")
		}
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("look at the certificate: %w", err)
		}
		as[i] = info.ModTime()
	}
	if c.served != nil && as == c.as {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		if text, _ := os.ReadFile(c.key); bytes.Contains(text, []byte("ENCRYPTED")) {
			err = fmt.Errorf("the key is behind a password; write it without one (openssl pkey -in %s -out plain.pem) and keep that file readable by the daemon's user alone", c.key)
		}
		return fmt.Errorf("load the certificate %s with the key %s: %w", c.cert, c.key, err)
	}
	c.served, c.as = &pair, as
	return nil
}
