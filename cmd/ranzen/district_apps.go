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

// apps buys licences; nothing is assigned yet. Of one app there are too few for a class: whoever assigns it there is told before.
func (d *demo) apps(ctx context.Context, by school.Actor, district sim.District) error {
	weather := d.apple.Weather()
	d.apple.SetWeather(sim.Calm()) // what goes wrong later is caught by a job, not by this
	defer d.apple.SetWeather(weather)
	d.apple.Offer(demoApps...)
	l := d.apple.AddLocation("Schulen "+district.Name, district.Name)
	for i, n := range []int{80, 10, 200, 30} {
		l.Buy(demoApps[i].AdamID, n)
	}
	if _, err := d.s.Enroll.KeepContentToken(ctx, by, store.ContentToken{Name: "Alle Schulen"}, l.Token()); err != nil {
		return err
	}
	return d.s.Enroll.Licences(ctx, by.Tenant)
}
