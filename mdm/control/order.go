package control

import (
	"context"
	"encoding/json"
	"time"

	"github.com/micromdm/nanomdm/mdm"

	engine "ranzen/mdm"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// Orders of persons, as commands and as answers. What an order needs that is secret is read here, when it is handed out.

// orderBody adds to a command what its order says.
func (x *Control) orderBody(ctx context.Context, f school.Facts, o school.Order, c request) (err error) {
	say := func(key, value string) {
		if value != "" {
			c[key] = value
		}
	}
	switch a := o.Args; o.Kind {
	case school.Remove:
		c["Identifier"] = x.enrollmentIdentifier(f.Authority)
	case school.LockScreen, school.LostOn:
		say("Message", a.Message)
		say("PhoneNumber", a.Phone)
		say("Footnote", a.Footnote)
	case school.ClearPasscode:
		c["UnlockToken"], err = x.st.UnlockToken(ctx, f.Authority, f.Device.ID)
	case school.Rename:
		name := a.Name
		if name == "" {
			name = f.DeviceName()
		}
		c["Settings"] = []request{{"Item": "DeviceName", "DeviceName": name}}
	case school.DeleteUser:
		if a.User == "" {
			c["DeleteAllUsers"] = true
		} else {
			c["UserName"] = a.User
		}
		c["ForceDeletion"] = a.Force
	case school.Erase, school.Reset:
		c["PreserveDataPlan"] = true
		if o.Kind == school.Reset && f.Network.SSID != "" { // without one, somebody has to choose a network at the device
			var network []byte
			if network, err = profiles.SetupNetwork(f.Authority, f.Network); err == nil {
				c["ReturnToService"] = request{"Enabled": true, "WiFiProfileData": network}
			}
		}
	}
	return err
}

// orderReport is what of an answer to an order is read beside its frame.
type orderReport struct {
	Latitude           *float64
	Longitude          *float64
	HorizontalAccuracy *float64
	Timestamp          time.Time
	Users              []struct {
		UserName      string
		FullName      string
		IsLoggedIn    bool
		HasDataToSync bool
	}
	Settings []struct {
		Status     string
		ErrorChain []mdm.ErrorChain
	}
}

// orderTells are the keys it is read for.
var orderTells = [][]byte{[]byte("<key>Latitude</key>"), []byte("<key>Users</key>"), []byte("<key>Settings</key>")}

// Codes of a device in lost mode, or not.
const (
	notInLostMode = "MCMDMErrorDomain 12067"
	isInLostMode  = "MCMDMErrorDomain 12078"
)

// heardOrder says what an answer means for the order it answers, beside that it was answered.
func heardOrder(o *store.Observation, order school.Order, h *heard, a engine.Answer) {
	done := h.Status == "Acknowledged"
	switch order.Kind {
	case school.Erase, school.Reset:
		if done { // believed when it enrols anew
			o.OrderState, o.OrderResult, o.Accepted = school.Handed, "", true
		}
	case school.LostOn:
		if done && o.Have.LostAt.IsZero() {
			o.Have.LostAt = o.Now
		}
	case school.LostOff:
		if done || a.Code() == notInLostMode {
			o.OrderState, o.OrderResult, o.Have.LostAt = school.Done, "", time.Time{}
		}
	case school.Rename:
		for _, s := range h.order.Settings {
			if done && s.Status != "Acknowledged" {
				o.OrderState, o.OrderResult = school.Refused, codeOf(s.ErrorChain)
			}
		}
	case school.Locate:
		if at := h.order; done && at.Latitude != nil && at.Longitude != nil {
			o.OrderAnswer = answerOf(school.Location{Latitude: *at.Latitude, Longitude: *at.Longitude, Accuracy: number(at.HorizontalAccuracy), At: at.Timestamp})
		}
	case school.Users:
		users := []school.DeviceUser{}
		for _, u := range h.order.Users {
			users = append(users, school.DeviceUser{Login: u.UserName, Name: u.FullName, Here: u.IsLoggedIn, Unsaved: u.HasDataToSync})
		}
		if done {
			o.OrderAnswer = answerOf(users)
		}
	}
}

func codeOf(chain []mdm.ErrorChain) string {
	a := engine.Answer{Status: "Error"}
	for _, l := range chain {
		a.Chain = append(a.Chain, engine.ChainLink{Domain: l.ErrorDomain, Code: l.ErrorCode})
	}
	return a.Code()
}

func number(n *float64) float64 {
	if n == nil {
		return -1
	}
	return *n
}

// answerOf is an answer as it is kept: numbers and texts, which JSON always takes.
func answerOf(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

// orderOf finds the open order a command carried out.
func orderOf(orders []school.Order, id school.OrderID) (school.Order, bool) {
	for _, o := range orders {
		if o.ID == id && id != "" {
			return o, true
		}
	}
	return school.Order{}, false
}
