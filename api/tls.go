package api

import (
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
// signed. A certificate that is renewed is taken within a minute of new
// connections; while its files are faulty the one before serves on, and the
// log says so.
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
	pem, err := os.ReadFile(clientCA)
	if err != nil {
		return nil, fmt.Errorf("api: read the authority of clients: %w", err)
	}
	conf.ClientCAs = x509.NewCertPool()
	if !conf.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("api: %s holds no certificate: give a file in PEM", clientCA)
	}
	conf.ClientAuth = tls.RequireAndVerifyClientCert
	return conf, nil
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
		return fmt.Errorf("load the certificate %s with the key %s: %w", c.cert, c.key, err)
	}
	c.served, c.as = &pair, as
	return nil
}
