package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/micromdm/plist"
)

// The connect protocol. Apple: "Handling NotNow status responses", "Sending MDM commands to a device".

const (
	connectType  = "application/x-apple-aspen-mdm; charset=UTF-8"
	commandsMost = 500 // in one session; a server that sends more is broken, and the iPad says so
	pollPause    = 10 * time.Second
	restartPause = 30 * time.Second
	eraseTakes   = 20 * time.Second
)

// session delivers what is owed, then asks for work until the server has none. False means it was cut off and will be tried again.
func (i *IPad) session(ctx context.Context) bool {
	life := i.s.Life
	if !i.checkIn(ctx) {
		return false
	}
	i.s.Owed.Connect, i.s.Owed.PollAgain = true, false
	report := i.s.Owed.Report
	if report == nil {
		report = i.report("Idle", "", nil)
	}
	notNow := false
	for range commandsMost {
		answer, ok := i.send(ctx, i.s.Enrolment.ServerURL, connectType, report)
		if !ok || i.s.Life != life {
			return false
		}
		i.s.Owed.Report = nil
		if after := i.s.Owed.After; after != "" {
			i.s.Owed.After = ""
			i.goAway(ctx, after)
			return false
		}
		if len(answer) == 0 {
			i.s.Owed.Connect = false
			if i.s.Owed.PollAgain = notNow; notNow && !i.s.Locked {
				i.fleet.plan(i, duePoll, pollPause+i.dice.upTo(pollPause))
			}
			return true
		}
		cmd, err := readCommand(answer)
		if err != nil {
			return i.failed(dueRetry, err)
		}
		result := i.obey(ctx, cmd)
		if i.s.Life != life {
			return false
		}
		notNow = result.status == "NotNow"
		report = i.report(result.status, cmd.uuid, result.fields)
		i.s.Owed.Report, i.s.Owed.After = report, result.after
	}
	return i.failed(dueRetry, fmt.Errorf("sim: a session with more than %d commands", commandsMost))
}

// report writes what an iPad says on the connect URL.
func (i *IPad) report(status, uuid string, fields map[string]any) []byte {
	m := map[string]any{"UDID": i.spec.UDID, "Status": status}
	if uuid != "" {
		m["CommandUUID"] = uuid
	}
	for k, v := range fields {
		m[k] = v
	}
	body, err := plist.Marshal(m)
	if err != nil { // an answer that cannot be written is an error of the command
		body, _ = plist.Marshal(map[string]any{"UDID": i.spec.UDID, "Status": "Error", "CommandUUID": uuid, "ErrorChain": chain(&profileError{"MCMDMErrorDomain", 12000, err.Error()})})
	}
	return body
}

// goAway is what happens once the acknowledgement has arrived.
func (i *IPad) goAway(ctx context.Context, how string) {
	switch how {
	case afterErase:
		if i.dice.happens(i.weather().NoErase) {
			i.s.Owed.Network = nil
			i.s.Owed.Connect = true
			i.fleet.replan(i, dueRetry, eraseTakes)
			return
		}
		network := i.s.Owed.Network
		i.erase()
		if network != nil {
			i.s.Remembered = []wifi{*network}
		}
		i.fleet.plan(i, dueUnbox, eraseTakes)
	case afterRestart:
		i.s.Asleep = true
		i.s.Owed.Connect = false
		i.fleet.replan(i, dueWake, restartPause)
	case afterShutdown:
		i.s.Off = true
		i.s.Owed.Connect = false
	case afterCheckOut:
		i.checkOutAndLeave(ctx, "the server removed the enrolment profile")
	}
}

const (
	afterErase    = "erase"
	afterRestart  = "restart"
	afterShutdown = "shutdown"
	afterCheckOut = "checkout"
)

// command is one order of the server.
type command struct {
	uuid  string
	kind  string
	parts map[string]any
}

var errNoCommand = errors.New("sim: the answer of the server is no command")

func readCommand(body []byte) (command, error) {
	m, err := readPlist(body)
	if err != nil {
		return command{}, err
	}
	c := command{uuid: text(m, "CommandUUID"), parts: dict(m, "Command")}
	if c.uuid == "" || c.parts == nil {
		return command{}, errNoCommand
	}
	c.kind = text(c.parts, "RequestType")
	return c, nil
}

// result is how a command went.
type result struct {
	status string
	fields map[string]any
	after  string
}

func acknowledged(fields map[string]any) result {
	return result{status: "Acknowledged", fields: fields}
}

func failure(err error) result {
	return result{status: "Error", fields: map[string]any{"ErrorChain": chain(err)}}
}

// chain is an ErrorChain as profile installation gives it: the cause last.
func chain(err error) []map[string]any {
	var e *profileError
	if !errors.As(err, &e) {
		e = &profileError{"MCMDMErrorDomain", 12000, err.Error()}
	}
	link := func(e *profileError) map[string]any {
		return map[string]any{"ErrorCode": e.code, "ErrorDomain": e.domain, "LocalizedDescription": e.text, "USEnglishDescription": e.text}
	}
	if e.domain == "MCProfileErrorDomain" {
		return []map[string]any{link(installFailed(4000, "The profile could not be installed.")), link(e)}
	}
	return []map[string]any{link(e)}
}
