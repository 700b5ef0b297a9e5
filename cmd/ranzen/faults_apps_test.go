package main

import (
	"context"

	engine "ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store"
)

// What goes wrong with apps, in the same table as everything else.
func init() {
	faults = append(faults,
		&fault{name: "no licence", wrong: (*faulty).noLicence, until: (*faulty).licences, code: engine.NoLicence, why: "keine Lizenz frei", helps: "Lizenzen in Apple School Manager nachkaufen"},
		&fault{name: "an app for a newer iPadOS", wrong: (*faulty).newApp, code: engine.NeedsOS, why: "Die App braucht iPadOS 26", helps: "iPadOS aktualisieren"},
		&fault{name: "the app in the store is for a newer iPadOS", wrong: (*faulty).newerApp, code: engine.AppTooNew, why: "läuft nicht auf diesem iPad", helps: "iPadOS aktualisieren"},
		&fault{name: "no room for an app", wrong: (*faulty).noRoom, code: engine.AppNoRoom, why: "passt nicht auf das iPad", helps: "Auf dem iPad Fotos, Videos"},
		&fault{name: "the App Store is switched off", wrong: (*faulty).noStore, code: engine.AppStoreOff, why: "das Installieren von Apps ausgeschaltet", helps: "das Installieren von Apps erlauben"},
		&fault{name: "the content token is over", wrong: (*faulty).tokenOver, code: engine.TokenOver, why: "Apple nimmt das Inhalts-Token nicht mehr an", helps: "ein neues Inhalts-Token desselben Standorts"},
		&fault{name: "another system has the location", wrong: (*faulty).tokenForeign, code: engine.TokenForeign, why: "Ein anderes System verwaltet den Standort", helps: "Das Token im anderen System entfernen"},
	)
}

// sells opens a location of its own that owns so many licences of one app, and takes the app into the catalogue.
func (f *faulty) sells(name, adam, minimumOS string, licences int) *sim.Location {
	f.t.Helper()
	ctx := context.Background()
	f.d.apple.Offer(sim.App{AdamID: adam, BundleID: "example.app" + adam, Name: name, Version: "1.0", MinimumOS: minimumOS, Size: 2_000_000})
	l := f.d.apple.AddLocation(name, "Musterstadt")
	l.Buy(adam, licences)
	_, err := f.d.s.Enroll.KeepContentToken(ctx, f.by, store.ContentToken{}, l.Token())
	f.must(err)
	f.must(f.d.s.Enroll.Licences(ctx, f.by.Tenant))
	list, err := f.d.s.Store.Apps(ctx, f.by, store.AppFilter{Search: name})
	f.must(err)
	p, err := f.d.s.Store.Profile(ctx, f.by, list.Rows[0].Profile)
	f.must(err)
	f.of[name], f.made[name] = p.ID, p.Latest
	return l
}

// licences is what the job does.
func (f *faulty) licences(*fault) { f.must(f.d.s.Enroll.Licences(context.Background(), f.by.Tenant)) }

func (f *faulty) noLicence(x *fault) {
	f.sells("Zeichnen", "3001", "15.0", 0)
	f.to(x, "Zeichnen")
}

func (f *faulty) newApp(x *fault) {
	f.sells("Neuland", "3002", "26.0", 1)
	f.to(x, "Neuland")
}

func (f *faulty) newerApp(x *fault) {
	f.sells("Wetter", "3003", "15.0", 1)
	f.d.apple.Offer(sim.App{AdamID: "3003", BundleID: "example.app3003", Name: "Wetter", Version: "2.0", MinimumOS: "26.0", Size: 2_000_000})
	f.to(x, "Wetter")
}

func (f *faulty) noRoom(x *fault) {
	f.sells("Film", "3004", "15.0", 1)
	f.ipad(x).Set(sim.FullStorage, true)
	f.to(x, "Film")
}

func (f *faulty) noStore(x *fault) {
	f.sells("Karten", "3005", "15.0", 1)
	f.ipad(x).ForbidStore(true)
	f.to(x, "Karten")
}

func (f *faulty) tokenOver(x *fault) {
	f.sells("Chor", "3006", "15.0", 1).Revoke()
	f.to(x, "Chor")
}

func (f *faulty) tokenForeign(x *fault) {
	l := f.sells("Chemie", "3007", "15.0", 1)
	l.Claim("other", "Anderes System")
	tokens, err := f.d.s.Store.ContentTokens(context.Background(), f.by)
	f.must(err)
	for _, t := range tokens {
		f.must(f.d.s.Store.WantContent(context.Background(), f.by, t.ID))
	}
	f.to(x, "Chemie")
}
