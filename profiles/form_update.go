package profiles

import (
	"net/url"
	"strings"

	"ranzen/store/school"
)

// updateForm demands one version of iPadOS by a deadline.
var updateForm = Form{Kind: "update", Type: school.UpdateDeclared, Groups: []Group{{Fields: []Field{
	{Name: "version", Key: keyVersion, Kind: TextField, Required: true, Max: 12},
	{Name: "deadline", Key: keyDeadline, Kind: TimeField, Required: true},
	{Name: "build", Key: keyBuild, Kind: TextField, Max: 12},
	{Name: "details", Key: keyDetails, Kind: TextField, Max: 2000},
}}}, finish: func(d Dict, _ url.Values) (wrong FieldErrors) {
	if v, ok := d[keyVersion].(string); ok && !versionForm.MatchString(v) {
		wrong = append(wrong, fieldError("version", "form.os_version"))
	}
	if v, ok := d[keyBuild].(string); ok && !buildForm.MatchString(v) {
		wrong = append(wrong, fieldError("build", "form.os_build"))
	}
	if names := variablesIn(d.text(keyDetails)); len(names) > 0 {
		wrong = append(wrong, fieldError("details", "form.no_variables", names[0]))
	} else if s := d.text(keyDetails); s != "" && (!webAddress(s) || !strings.HasPrefix(s, "https://")) {
		wrong = append(wrong, fieldError("details", "form.https"))
	}
	return wrong
}}

// automatic are Apple's words for what happens by itself.
var automatic = []string{"", "Allowed", "AlwaysOn", "AlwaysOff"}

// updatesForm says what updates may do by themselves, and how long they are held back.
var updatesForm = Form{Kind: "updates", Type: school.UpdateSettingsDeclared, Groups: []Group{{Fields: []Field{
	{Name: "deferral", Key: "Deferrals.CombinedPeriodInDays", Kind: NumberField},
	{Name: "cadence", Key: "RecommendedCadence", Kind: ChoiceField, Options: []string{"", "All", "Oldest", "Newest"}},
	{Name: "download", Key: "AutomaticActions.Download", Kind: ChoiceField, Options: automatic},
	{Name: "install", Key: "AutomaticActions.InstallOSUpdates", Kind: ChoiceField, Options: automatic},
	{Name: "security", Key: "AutomaticActions.InstallSecurityUpdate", Kind: ChoiceField, Options: automatic},
	{Name: "rapid", Key: "RapidSecurityResponse.Enable", Kind: BoolField},
	{Name: "rollback", Key: "RapidSecurityResponse.EnableRollback", Kind: BoolField},
	{Name: "notify", Key: "Notifications", Kind: BoolField},
	{Name: "beta", Key: "Beta.ProgramEnrollment", Kind: ChoiceField, Options: automatic},
}}}, finish: func(d Dict, _ url.Values) FieldErrors {
	if len(d) == 0 {
		return FieldErrors{fieldError("", "form.nothing")}
	}
	return nil
}}
