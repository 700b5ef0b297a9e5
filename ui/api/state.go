package api

import (
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// stateView is what a device should be and what it reported, item by item, from the same code that decides what it is
// sent. Every item stands in exactly one list, with exactly one reason.
type stateView struct {
	At      time.Time  `json:"at"`
	Present []itemView `json:"present"` // reported by the device
	Missing []itemView `json:"missing"` // wanted and not reported
	Leaving []itemView `json:"leaving"` // on the device, no longer wanted
	Aside   []itemView `json:"aside"`   // wanted by somebody, set aside by a decision
}

type itemView struct {
	Key     string     `json:"key"`
	Name    string     `json:"name"`
	Profile *string    `json:"profile"`
	Version int        `json:"version"`
	Network bool       `json:"network"`
	Status  string     `json:"status"`
	Via     *viaView   `json:"via"`
	Reason  reasonView `json:"reason"`
}

// viaView says through which assignment something is valid. The name is that of the class, school …; of a person or device
// it is empty.
type viaView struct {
	Assignment string     `json:"assignment"`
	Level      string     `json:"level"`
	Name       string     `json:"name"`
	Fixed      bool       `json:"fixed"`
	Since      *time.Time `json:"since"`
	By         string     `json:"by"`
}

type reasonView struct {
	Code      string            `json:"code"`
	Args      map[string]string `json:"args"`
	Since     *time.Time        `json:"since"`
	Automatic bool              `json:"automatic"`
	Remedy    string            `json:"remedy"`
	Who       string            `json:"who"`
	Text      reasonText        `json:"text"`
	Evidence  []evidenceView    `json:"evidence"`
}

// reasonText is the reason in words, as the page of the device says it.
type reasonText struct {
	Headline string `json:"headline"`
	Why      string `json:"why"`
	Since    string `json:"since"`
	Helps    string `json:"helps"`
	Who      string `json:"who"`
}

type evidenceView struct {
	At   *time.Time `json:"at"`
	Code string     `json:"code"`
	Text string     `json:"text"`
}

// state explains a device the actor may see. It asks for the facts of the scope "this device" because these are whole:
// without the holder, whose name is not everybody's, the engine would come to another state than the one devices are
// steered by. The holder is named only if the store named him to this actor.
func (a *API) state(c *call, x store.DevicePage) (*stateView, error) {
	facts, have, err := a.st.ScopeFacts(c.ctx, c.by, school.Scope{Level: school.AtDevice, ID: string(x.ID)})
	if err != nil || len(facts) == 0 {
		return nil, err
	}
	f := facts[0]
	around := web.Around{Now: c.now, Class: f.Place.ClassName}
	if x.Holder != nil {
		around.Holder = x.Holder.Short()
	}
	out := &stateView{At: c.now.UTC(), Present: []itemView{}, Missing: []itemView{}, Leaving: []itemView{}, Aside: []itemView{}}
	for _, r := range mdm.Explain(mdm.Desired(f), have[0], f, c.now) {
		v := viewItem(c.lang, r, around)
		switch r.Status {
		case mdm.Confirmed, mdm.Held:
			out.Present = append(out.Present, v)
		case mdm.Leaving:
			out.Leaving = append(out.Leaving, v)
		case mdm.Aside:
			out.Aside = append(out.Aside, v)
		default:
			out.Missing = append(out.Missing, v)
		}
	}
	return out, nil
}

func viewItem(l web.Lang, r mdm.Reason, around web.Around) itemView {
	said := web.Why(l, r, around)
	v := itemView{Key: string(r.Item), Name: r.Name, Profile: idOrNull(r.Profile), Version: r.Number, Network: r.Network, Status: string(r.Status),
		Reason: reasonView{Code: string(r.Code), Args: map[string]string{}, Since: moment(r.Since), Automatic: r.Automatic, Remedy: string(r.Remedy), Who: string(r.Who),
			Text: reasonText{said.Headline, said.Why, said.Since, said.Helps, said.Who}, Evidence: []evidenceView{}}}
	if r.Via.Assignment != "" {
		v.Via = &viaView{string(r.Via.Assignment), r.Via.Level.String(), r.Via.ScopeName, r.Via.Fixed, moment(r.Via.Since), r.Via.By}
	}
	for name, value := range r.Args {
		v.Reason.Args[name] = value
	}
	for i, e := range r.Evidence {
		v.Reason.Evidence = append(v.Reason.Evidence, evidenceView{moment(e.At), string(e.Code), said.Proof[i].Text})
	}
	return v
}
