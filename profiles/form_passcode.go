package profiles

// passcodeForm asks for a code. Several profiles with one add up to the strictest; Shared iPad has codes of its own.
var passcodeForm = Form{Kind: "passcode", Type: "com.apple.mobiledevice.passwordpolicy", Groups: []Group{{Fields: []Field{
	{Name: "required", Key: "forcePIN", Kind: BoolField, Default: "true"},
	{Name: "simple", Key: "allowSimple", Kind: BoolField},
	{Name: "alphanumeric", Key: "requireAlphanumeric", Kind: BoolField},
	{Name: "length", Key: "minLength", Kind: NumberField, Default: "6"},
	{Name: "complex", Key: "minComplexChars", Kind: NumberField},
	{Name: "age", Key: "maxPINAgeInDays", Kind: NumberField},
	{Name: "history", Key: "pinHistory", Kind: NumberField},
	{Name: "inactivity", Key: "maxInactivity", Kind: NumberField},
	{Name: "grace", Key: "maxGracePeriod", Kind: NumberField, Min: 0, Max: 240},
	{Name: "attempts", Key: "maxFailedAttempts", Kind: NumberField},
}}}}
