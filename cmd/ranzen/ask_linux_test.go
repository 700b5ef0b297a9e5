package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Who types the passphrase at a terminal is not read over the shoulder.
func TestAPassphraseIsNotShown(t *testing.T) {
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	keyboard, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()

	// One types when one is asked: by then nothing is shown any more.
	asked, said := io.Pipe()
	go func() {
		io.ReadFull(asked, make([]byte, len("Passphrase")))
		go io.Copy(io.Discard, asked)
		for {
			state, err := unix.IoctlGetTermios(int(keyboard.Fd()), unix.TCGETS)
			if err != nil || state.Lflag&unix.ECHO == 0 {
				break
			}
		}
		io.WriteString(screen, "drei blaue Hefte\n")
	}()
	words, err := ask(keyboard, said)
	if err != nil || words != "drei blaue Hefte" {
		t.Fatalf("%q %v", words, err)
	}
	if _, err := io.WriteString(keyboard, "end of what was shown"); err != nil {
		t.Fatal(err)
	}
	shown := ""
	for !strings.Contains(shown, "end of what was shown") {
		b := make([]byte, 256)
		n, err := screen.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		shown += string(b[:n])
	}
	if strings.Contains(shown, "blaue") {
		t.Errorf("the screen shows %q", shown)
	}
	if state, err := unix.IoctlGetTermios(int(keyboard.Fd()), unix.TCGETS); err != nil || state.Lflag&unix.ECHO == 0 {
		t.Errorf("afterwards nothing that is typed is shown any more: %v", err)
	}
}
