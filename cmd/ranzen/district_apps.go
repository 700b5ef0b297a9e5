package main

import (
	"context"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
)

// demoApps is what the played App Store sells.
var demoApps = []sim.App{
	{AdamID: "900100101", BundleID: "example.musterstadt.malkasten", Name: "Malkasten", Seller: "Lernwerk Musterstadt", Version: "2.4", MinimumOS: "15.0", Size: 180_000_000},
	{AdamID: "900100102", BundleID: "example.musterstadt.notizheft", Name: "Notizheft", Seller: "Lernwerk Musterstadt", Version: "5.1", MinimumOS: "16.0", Size: 260_000_000},
	{AdamID: "900100103", BundleID: "example.musterstadt.hausapp", Name: "Hausapp der Schulen", Seller: "Musterstadt", Version: "1.3", MinimumOS: "15.0", Size: 40_000_000, Custom: true},
	{AdamID: "900100104", Name: "Lesebuch 7", Seller: "Beispielverlag", Version: "1", Size: 90_000_000, Book: true, UserOnly: true},
}

// apps buys licences and gives two apps away: one to a whole school, and one to a class with a licence too few, to be seen on the page of
// the app.
func (d *demo) apps(ctx context.Context, by school.Actor, district sim.District, f found) error {
	weather := d.apple.Weather()
	d.apple.SetWeather(sim.Calm()) // what goes wrong later is caught by a job, not by this
	defer d.apple.SetWeather(weather)
	d.apple.Offer(demoApps...)
	l := d.apple.AddLocation("Schulen "+district.Name, district.Name)
	at, class, size := appClass(district)
	for i, n := range []int{80, max(1, size-1), 200, 30} {
		l.Buy(demoApps[i].AdamID, n)
	}
	if _, err := d.s.Enroll.KeepContentToken(ctx, by, store.ContentToken{Name: "Alle Schulen"}, l.Token()); err != nil {
		return err
	}
	if err := d.s.Enroll.Licences(ctx, by.Tenant); err != nil || d.cmd.District != "demo" || at == "" {
		return err
	}
	if err := d.give(ctx, by, demoApps[0].Name, school.Scope{Level: school.AtSchool, ID: string(f.schools[at])}); err != nil {
		return err
	}
	return d.give(ctx, by, demoApps[1].Name, school.Scope{Level: school.AtClass, ID: string(f.classes[at+"/"+class])})
}

// appClass is the class with most iPads outside the school of the tour.
func appClass(district sim.District) (at, class string, size int) {
	count := map[[2]string]int{}
	for _, x := range district.Devices {
		if x.School == demoSchool || x.Class == "" {
			continue
		}
		key := [2]string{x.School, x.Class}
		if count[key]++; count[key] > size || count[key] == size && x.School+x.Class < at+class {
			at, class, size = x.School, x.Class, count[key]
		}
	}
	return at, class, size
}

// give assigns an app of the catalogue.
func (d *demo) give(ctx context.Context, by school.Actor, name string, to school.Scope) error {
	list, err := d.s.Store.Apps(ctx, by, store.AppFilter{Search: name})
	if err != nil || len(list.Rows) == 0 {
		return err
	}
	p, err := d.s.Store.Profile(ctx, by, list.Rows[0].Profile)
	if err != nil {
		return err
	}
	_, _, err = d.s.Store.Assign(ctx, by, school.Assignment{Scope: to, Profile: p.ID, Version: p.Latest, Mode: school.Required})
	return err
}
