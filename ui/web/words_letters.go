package web

import "ranzen/store/school"

// Letters are a mail in every language.
func Letters(subject, body string) map[string]school.Letter {
	out := map[string]school.Letter{}
	for _, l := range Langs {
		out[l.String()] = school.Letter{Subject: T(l, subject), Body: T(l, body)}
	}
	return out
}

// TransferLetters and CrossingLetters are what schools are told of a change of schools, without a name: mail is read by others.
func TransferLetters() map[string]school.Letter {
	return Letters("letter.transfer.subject", "letter.transfer")
}

func CrossingLetters(a school.CrossingAnswer) map[string]school.Letter {
	body := "offered"
	if a != school.CrossingOpen {
		body = string(a)
	}
	return Letters("letter.crossing.subject", "letter.crossing."+body)
}

func init() {
	Add(Words{
		"letter.transfer.subject":  {"Ein Schulwechsel mit iPad", "A change of schools with an iPad"},
		"letter.transfer":          {"Eine Person ist zwischen zwei Schulen Ihres Schulträgers gewechselt und hat ihr iPad mitgenommen. Wer es ist, steht im Verlauf der neuen Schule.", "A person changed between two schools of your authority and took the iPad along. Who it is stands in the history of the new school."},
		"letter.crossing.subject":  {"Ein Schulwechsel", "A change of schools"},
		"letter.crossing.offered":  {"Eine Schule Ihres Schulträgers bietet Ihnen einen Schulwechsel an. Wer es ist, steht unter Personen, Schulwechsel. Bitte nehmen Sie dort auf oder lehnen Sie ab.", "A school of your authority offers you a change of school. Who it is stands under People, Changes of school. Please take the person in there, or decline."},
		"letter.crossing.taken":    {"Die andere Schule hat den Schulwechsel angenommen, den Sie angeboten haben. Person, Vertrag und iPad gehören jetzt zu ihr.", "The other school accepted the change of school you offered. Person, contract and iPad belong to it now."},
		"letter.crossing.declined": {"Die andere Schule hat den Schulwechsel abgelehnt, den Sie angeboten haben. Es hat sich nichts geändert.", "The other school declined the change of school you offered. Nothing changed."},
	})
}
