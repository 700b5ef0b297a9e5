package sheet

import (
	"testing"

	"ranzen/mdm"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// Whatever a device is asked, people can read what it means.
func TestDSG13_EveryQuestionHasWords(t *testing.T) {
	for _, o := range school.Ownerships {
		for _, q := range mdm.Sight(o) {
			items := q.Items
			if len(items) == 0 {
				items = []string{q.Request}
			}
			for _, i := range items {
				if _, said := web.Args(sightWords[i]); !said {
					t.Errorf("nobody can read what %s means", i)
				}
			}
		}
	}
}
