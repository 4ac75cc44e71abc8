package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// daemonFile tells other processes of the same user how to reach the daemon
// that holds a data folder. It is there while the daemon runs, readable by the
// daemon's user alone; after a crash a stale one may be left, which the next
// daemon replaces.
type daemonFile struct {
	HTTP  string `json:"http"`  // host:port of the API
	Token string `json:"token"` // an admin token
}

func daemonFilePath(dir string) string { return filepath.Join(dir, "daemon.json") }

// writeDaemonFile writes the file of a data folder, whole or not at all.
func writeDaemonFile(dir string, d daemonFile) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing the daemon's file: %w", err)
		}
	}()
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return replaceFile(daemonFilePath(dir), append(data, '\n'), 0o600)
}

// replaceFile writes a file whole or not at all, so that whoever waits for it
// never reads half of it.
func replaceFile(path string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // of mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// readDaemonFile reads the file of a data folder. The error is os.ErrNotExist
// when there is none.
func readDaemonFile(dir string) (d daemonFile, err error) {
	data, err := os.ReadFile(daemonFilePath(dir))
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	if err == nil && (d.HTTP == "" || d.Token == "") {
		err = fmt.Errorf("%s lacks \"http\" or \"token\"", daemonFilePath(dir))
	}
	if err != nil {
		return d, fmt.Errorf("reading the daemon's file: %w", err)
	}
	return d, nil
}

// removeDaemonFile removes the file, if there is one.
func removeDaemonFile(dir string) error {
	if err := os.Remove(daemonFilePath(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the daemon's file: %w", err)
	}
	return nil
}
