package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Machine is what a benchmark ran on. What the system does not tell is empty.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"` // that the process may use
	Memory int64  `json:"memory"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
}

// ThisMachine returns the machine that we run on.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.GOMAXPROCS(0), Go: runtime.Version(), CPU: field("/proc/cpuinfo", "model name")}
	m.Memory = kibibytes("/proc/meminfo", "MemTotal")
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m.Kernel = strings.TrimSpace(string(release))
	return m
}

// String says it in a line.
func (m Machine) String() string {
	return fmt.Sprintf("%d cores of %s, %s, Linux %s, %s", m.Cores, m.CPU, Quantity(float64(m.Memory), "B"), m.Kernel, m.Go)
}

// field returns the first value of a "name: value" line of a file of /proc.
func field(file, name string) string {
	text, _ := os.ReadFile(file)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// peakMemory returns the most memory that this process has held, 0 if the
// system does not tell. The kernel's figure for a child counts what its parent
// held when it was made; this one does not.
func peakMemory() int64 { return kibibytes("/proc/self/status", "VmHWM") }

// kibibytes returns a size in a file of /proc, in bytes.
func kibibytes(file, name string) int64 {
	kib, _, _ := strings.Cut(field(file, name), " ")
	n, _ := strconv.ParseInt(kib, 10, 64)
	return n << 10
}
