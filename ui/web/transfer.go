package web

import "ranzen/store/school"

// TransferLetters are what both schools are told when somebody changes between them, by language and without a name: mail is read
// by others.
func TransferLetters() map[string]school.Letter {
	out := map[string]school.Letter{}
	for _, l := range Langs {
		out[l.String()] = school.Letter{Subject: T(l, "letter.transfer.subject"), Body: T(l, "letter.transfer")}
	}
	return out
}

func init() {
	Add(Words{
		"letter.transfer.subject": {"Ein Schulwechsel mit iPad", "A change of schools with an iPad"},
		"letter.transfer":         {"Eine Person ist zwischen zwei Schulen Ihres Schulträgers gewechselt und hat ihr iPad mitgenommen. Wer es ist, steht im Verlauf der neuen Schule.", "A person changed between two schools of your authority and took the iPad along. Who it is stands in the history of the new school."},
	})
}
