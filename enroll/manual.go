package enroll

import (
	"context"
	"errors"
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
)

// Enrolment by a code: a person types it, or opens the link in the QR code, and gets the enrolment profile as a
// download. Such a device starts unconfirmed, because whoever has the code may bring any device, unless the code was
// made for exactly one serial number. For the same reason the profile holds no set-up network: its password would be
// in the hands of everybody with the code.

const maxCodeForm = 4 << 10

// Link is the address behind a code: what the QR code shows. ui answers it with a page, from which the profile is fetched.
func (x *Enroll) Link(secret string) string { return x.base + "/e/" + secret }

// ProfileByCode uses a code once and returns the signed enrolment profile. entered is the secret of the link or the
// typed form. Refusals are the store's: "code_wrong", "code_over", "code_wait".
func (x *Enroll) ProfileByCode(ctx context.Context, entered string) ([]byte, error) {
	code, err := x.st.RedeemCode(ctx, entered)
	if err != nil {
		return nil, err
	}
	authority, err := x.st.Authority(ctx, school.System("enrolment", code.Authority))
	if err != nil {
		return nil, err
	}
	profile, err := x.profile(ctx, enrolment{authority: code.Authority, organization: authority.Name, name: store.NewID[string](),
		challenge: store.Challenge{Authority: code.Authority, Purpose: store.ForManual, School: code.School, Serial: code.Serial, Trusted: code.Serial != "",
			Expires: x.st.Now().Add(challengeLife)}})
	if err != nil {
		return nil, err
	}
	x.log.Info("enrolment profile issued", "authority", code.Authority, "school", code.School, "code", code.Code)
	return profile, nil
}

func (x *Enroll) typed(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCodeForm)
	if err := r.ParseForm(); err != nil {
		x.refuse(w, http.StatusBadRequest, "form not readable")
		return
	}
	x.byCode(w, r, r.PostForm.Get("code"))
}

func (x *Enroll) linked(w http.ResponseWriter, r *http.Request) {
	x.byCode(w, r, mux.Vars(r)["secret"])
}

// byCode answers with the profile. Nothing of it may stay in a cache, and the address, which is a secret, may not travel
// on as a referrer.
func (x *Enroll) byCode(w http.ResponseWriter, r *http.Request, entered string) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	profile, err := x.ProfileByCode(r.Context(), entered)
	if err != nil {
		status, why := http.StatusServiceUnavailable, err.Error()
		var e *school.Error
		if errors.As(err, &e) {
			why = e.Code
			status = map[string]int{"code_wrong": http.StatusNotFound, "code_over": http.StatusGone, "code_wait": http.StatusTooManyRequests}[e.Code]
			if status == 0 { // no push certificate yet, for instance
				status = http.StatusServiceUnavailable
			}
		}
		x.refuse(w, status, why)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="Verwaltung.mobileconfig"`)
	answer(w, typeProfile, profile)
}
