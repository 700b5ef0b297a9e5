package store

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// The line to PostgreSQL. A host that loses its power or its network says nothing any more, not even that it is gone:
// whoever waits for its answer would wait until the machine's own patience ends, which is hours. Two things end it in
// about fifteen seconds, and what was asked is trouble of the kind Away then, like any other lost connection:
//
//   - The machine gives up a connection on which nothing was acknowledged for lineDead (TCP_USER_TIMEOUT, keepalive).
//   - Something in between may go on acknowledging for a host that is gone: a proxy, a balancer, the machine of a
//     database that was stopped. So an answer that takes longer than lineQuiet makes us ask the same address, on a line
//     of its own, whether anybody is there at all (SSLRequest, which every PostgreSQL and every pooler answers before it
//     asks who we are). Nobody: the line is given up. Somebody: the answer may take as long as it likes; a big restore
//     does.
const (
	lineDead   = 15 * time.Second
	lineQuiet  = 10 * time.Second
	lineAnswer = 5 * time.Second
)

var errLineDead = errors.New("the database's host does not answer any more")

// wire makes lines to PostgreSQL.
type wire struct {
	dialer        *net.Dialer
	quiet, answer time.Duration
}

func newWire(quiet time.Duration) wire {
	w := wire{quiet: lineQuiet, answer: lineAnswer}
	if quiet > 0 {
		w.quiet, w.answer = quiet, quiet
	}
	w.dialer = &net.Dialer{Control: impatient, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 2}}
	return w
}

// dial is pgconn.DialFunc. A socket in the file system has no host behind it that could vanish.
func (w wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := w.dialer.DialContext(ctx, network, address)
	if err != nil || network == "unix" {
		return c, err
	}
	l := &line{Conn: c, wire: w}
	l.watch = time.AfterFunc(time.Hour, l.look)
	l.watch.Stop()
	return l, nil
}

// answers asks whether anybody is at the address. That the question could not be asked for a reason of our own says
// nothing against it.
func (w wire) answers(address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), w.answer)
	defer cancel()
	c, err := w.dialer.DialContext(ctx, "tcp", address)
	if err == nil {
		defer c.Close()
		by, _ := ctx.Deadline()
		c.SetDeadline(by)
		if _, err = c.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}); err == nil {
			_, err = io.ReadFull(c, make([]byte, 1))
		}
	}
	var wire net.Error
	return err == nil || !(errors.As(err, &wire) && wire.Timeout() || errors.Is(err, syscall.ECONNREFUSED) ||
		errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH))
}

// line is one connection, watched while somebody waits for an answer on it.
type line struct {
	net.Conn
	wire    wire
	watch   *time.Timer
	waiting atomic.Bool
	dead    atomic.Bool
}

func (l *line) Read(b []byte) (int, error) {
	l.waiting.Store(true)
	l.watch.Reset(l.wire.quiet)
	n, err := l.Conn.Read(b)
	l.waiting.Store(false)
	l.watch.Stop()
	if err != nil && l.dead.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Source: l.LocalAddr(), Addr: l.RemoteAddr(), Err: errLineDead}
	}
	return n, err
}

// look runs when somebody has waited long.
func (l *line) look() {
	if !l.waiting.Load() {
		return
	}
	if l.wire.answers(l.RemoteAddr().String()) {
		l.watch.Reset(l.wire.quiet)
		return
	}
	l.dead.Store(true)
	l.Close()
}

func (l *line) Close() error {
	l.watch.Stop()
	return l.Conn.Close()
}
