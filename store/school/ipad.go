package school

import (
	"slices"
	"strconv"
	"strings"
)

// ipadModel is a model of the iPad by the names it gives itself.
type ipadModel struct {
	products []string
	shown    int  // the year it was first sold
	plain    bool // „iPad“ without another word: Apple serves those a year less
	last     int  // the newest iPadOS it gets; 0: no end is known
}

// ipadModels are the iPads schools have, the oldest first.
// Documents: Apple "Identify your iPad model" (support.apple.com/108043) for the years, "iPad models compatible with iPadOS 15",
// 16, 17, 18 and 26 (iPad User Guide) for what each of them serves.
var ipadModels = []ipadModel{
	{[]string{"iPad5,3", "iPad5,4"}, 2014, false, 15},                            // Air 2
	{[]string{"iPad5,1", "iPad5,2"}, 2015, false, 15},                            // mini 4
	{[]string{"iPad6,7", "iPad6,8"}, 2015, false, 16},                            // Pro 12.9 (1)
	{[]string{"iPad6,3", "iPad6,4"}, 2016, false, 16},                            // Pro 9.7
	{[]string{"iPad6,11", "iPad6,12"}, 2017, true, 16},                           // iPad (5)
	{[]string{"iPad7,1", "iPad7,2", "iPad7,3", "iPad7,4"}, 2017, false, 17},      // Pro 12.9 (2), Pro 10.5
	{[]string{"iPad7,5", "iPad7,6"}, 2018, true, 17},                             // iPad (6)
	{[]string{"iPad7,11", "iPad7,12"}, 2019, true, 18},                           // iPad (7)
	{[]string{"iPad8,1", "iPad8,2", "iPad8,3", "iPad8,4"}, 2018, false, 0},       // Pro 11 (1)
	{[]string{"iPad8,5", "iPad8,6", "iPad8,7", "iPad8,8"}, 2018, false, 0},       // Pro 12.9 (3)
	{[]string{"iPad11,1", "iPad11,2", "iPad11,3", "iPad11,4"}, 2019, false, 0},   // mini (5), Air (3)
	{[]string{"iPad8,9", "iPad8,10", "iPad8,11", "iPad8,12"}, 2020, false, 0},    // Pro 11 (2), Pro 12.9 (4)
	{[]string{"iPad11,6", "iPad11,7"}, 2020, true, 0},                            // iPad (8)
	{[]string{"iPad13,1", "iPad13,2"}, 2020, false, 0},                           // Air (4)
	{[]string{"iPad13,4", "iPad13,5", "iPad13,6", "iPad13,7"}, 2021, false, 0},   // Pro 11 (3)
	{[]string{"iPad13,8", "iPad13,9", "iPad13,10", "iPad13,11"}, 2021, false, 0}, // Pro 12.9 (5)
	{[]string{"iPad12,1", "iPad12,2"}, 2021, true, 0},                            // iPad (9)
	{[]string{"iPad14,1", "iPad14,2"}, 2021, false, 0},                           // mini (6)
	{[]string{"iPad13,16", "iPad13,17"}, 2022, false, 0},                         // Air (5)
	{[]string{"iPad13,18", "iPad13,19"}, 2022, true, 0},                          // iPad (10)
	{[]string{"iPad14,3", "iPad14,4", "iPad14,5", "iPad14,6"}, 2022, false, 0},   // Pro 11 (4), Pro 12.9 (6)
	{[]string{"iPad14,8", "iPad14,9", "iPad14,10", "iPad14,11"}, 2024, false, 0}, // Air (M2)
	{[]string{"iPad16,3", "iPad16,4", "iPad16,5", "iPad16,6"}, 2024, false, 0},   // Pro (M4)
	{[]string{"iPad16,1", "iPad16,2"}, 2024, false, 0},                           // mini (A17 Pro)
	{[]string{"iPad15,3", "iPad15,4", "iPad15,5", "iPad15,6"}, 2025, false, 0},   // Air (M3)
	{[]string{"iPad15,7", "iPad15,8"}, 2025, true, 0},                            // iPad (A16)
	{[]string{"iPad17,1", "iPad17,2", "iPad17,3", "iPad17,4"}, 2025, false, 0},   // Pro (M5)
}

// How many years Apple serves a model, counted from the year it was first sold: no model in the table whose end is known had fewer.
const (
	plainServed = 6
	otherServed = 7
)

// estimate is until which year the model would get every new iPadOS if Apple does as before.
func (m ipadModel) estimate() int {
	if m.plain {
		return m.shown + plainServed
	}
	return m.shown + otherServed
}

// osYear is the year in which a version of iPadOS appeared: from 26 on they are called by the year after it.
func osYear(major int) int {
	if major >= 26 {
		return major + 1999
	}
	return major + 2006
}

// ServedUntil says until which year a model gets every new iPadOS: until the autumn in which the first one appears that it does
// not get. Where Apple's list or the table knows the last one that is a fact; where Apple has not said it is estimated by what was
// before, and never shorter than what its list promises. 0: the model is not known.
func (l Releases) ServedUntil(product string) (year int, estimated bool) {
	newest, still := l.Serves(product)
	text, _, _ := strings.Cut(newest, ".")
	major, _ := strconv.Atoi(text)
	if newest != "" && !still {
		return osYear(major) + 1, false
	}
	for _, m := range ipadModels {
		if !slices.Contains(m.products, product) {
			continue
		}
		if m.last > 0 {
			return osYear(m.last) + 1, false
		}
		year = m.estimate()
	}
	if year > 0 && newest != "" {
		year = max(year, osYear(major)+1)
	}
	return year, year > 0
}
