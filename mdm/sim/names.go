package sim

import "strings"

// Names of people who do not exist. They carry what breaks rosters: umlauts, ß, hyphens, apostrophes, Turkish and Polish
// letters, a Vietnamese accent, particles and double names. The lists leave out what together would name somebody known.
var (
	pupilNames = strings.Fields(`Mila Emma Leonie Johanna Charlotte Frieda Ida Marlene Greta Luisa Hannah Mathilda Romy Elif Zeynep Ayşe Nur Ecrin
		Zuzanna Małgorzata Agnieszka Łucja Amelia Yara Layla Amira Sofía Chloé Zoë Jana Merle Wiebke Antonia Josephine Paula Helene
		Mia-Sophie Anna-Lena Ann-Kathrin Noah Elias Anton Oskar Henry Jakob Mattis Theo Emil Fynn Ole Bjarne Jasper Hannes Konstantin
		Leonard Mats Linus Yusuf Ömer Emir Çınar Kağan Deniz Wojciech Krzysztof Stanisław Mikołaj Amir Karim Ilyas Nguyên Björn Sören
		Jörn Käthe Jürn Karl-Heinz Hans-Jakob Jean-Luc Raphaël René Till Veit Ruben Levin Malte Tjark`)
	staffNames = strings.Fields(`Katrin Petra Ulrike Silke Birgit Heike Gabriele Annegret Bärbel Jutta Dörte Gül Fatma Bożena Grażyna Renate
		Jörg Jürgen Uwe Holger Volker Bernd Detlef Götz Rüdiger Ünal Zbigniew Tomasz Karl-Friedrich Eva-Maria Hans-Jürgen Friederike`)
	familyNames = strings.Fields(`Müller Äpfelbach Różański Weber Meyer Wagner Backer Schäfer Köhler Krüger Schröer Jäger Böhmke Lößner Weißgerber Groß Preuß Strauß-Winter
		Übelacker Öztürk Yılmaz Çelik Şahin Demirtaş Aydoğan Kılıç Güneş Wójcik Kamiński Woźniak Zieliński Jabłoński Grzegorczyk Łukasik
		Nguyen Al-Hamad Haddad Petrović Marković Horvat Novák Papadopoulos O'Brien D'Angelo Färber Töpfer Sattler Küster Drexel Wöhrle Häberle
		Öhlmann Brückner Kühnel Vögele Rößler Bußmann Heßling Weiß Ahlers-Brandhorst Meyer-Sieben Kleinschrot Großmann Dühring Fährmann
		Schmitz-Köster Hülsmann Lütkehaus Möllenbeck Niehüser Overbeck Pöppelmann Quint Rehkämper Stöckmann Tigges Ueberschär Vossbrink Wiethoff Zurmühlen
		vonderHeide zumBrink Osterkamp Hagedorn Kirchhoff Lohmann Brinkmann Dirks Eilers Focken Gerdes Harms Janßen Kleen Lübben Meents`)
)

// spacedNames are family names with a space, which strings.Fields cannot hold.
var spacedNames = map[string]string{"vonderHeide": "von der Heide", "zumBrink": "zum Brink"}

func (d *dice) person(given []string) (string, string) {
	g, f := given[d.below(len(given))], familyNames[d.below(len(familyNames))]
	if spaced, ok := spacedNames[f]; ok {
		f = spaced
	}
	return g, f
}
