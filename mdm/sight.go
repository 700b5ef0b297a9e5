package mdm

import (
	"slices"

	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// Question is one kind of thing devices are asked, with what exactly is asked for. A question without items asks for one
// thing, which its name says.
type Question struct {
	Request string
	Items   []string
}

// Sight lists everything devices of an ownership are ever asked by this package, whatever their version: the one source of
// what people are told can be seen. What is not here no command and no subscription asks for; a test holds it against what
// goes over the wire.
func Sight(o school.Ownership) []Question {
	f := school.Facts{Device: school.Device{Ownership: o, Confirmed: true}}
	queries := slices.Clone(Queries(f))
	slices.Sort(queries)
	items := ddm.StatusItems(func(string) bool { return true }, askedLittle(f.Device))
	if !askedLittle(f.Device) {
		items = append(items, ddm.ManagedApps)
	}
	return []Question{
		{Request: requests[Inventory], Items: queries},
		{Request: requests[ListProfile]},
		{Request: requests[Bypass]},
		{Request: requests[ListApps]},
		{Request: "StatusItems", Items: items},
	}
}

// orders are the requests that ask for nothing: they bring, remove or release.
var orders = []string{requests[Install], requests[RemoveStep], requests[Configured], requests[Declare], requests[InstallApp], requests[RemoveApp]}

// Asks reports whether a request asks a device for something.
func Asks(request string) bool { return !slices.Contains(orders, request) }
