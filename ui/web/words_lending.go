package web

// The sentences of broken rules of lending.
func init() {
	Add(Words{
		"error.price_range":           {"Bitte geben Sie einen Betrag bis 100.000 Euro an.", "Please give an amount of up to 100,000 euros."},
		"error.too_many":              {"Höchstens {1}.", "At most {1}."},
		"error.asset_has_device":      {"{1} wird hier verwaltet und bleibt im Bestand. Setzen Sie den Zustand auf „ausgesondert“, wenn es das Gerät nicht mehr gibt.", "{1} is managed here and stays in stock. Set its state to “retired” when it is gone."},
		"error.asset_used":            {"{1} hat schon eine Geschichte und bleibt im Bestand. Setzen Sie den Zustand auf „ausgesondert“.", "{1} has a history already and stays in stock. Set its state to “retired”."},
		"error.asset_gone":            {"{1} gehört nicht mehr zum Bestand.", "{1} is no longer in stock."},
		"error.asset_lost":            {"{1} ist als verloren gemeldet. Liegt es vor Ihnen, melden Sie es zuerst als gefunden.", "{1} is reported lost. If it lies before you, first report it found."},
		"error.batch_taken":           {"Die Lieferung „{1}“ gibt es schon.", "The delivery “{1}” already exists."},
		"error.batch_used":            {"Zu dieser Lieferung {1:gehört|gehören} noch {1} {1:Gegenstand|Gegenstände}.", "{1} {1:asset still belongs|assets still belong} to this delivery."},
		"error.kit_taken":             {"Das Set „{1}“ gibt es schon.", "The kit “{1}” already exists."},
		"error.kit_parts":             {"Ein Set hat neben dem Gerät höchstens {1} Teile.", "A kit has at most {1} parts besides the device."},
		"error.contract_state":        {"Der Vertrag {1} lässt das in seinem jetzigen Stand nicht zu. Sehen Sie auf seiner Seite nach, was möglich ist.", "Contract {1} does not allow this as it stands. Its page says what is possible."},
		"error.contract_nothing":      {"Im Vertrag {1} steht noch kein Gerät.", "Contract {1} names no device yet."},
		"error.contract_unchecked":    {"Zum Vertrag {1} wurde noch nicht jedes Teil angesehen.", "Not every part of contract {1} has been looked at yet."},
		"error.part_undecided":        {"Über „{1}“ ist noch nicht entschieden.", "Nobody has decided about “{1}” yet."},
		"error.part_state":            {"Für „{1}“ ist das nicht mehr möglich.", "This is no longer possible for “{1}”."},
		"error.replaces_nothing":      {"Unter dem Vertrag {1} ist gerade nichts ausgegeben, das ersetzt werden könnte.", "Nothing is handed out under contract {1} that could be replaced."},
		"error.swap_same":             {"Zum Tausch gehört ein anderes Gerät.", "A swap needs another device."},
		"error.case_kind":             {"Als Ganzes lässt sich nur ein Koffer ausgeben.", "Only a case can be handed out as a whole."},
		"error.case_issued":           {"„{1}“ ist noch ausgegeben. Nehmen Sie den Koffer zuerst zurück.", "“{1}” is still handed out. Take the case back first."},
		"error.person_owes":           {"Zum Vertrag {1} ist noch etwas offen. Entscheiden Sie zuerst über die fehlenden oder beschädigten Teile.", "Contract {1} is not settled yet. First decide about the missing or damaged parts."},
		"error.booking_id":            {"Die Buchung trägt keinen brauchbaren Namen.", "The booking carries no usable name."},
		"error.booking_twice":         {"Diese Buchung gibt es schon.", "This booking exists already."},
		"error.booking_late":          {"Mit einer Taste lässt sich das nur {1} Minuten lang zurücknehmen. Auf der Seite des Vertrags geht es weiter.", "One key takes this back for {1} minutes only. The page of the contract still can."},
		"error.damage_state":          {"Dieser Schadensfall lässt das in seinem jetzigen Stand nicht zu.", "This damage does not allow that as it stands."},
		"error.fault_of_wear":         {"Verschleiß und Defekt trägt der Schulträger; ein Verschulden passt nicht dazu.", "Wear and defects are borne by the school authority; fault does not go with them."},
		"error.invoice_without_fault": {"Eine Rechnung setzt ein Verschulden voraus.", "An invoice needs fault."},
		"error.claim_above_cost":      {"Mehr als die Kosten kann niemand zahlen müssen.", "Nobody can owe more than the cost."},
		"error.curve":                 {"Bitte geben Sie bis zu zwölf Prozentwerte an, die nicht steigen.", "Please give up to twelve percentages that do not rise."},
		"error.loss_over":             {"Dieser Verlust ist schon abgeschlossen.", "This loss is over already."},
		"error.picture_large":         {"Das Bild ist zu groß. Erlaubt sind {1} MB und 30 Megapixel.", "The picture is too large. {1} MB and 30 megapixels are allowed."},
		"error.picture_form":          {"Das ist kein Foto, das sich lesen lässt. Erlaubt sind JPEG und PNG.", "This is no photograph that can be read. JPEG and PNG are allowed."},
		"error.pictures_many":         {"Zu einem Schaden gehören höchstens {1} Bilder.", "A damage has at most {1} pictures."},
	})
}
