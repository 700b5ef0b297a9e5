package control

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"time"

	engine "ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// renewalChallenge is how long the secret in a renewal profile is good. The device may install it days later.
const renewalChallenge = 7 * 24 * time.Hour

// body makes the command of a step as a property list. An order of kind raw brings its own, with its own UUID.
func (x *Control) body(ctx context.Context, f school.Facts, have school.Reported, s engine.Step, id *string) (body []byte, kind string, snapshot *store.Snapshot, err error) {
	kind = s.Request()
	c := request{"RequestType": kind}
	switch s.Kind {
	case engine.Operator:
		*id = s.Order.UUID
		if s.Order.Kind == school.Raw {
			return s.Order.Body, kind, nil, nil
		}
		err = x.orderBody(ctx, f, *s.Order, c)
	case engine.Install:
		c["Payload"], err = x.deliver(ctx, f, *s.Item)
	case engine.InstallApp:
		if err = installApp(c, f, *s.Item); err == nil {
			body, err = c.list(*id)
			return body, kind, nil, err
		}
	case engine.RemoveApp:
		c["Identifier"], _ = s.Key.Bundle()
	case engine.RemoveStep:
		c["Identifier"] = string(s.Key)
	case engine.Inventory:
		c["Queries"] = s.Queries
	case engine.ListApps:
		c["Identifiers"] = s.Queries
	case engine.ListProfile:
		c["ManagedOnly"] = true
	case engine.Declare:
		var data []byte
		if snapshot, err = snapshotOf(engine.OutlineOf(x.frames.desired(f), have, f), s.Token); err == nil {
			data, err = ddm.Tokens(s.Token, x.st.Now())
			c["Data"] = data
		}
	case engine.Renew:
		c["Payload"], err = x.renewal(ctx, f)
	}
	if err != nil {
		return nil, "", nil, err
	}
	return c.text(*id), kind, snapshot, nil
}

// request is a dictionary of a command: texts, bytes, lists of texts, truths and dictionaries by their keys.
type request map[string]any

// text writes the command as a property list. What all devices get so often is written without plist, whose encoder takes as long
// as all else of a command.
func (c request) text(id string) []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead + "\n" + xmlDoctype + "\n" + xmlPlist + "<dict><key>Command</key>")
	c.write(&b)
	b.WriteString("<key>CommandUUID</key>")
	writeText(&b, id)
	b.WriteString("</dict></plist>\n")
	return b.Bytes()
}

func (c request) write(b *bytes.Buffer) {
	b.WriteString("<dict>")
	for _, key := range slices.Sorted(maps.Keys(c)) {
		b.WriteString("<key>" + key + "</key>")
		switch v := c[key].(type) {
		case string:
			writeText(b, v)
		case []byte:
			b.WriteString("<data>")
			b.Write(base64.StdEncoding.AppendEncode(b.AvailableBuffer(), v))
			b.WriteString("</data>")
		case []string:
			b.WriteString("<array>")
			for _, x := range v {
				writeText(b, x)
			}
			b.WriteString("</array>")
		case bool:
			fmt.Fprintf(b, "<%t/>", v)
		case request:
			v.write(b)
		case []request:
			b.WriteString("<array>")
			for _, x := range v {
				x.write(b)
			}
			b.WriteString("</array>")
		}
	}
	b.WriteString("</dict>")
}

func writeText(b *bytes.Buffer, s string) {
	b.WriteString("<string>")
	xml.EscapeText(b, []byte(s)) // a buffer takes everything
	b.WriteString("</string>")
}

// deliver renders and signs a profile for one device.
func (x *Control) deliver(ctx context.Context, f school.Facts, i engine.Item) ([]byte, error) {
	render := func() ([]byte, error) { return i.Deliver(f) }
	if len(i.Content.Variables) > 0 { // nobody else gets the same
		b, err := render()
		if err != nil {
			return nil, err
		}
		return x.sign(ctx, f.Authority, b)
	}
	p, err := x.papersOf(ctx, f.Authority)
	if err != nil {
		return nil, err
	}
	return x.signed.sign(p.Signer, i.Hash, render, x.st.Now())
}

func (x *Control) sign(ctx context.Context, a school.AuthorityID, b []byte) ([]byte, error) {
	p, err := x.papersOf(ctx, a)
	if err != nil {
		return nil, err
	}
	return p.Signer.SignCMS(b, x.st.Now())
}

func (x *Control) enrollmentIdentifier(a school.AuthorityID) string {
	return profiles.EnrollmentIdentifier(a)
}

// renewal is the enrolment profile with a fresh challenge, bound to this enrolment and marked for renewal: the
// certificate issued for it switches the identity and begins no new enrolment.
func (x *Control) renewal(ctx context.Context, f school.Facts) ([]byte, error) {
	secret, err := x.st.NewChallenge(ctx, store.Challenge{Authority: f.Authority, Purpose: store.ForRenew, Device: f.Device.ID, Enrollment: f.Enrollment,
		UDID: f.Device.UDID, Serial: f.Device.Serial, Expires: x.st.Now().Add(renewalChallenge)})
	if err != nil {
		return nil, err
	}
	topic, err := x.st.PushTopic(ctx, f.Authority)
	if err != nil {
		return nil, err
	}
	v := profiles.EnrollmentFor(f.Authority, f.OrgName, x.base, topic, secret)
	v.CommonName, v.Roots = string(f.Device.ID), x.roots
	if f.Network.SSID != "" && f.Device.Confirmed { // its password is not for whoever had a code
		v.Network = &f.Network
	}
	b, err := profiles.Enrollment(v)
	if err != nil {
		return nil, err
	}
	return x.sign(ctx, f.Authority, b)
}
