package control

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/plist"
	"pgregory.net/rapid"
)

// What is written by hand is a command, and says what it was given.
func TestACommandIsAPropertyList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		printed := rapid.StringOf(rapid.RuneFrom([]rune("aZ9 <>&\"'ÄßÖ中\n\t")))
		c := request{"RequestType": "InstallProfile"}
		c["Identifier"] = printed.Draw(t, "identifier")
		c["Payload"] = rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "payload")
		c["Queries"] = rapid.SliceOfN(printed, 1, 5).Draw(t, "queries")
		c["ManagedOnly"] = rapid.Bool().Draw(t, "managed")
		c["Settings"] = []request{{"Item": "DeviceName", "DeviceName": printed.Draw(t, "name")}}
		c["ReturnToService"] = request{"Enabled": true}
		body := c.text("C-1")
		if x, err := mdm.DecodeCommand(body); err != nil || x.CommandUUID != "C-1" || x.Command.RequestType != "InstallProfile" {
			t.Fatalf("nanomdm reads %+v %v of\n%s", x, err, body)
		}
		var read struct {
			Command struct {
				RequestType, Identifier string
				Payload                 []byte
				Queries                 []string
				ManagedOnly             bool
				Settings                []struct{ Item, DeviceName string }
				ReturnToService         struct{ Enabled bool }
			}
		}
		if err := plist.Unmarshal(body, &read); err != nil {
			t.Fatal(err)
		}
		got := request{"RequestType": read.Command.RequestType, "Identifier": read.Command.Identifier, "Payload": read.Command.Payload, "Queries": read.Command.Queries, "ManagedOnly": read.Command.ManagedOnly,
			"ReturnToService": request{"Enabled": read.Command.ReturnToService.Enabled}, "Settings": []request{}}
		for _, x := range read.Command.Settings {
			got["Settings"] = append(got["Settings"].([]request), request{"Item": x.Item, "DeviceName": x.DeviceName})
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}
