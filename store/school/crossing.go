package school

// CrossingID is a change of schools that one school offered to another.
type CrossingID string

// CrossingAnswer is what became of it.
type CrossingAnswer string

const (
	CrossingOpen      CrossingAnswer = ""
	CrossingTaken     CrossingAnswer = "taken"
	CrossingDeclined  CrossingAnswer = "declined"
	CrossingWithdrawn CrossingAnswer = "withdrawn"
)
