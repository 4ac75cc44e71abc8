package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	ca := &authority{}
	ca.cert, ca.key = ca.sign(t, "authority")
	return ca
}

// sign returns a new certificate, signed by the authority, or by itself if the
// authority has none yet.
func (ca *authority) sign(t testing.TB, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IsCA: ca.cert == nil, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := ca.cert, ca.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	signed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return signed, key
}

// write writes a new certificate and its key.
func (ca *authority) write(t testing.TB, dir, name string) (cert, key string) {
	c, k := ca.sign(t, name)
	der, err := x509.MarshalPKCS8PrivateKey(k)
	require.NoError(t, err)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return cert, key
}

func (ca *authority) file(t testing.TB) string {
	name := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}), 0o600))
	return name
}

// client trusts the authority, and shows a certificate that by signed, if any.
func (ca *authority) client(t testing.TB, by *authority, change func(*tls.Config)) *http.Client {
	conf := &tls.Config{RootCAs: x509.NewCertPool()}
	conf.RootCAs.AddCert(ca.cert)
	if by != nil {
		c, k := by.sign(t, "a client")
		conf.Certificates = []tls.Certificate{{Certificate: [][]byte{c.Raw}, PrivateKey: k}}
	}
	if change != nil {
		change(conf)
	}
	tr := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// serveTLS serves the API with a certificate by ca, and clients by clientCA.
func serveTLS(t testing.TB, f *fake, ca *authority, clientCA string, o Options) (a *API, url string) {
	t.Helper()
	cert, key := ca.write(t, t.TempDir(), "a server")
	var err error
	o.TLS, err = LoadTLS(cert, key, clientCA, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	a = newAPI(t, f, o)
	return a, strings.Replace(serve(t, a), "http:", "https:", 1)
}

// A body that does not come is answered 408, though reading may take as long as an
// answer may.
func TestSlowBodyIsAnswered(t *testing.T) {
	ca := newAuthority(t)
	_, url := serveTLS(t, newFake(), ca, "", Options{ReadTimeout: time.Second, WriteTimeout: time.Second})
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for path, role := range map[string]string{"/v1/tokens": "admin", "/v1/events": "feeder"} {
			t.Run(proto+path, func(t *testing.T) {
				t.Parallel()
				c := ca.client(t, nil, nil)
				c.Transport.(*http.Transport).ForceAttemptHTTP2 = proto == "HTTP/2.0"
				body, end := io.Pipe()
				defer end.Close()
				// A client whose connection is closed waits for its body all the same.
				defer time.AfterFunc(20*time.Second, func() { _ = end.Close() }).Stop()
				r, err := http.NewRequest("POST", url+path, body)
				require.NoError(t, err)
				r.Header.Set("Authorization", "Bearer og_"+role)
				w, err := c.Do(r)
				require.NoError(t, err)
				defer w.Body.Close()
				require.Equal(t, proto, w.Proto)
				require.Equal(t, http.StatusRequestTimeout, w.StatusCode)
			})
		}
	}
}

func TestTLS(t *testing.T) {
	f, ca := newFake(), newAuthority(t)
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	a, url := serveTLS(t, f, ca, "", Options{})
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		c := ca.client(t, nil, nil)
		c.Transport.(*http.Transport).ForceAttemptHTTP2 = proto == "HTTP/2.0"
		ask := func(method, path, role, body string, headers ...string) *http.Response {
			r, err := http.NewRequest(method, url+path, strings.NewReader(body))
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer og_"+role)
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			w, err := c.Do(r)
			require.NoError(t, err)
			t.Cleanup(func() { w.Body.Close() })
			require.Equal(t, proto, w.Proto)
			return w
		}
		require.Equal(t, 200, ask("GET", list+"?wait=1s", "seller", "").StatusCode)
		require.Equal(t, 200, ask("POST", "/v1/events", "feeder", "{}\n").StatusCode)
		require.Equal(t, 401, ask("GET", list, "nobody", "").StatusCode)
		stream := ask("GET", list, "seller", "", "Accept", "text/event-stream").Body
		buf := make([]byte, 4096)
		got := ""
		for !strings.Contains(got, "al_1") {
			n, err := stream.Read(buf)
			require.NoError(t, err)
			got += string(buf[:n])
		}
	}
	old := ca.client(t, nil, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })
	_, err := old.Get(url + "/healthz")
	require.ErrorContains(t, err, "protocol version")
	a.Close()
}

