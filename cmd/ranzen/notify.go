package main

import (
	"fmt"
	"net"
	"os"
)

// notify tells systemd how the server stands (READY=1, STOPPING=1), so that «systemctl start» returns when devices are
// answered and not before, and an upgrade that brings a large database to a new form is not taken for a hanging start. Without
// systemd nobody listens, and nothing happens.
func notify(state string) error {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	return nil
}
