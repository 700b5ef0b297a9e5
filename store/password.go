package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"ranzen/store/school"
)

// Passwords are kept as argon2id in the PHC string format, with OWASP's parameters for 19 MiB. The parameters stand in
// every hash, so that they can be raised without asking anybody for a new password.
const (
	argonTime   = 2
	argonMemory = 19 * 1024 // KiB
	argonLanes  = 1
	argonSalt   = 16
	argonKey    = 32
)

// hashing lets two hashes be computed at once in this process: sign-ins may wait, the server's memory may not run out.
var hashing = make(chan struct{}, 2)

func argon(ctx context.Context, password string, salt []byte, time, memory uint32, lanes uint8) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, lanes, argonKey), nil
}

func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	sum, err := argon(ctx, password, salt, argonTime, argonMemory, argonLanes)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// passwordIs reports whether the password is the one that was hashed. An empty hash (nobody, disabled, not yet set up)
// costs as much as a real one and never matches: the time of the answer tells nobody which logins exist.
func passwordIs(ctx context.Context, phc, password string) (bool, error) {
	time, memory, lanes := uint32(argonTime), uint32(argonMemory), uint8(argonLanes)
	salt, want := make([]byte, argonSalt), []byte(nil)
	if phc != "" {
		parts := strings.Split(phc, "$")
		var version int
		var err error
		if len(parts) == 6 && parts[1] == "argon2id" {
			_, err = fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &lanes)
			if err == nil {
				salt, err = base64.RawStdEncoding.DecodeString(parts[4])
			}
			if err == nil {
				want, err = base64.RawStdEncoding.DecodeString(parts[5])
			}
		}
		if err != nil || version != argon2.Version || len(want) != argonKey || time < 1 || time > 16 || memory < 8 || memory > 1<<20 || lanes < 1 {
			return false, fmt.Errorf("store: a kept password hash is not argon2id in PHC form")
		}
	}
	got, err := argon(ctx, password, salt, time, memory, lanes)
	if err != nil {
		return false, err
	}
	return len(want) > 0 && subtle.ConstantTimeCompare(got, want) == 1, nil
}

// PasswordLength is how many characters a password has at least.
const PasswordLength = 12

// commonWords are what people build the commonest passwords from, folded.
var commonWords = []string{"administrator", "qwertzuiop", "qwertyuiop", "1q2w3e4r5t6z", "1q2w3e4r5t6y", "1q2w3e4r", "asdfghjkl", "yxcvbnm",
	"passwort", "password", "kennwort", "geheimnis", "geheim", "willkommen", "welcome", "schultraeger", "schultrager", "sekretariat", "gymnasium",
	"grundschule", "realschule", "gesamtschule", "schule", "lehrerzimmer", "lehrer", "ranzen", "changeme", "letmein", "iloveyou",
	"hallo", "sommer", "winter", "fruhling", "herbst", "deutschland", "fussball", "sonnenschein", "schatz", "ipad", "apple", "admin",
	"qwertz", "qwerty", "test", "demo", "abcdefgh", "12345678", "87654321"}

// checkPassword says what stands against a password: too short, the login, or one that is tried first by anybody who
// guesses. Nothing is asked about capital letters and signs; length is what helps.
func checkPassword(password, login string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < PasswordLength:
		return school.Refuse("password", "password_short", PasswordLength)
	case len(password) > 1024:
		return school.Refuse("password", "password_long", 1024)
	}
	folded := school.Fold(password)
	kinds := map[rune]bool{}
	for _, r := range folded {
		kinds[r] = true
	}
	if len(kinds) < 5 {
		return school.Refuse("password", "password_common")
	}
	name, _, _ := strings.Cut(school.Fold(login), "@")
	for _, l := range []string{school.Fold(login), name} {
		if l != "" && utf8.RuneCountInString(strings.ReplaceAll(folded, l, "")) < 6 {
			return school.Refuse("password", "password_login")
		}
	}
	rest, words := folded, 0
	for _, w := range commonWords {
		if strings.Contains(rest, w) {
			rest, words = strings.ReplaceAll(rest, w, " "), words+1
		}
	}
	rest = strings.Trim(rest, " 0123456789.,;:!?-_#+*$%&/()=@€")
	if (words == 1 || words == 2) && utf8.RuneCountInString(rest) < 3 {
		return school.Refuse("password", "password_common")
	}
	return nil
}
