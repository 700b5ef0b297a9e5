package api

import (
	"time"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

type appView struct {
	ID          string  `json:"id"`
	Profile     *string `json:"profile"`
	School      *string `json:"school"`
	Item        string  `json:"item"`
	Kind        string  `json:"kind"`
	Name        string  `json:"name"`
	Bundle      string  `json:"bundle"`
	Seller      string  `json:"seller"`
	Version     string  `json:"version"`
	MinimumOS   string  `json:"minimum_os"`
	Size        int64   `json:"size"`
	ForDevices  bool    `json:"for_devices"`
	Bought      int     `json:"bought"`
	Used        int     `json:"used"`
	Free        int     `json:"free"`
	Asked       int     `json:"asked"`
	Elsewhere   int     `json:"elsewhere"`
	Waiting     int     `json:"waiting"`
	Assignments int     `json:"assignments"`
}

func viewApp(x store.App) appView {
	return appView{ID: x.ID, Profile: idOrNull(string(x.Profile)), School: idOrNull(string(x.School)), Item: x.AdamID, Kind: x.Product, Name: x.Name, Bundle: x.BundleID, Seller: x.Seller,
		Version: x.Version, MinimumOS: x.MinimumOS, Size: x.Size, ForDevices: x.ForDevices, Bought: x.Bought, Used: x.Used, Free: x.Free, Asked: x.Asked, Elsewhere: x.Elsewhere,
		Waiting: x.Short, Assignments: x.Assignments}
}

// apps is the catalogue with its licences. What is assigned is the profile of an app, as any other.
func (a *API) apps(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	page, err := a.st.Apps(c.ctx, c.by, store.AppFilter{Search: c.query.Get("q"), School: school.SchoolID(c.query.Get("school")), After: c.query.Get("after"), Limit: limit})
	return paged(page, viewApp), err
}

func (a *API) app(c *call) (answer, error) {
	x, err := a.st.AppOf(c.ctx, c.by, school.ProfileID(c.id()))
	return answer{body: viewApp(x)}, err
}

type newApp struct {
	Item   string `json:"item"`
	Name   string `json:"name"`
	Bundle string `json:"bundle"`
}

// nameApp adds an item of which the App Store tells nothing.
func (a *API) nameApp(c *call, b newApp) (answer, error) {
	id, err := a.st.NameApp(c.ctx, c.by, store.AppInfo{AdamID: b.Item, Name: b.Name, BundleID: b.Bundle}, profiles.NewApp)
	return created("/profiles/", id, ""), err
}

type licenceEntryView struct {
	At       *time.Time `json:"at"`
	Location string     `json:"location"`
	From     string     `json:"from"`
	To       string     `json:"to"`
	Amount   int        `json:"amount"`
	Cause    string     `json:"cause"`
}

func (a *API) licences(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	page, err := a.st.LicenceEntries(c.ctx, c.by, school.ProfileID(c.id()), c.query.Get("after"), limit)
	return paged(page, func(e store.LicenceEntry) licenceEntryView {
		return licenceEntryView{moment(e.At), e.Location, e.From, e.To, e.Amount, e.Cause}
	}), err
}