func TestClientCertificates(t *testing.T) {
	f, ca, clients, others := newFake(), newAuthority(t), newAuthority(t), newAuthority(t)
	_, url := serveTLS(t, f, ca, clients.file(t), Options{})
	w, err := ca.client(t, clients, nil).Get(url + "/healthz")
	require.NoError(t, err)
	require.NoError(t, w.Body.Close())
	require.Equal(t, 200, w.StatusCode)
	for _, by := range []*authority{nil, others} {
		_, err := ca.client(t, by, nil).Get(url + "/healthz")
		require.Error(t, err) // of several: with TLS 1.3 a client learns of it when it writes or reads
	}
}

// TestTooManyOverTLS closes a connection too many: it could not read an answer.
func TestTooManyOverTLS(t *testing.T) {
	ca := newAuthority(t)
	_, url := serveTLS(t, newFake(), ca, "", Options{MaxConns: 1})
	w, err := ca.client(t, nil, nil).Get(url + "/healthz")
	require.NoError(t, err)
	defer w.Body.Close()
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", strings.TrimPrefix(url, "https://"))
	require.NoError(t, err)
	defer conn.Close()
	sent, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Empty(t, sent)
}

func TestRenewedCertificate(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t)
	name := func(c *tls.Certificate) string { return c.Leaf.Subject.CommonName }
	var log bytes.Buffer
	now := time.Now()
	touch := func(files ...string) {
		now = now.Add(time.Hour)
		for _, file := range files {
			require.NoError(t, os.Chtimes(file, now, now))
		}
	}
	cert, key := ca.write(t, dir, "first")
	touch(cert, key)
	c := &certificate{cert: cert, key: key, log: slog.New(slog.NewTextHandler(&log, nil))}
	require.NoError(t, c.load(now))
	require.Equal(t, "first", name(c.at(now)))

	ca.write(t, dir, "second")
	touch(cert, key)
	looked := c.looked
	require.Equal(t, "first", name(c.at(looked.Add(certEvery-time.Second))), "not so often")
	require.Equal(t, "second", name(c.at(looked.Add(certEvery))))

	require.NoError(t, os.WriteFile(cert, []byte("half"), 0o600))
	touch(cert)
	require.Equal(t, "second", name(c.at(c.looked.Add(certEvery))), "one that is faulty is not served")
	require.Contains(t, log.String(), "was not renewed")
	require.NoError(t, os.Remove(key))
	require.Equal(t, "second", name(c.at(c.looked.Add(certEvery))))
	ca.write(t, dir, "third")
	touch(cert, key)
	require.Equal(t, "third", name(c.at(c.looked.Add(certEvery))))
}

// The authorities of clients may be renewed, too: those that are no longer there are
// taken no more.
func TestRenewedAuthorities(t *testing.T) {
	first, second := newAuthority(t), newAuthority(t)
	var log bytes.Buffer
	a := &authorities{file: first.file(t), log: slog.New(slog.NewTextHandler(&log, nil))}
	now := time.Now()
	require.NoError(t, a.load(now))
	taken := func() (list []bool) {
		for _, by := range []*authority{first, second} {
			c, _ := by.sign(t, "a client")
			list = append(list, a.verify([]*x509.Certificate{c}, now) == nil)
		}
		return list
	}
	write := func(from string) {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(a.file, text, 0o600))
		now = now.Add(time.Second)
		require.NoError(t, os.Chtimes(a.file, now, now))
	}
	require.Equal(t, []bool{true, false}, taken())
	write(second.file(t))
	require.Equal(t, []bool{true, false}, taken(), "not so often")
	now = now.Add(certEvery)
	require.Equal(t, []bool{false, true}, taken())
	require.NoError(t, os.Remove(a.file))
	now = now.Add(certEvery)
	require.Equal(t, []bool{false, true}, taken())
	require.Contains(t, log.String(), "were not renewed")
}

func TestLoadTLSFaults(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t)
	cert, key := ca.write(t, dir, "a server")
	otherCert, _ := newAuthority(t).write(t, t.TempDir(), "another")
	none, locked := filepath.Join(dir, "none.pem"), filepath.Join(dir, "locked.pem")
	require.NoError(t, os.WriteFile(locked, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"), 0o600))
	for fault, files := range map[string][3]string{
		"both a certificate and a key":      {cert, "", ""},
		"no such file":                      {none, key, ""},
		"private key does not match":        {otherCert, key, ""},
		"the key is behind a password":      {cert, locked, ""},
		"authority of clients":              {cert, key, none},
		"holds no certificate: give a file": {cert, key, key},
	} {
		_, err := LoadTLS(files[0], files[1], files[2], slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, fault)
	}
}
