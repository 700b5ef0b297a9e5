package profiles

import "net/url"

// mailForm sets up a mailbox for whoever holds the iPad. It knows no password: the person types it once on the iPad, and no server
// keeps it. Address and name are those of the person, so that one profile serves everybody.
var mailForm = Form{Kind: "mail", Type: "com.apple.mail.managed", Groups: []Group{{Fields: []Field{
	{Name: "label", Key: "EmailAccountDescription", Kind: TextField, Required: true, Max: 60, Variables: true},
	{Name: "address", Key: "EmailAddress", Kind: TextField, Required: true, Default: "{{person.email}}", Max: 200, Variables: true},
	{Name: "name", Key: "EmailAccountName", Kind: TextField, Required: true, Default: "{{person.name}}", Max: 200, Variables: true},
	{Name: "kind", Key: "EmailAccountType", Kind: ChoiceField, Required: true, Options: []string{"EmailTypeIMAP", "EmailTypePOP"}, Default: "EmailTypeIMAP"},
	{Name: "incoming", Key: "IncomingMailServerHostName", Kind: TextField, Required: true, Max: 200},
	{Name: "incoming_port", Key: "IncomingMailServerPortNumber", Kind: NumberField, Default: "993", Min: 1, Max: 65535},
	{Name: "incoming_tls", Key: "IncomingMailServerUseSSL", Kind: BoolField, Default: "true"},
	{Name: "incoming_user", Key: "IncomingMailServerUsername", Kind: TextField, Required: true, Default: "{{person.email}}", Max: 200, Variables: true},
	{Name: "outgoing", Key: "OutgoingMailServerHostName", Kind: TextField, Required: true, Max: 200},
	{Name: "outgoing_port", Key: "OutgoingMailServerPortNumber", Kind: NumberField, Default: "465", Min: 1, Max: 65535},
	{Name: "outgoing_tls", Key: "OutgoingMailServerUseSSL", Kind: BoolField, Default: "true"},
	{Name: "outgoing_user", Key: "OutgoingMailServerUsername", Kind: TextField, Required: true, Default: "{{person.email}}", Max: 200, Variables: true},
	{Name: "prevent_move", Key: "PreventMove", Kind: BoolField, Default: "true"},
	{Name: "mail_only", Key: "PreventAppSheet", Kind: BoolField},
}}}, finish: func(d Dict, _ url.Values) FieldErrors {
	d["IncomingMailServerAuthentication"], d["OutgoingMailServerAuthentication"] = "EmailAuthPassword", "EmailAuthPassword"
	d["OutgoingPasswordSameAsIncomingPassword"] = true // typed once
	return nil
}}
