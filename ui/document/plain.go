package document

import (
	"strings"

	"ranzen/store/school"
)

// Text is what a paper says, without its looks: for a letter.
func Text(p Paper) string {
	var b strings.Builder
	line := func(parts ...string) {
		if text := strings.TrimSpace(strings.Join(parts, "")); text != "" {
			b.WriteString(text + "\n")
		}
	}
	line(p.options().Title)
	for _, x := range p.Wording {
		if x.Kind != school.WordingPoint {
			b.WriteString("\n")
		}
		if x.Kind == school.WordingTable {
			p.tableText(x.Name, line)
			continue
		}
		text := map[school.WordingKind]string{school.WordingPoint: "– "}[x.Kind]
		for _, r := range p.runs(x.Runs) {
			text += r.Text
		}
		line(text)
	}
	return b.String()
}

func (p Paper) tableText(name string, line func(parts ...string)) {
	if name == "signatures" {
		for _, s := range p.Facts.Signers {
			if s.Signed != "" {
				line(s.Label, ": ", s.Name, ", ", s.Signed)
			}
		}
		return
	}
	t := p.Facts.Tables[name]
	if len(t.Rows) == 0 {
		line(t.None)
	}
	for _, row := range t.Rows {
		var said []string
		for _, text := range row {
			if text != "" {
				said = append(said, text)
			}
		}
		line("– ", strings.Join(said, " · "))
	}
}
