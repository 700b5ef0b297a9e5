package store

import (
	"net"
	"syscall"
	"testing"
)

// The machine itself gives up a connection to a host that vanished; nobody else would notice on a line that lies idle.
func TestTheMachineIsImpatientWithTheDatabasesHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := newWire(0).dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := c.(*line).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]struct{ level, option, want int }{
		"unacknowledged for (ms)":    {syscall.IPPROTO_TCP, tcpUserTimeout, 15000},
		"keepalive":                  {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
		"idle before keepalive (s)":  {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 5},
		"between two keepalives (s)": {syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 5},
		"keepalives":                 {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 2},
	} {
		if err := raw.Control(func(fd uintptr) {
			if got, err := syscall.GetsockoptInt(int(fd), o.level, o.option); got != o.want || err != nil {
				t.Errorf("%s: %d, want %d; %v", name, got, o.want, err)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}
