package control

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/micromdm/nanomdm/mdm"
)

// samePlain holds what is read by hand against what nanomdm reads; it reports whether anything was read by hand.
func samePlain(t *testing.T, body []byte) (read bool) {
	t.Helper()
	p, ok := readPlain(body)
	if !ok {
		return false
	}
	if m, ok := p.results(body); ok {
		read = true
		if want, err := mdm.DecodeCommandResults(body); err != nil || cmp.Diff(want, m) != "" {
			t.Errorf("nanomdm reads otherwise (%v):\n%s\n%s", err, cmp.Diff(want, m), body)
		}
	}
	if m, ok := p.declarative(body); ok {
		read = true
		if want, err := mdm.DecodeCheckin(body); err != nil || cmp.Diff(want, any(m)) != "" {
			t.Errorf("nanomdm reads otherwise (%v):\n%s\n%s", err, cmp.Diff(want, any(m)), body)
		}
	}
	return read
}

const (
	plainHead = xmlHead + "\n" + xmlDoctype + "\n" + xmlPlist + "\n<dict>\n"
	plainEnd  = "</dict>\n</plist>\n"
)

var plainMessages = map[string]struct {
	body string
	read bool
}{
	"Idle":                  {plainHead + "\t<key>Status</key>\n\t<string>Idle</string>\n\t<key>UDID</key>\n\t<string>U-1</string>\n" + plainEnd, true},
	"Acknowledged":          {plainHead + "<key>CommandUUID</key><string>C-1</string><key>Status</key><string>Acknowledged</string><key>UDID</key><string>U-1</string>" + plainEnd, true},
	"a user's":              {plainHead + "<key>Status</key><string>Idle</string><key>UDID</key><string>U</string><key>UserID</key><string>I</string><key>UserShortName</key><string>S</string><key>UserLongName</key><string>L L</string><key>EnrollmentID</key><string>E</string><key>EnrollmentUserID</key><string>EU</string>" + plainEnd, true},
	"with what it found":    {plainHead + "<key>ActivationLockBypassCode</key><string>A-B</string><key>Status</key><string>Acknowledged</string><key>More</key><data>AAAA</data>" + plainEnd, true},
	"tokens":                {plainHead + "<key>Endpoint</key><string>tokens</string><key>MessageType</key><string>DeclarativeManagement</string><key>UDID</key><string>U-1</string>" + plainEnd, true},
	"status":                {plainHead + "<key>Data</key><data>\n\te30K\n\te30=\n\t</data><key>Endpoint</key><string>status</string><key>MessageType</key><string>DeclarativeManagement</string>" + plainEnd, true},
	"no data":               {plainHead + "<key>Data</key><data></data><key>Endpoint</key><string>status</string><key>MessageType</key><string>DeclarativeManagement</string>" + plainEnd, true},
	"blanks for data":       {plainHead + "<key>Data</key><data> \n </data><key>Endpoint</key><string>status</string><key>MessageType</key><string>DeclarativeManagement</string>" + plainEnd, true},
	"an empty text":         {plainHead + "<key>Status</key><string>Idle</string><key>UDID</key><string></string>" + plainEnd, true},
	"blanks in a text":      {plainHead + "<key>Status</key><string> Idle\n</string>" + plainEnd, true},
	"no head":               {xmlPlist + "<dict><key>Status</key><string>Idle</string>" + plainEnd, true},
	"another check-in":      {plainHead + "<key>MessageType</key><string>CheckOut</string><key>UDID</key><string>U-1</string>" + plainEnd, false},
	"no status":             {plainHead + "<key>UDID</key><string>U-1</string>" + plainEnd, false},
	"an empty dictionary":   {plainHead + plainEnd, false},
	"an error":              {plainHead + "<key>ErrorChain</key><array></array><key>Status</key><string>Error</string>" + plainEnd, false},
	"a text for an error":   {plainHead + "<key>ErrorChain</key><string></string><key>Status</key><string>Error</string>" + plainEnd, false},
	"a key twice":           {plainHead + "<key>Status</key><string>Idle</string><key>Status</key><string>Error</string>" + plainEnd, false},
	"an entity":             {plainHead + "<key>Status</key><string>Idle&amp;</string>" + plainEnd, false},
	"a comment":             {plainHead + "<!-- --><key>Status</key><string>Idle</string>" + plainEnd, false},
	"a comment in a text":   {plainHead + "<key>Status</key><string>Id<!-- -->le</string>" + plainEnd, false},
	"CDATA":                 {plainHead + "<key>Status</key><string><![CDATA[Idle]]></string>" + plainEnd, false},
	"the end of CDATA":      {plainHead + "<key>Status</key><string>Idle]]></string>" + plainEnd, false},
	"a carriage return":     {plainHead + "<key>Status</key><string>Idle\r\n</string>" + plainEnd, false},
	"an umlaut":             {plainHead + "<key>Status</key><string>Ödle</string>" + plainEnd, false},
	"half a letter":         {plainHead + "<key>Status</key><string>\xc3</string>" + plainEnd, false},
	"a short element":       {plainHead + "<key>Status</key><string>Idle</string><key>UDID</key><string/>" + plainEnd, false},
	"a number":              {plainHead + "<key>Status</key><string>Idle</string><key>N</key><integer>1</integer>" + plainEnd, false},
	"data for a text":       {plainHead + "<key>Status</key><data>AAAA</data>" + plainEnd, false},
	"a text for data":       {plainHead + "<key>Data</key><string>e30K</string><key>Endpoint</key><string>status</string><key>MessageType</key><string>DeclarativeManagement</string>" + plainEnd, false},
	"no base64":             {plainHead + "<key>Data</key><data>!</data><key>Endpoint</key><string>status</string><key>MessageType</key><string>DeclarativeManagement</string>" + plainEnd, false},
	"more than one":         {plainHead + "<key>Status</key><string>Idle</string>" + plainEnd + xmlPlist + "<dict/></plist>", false},
	"a key without a value": {plainHead + "<key>Status</key><string>Idle</string><key>UDID</key>" + plainEnd, false},
	"not to its end":        {plainHead + "<key>Status</key><string>Idle</string></dict>", false},
	"nothing":               {"", false},
}

func TestPlainMessages(t *testing.T) {
	for name, c := range plainMessages {
		if read := samePlain(t, []byte(c.body)); read != c.read {
			t.Errorf("%s: read by hand: %v", name, read)
		}
	}
}

// What is read by hand is read as nanomdm reads it.
func FuzzPlain(f *testing.F) {
	for _, c := range plainMessages {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { samePlain(t, body) })
}
