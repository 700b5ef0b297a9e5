package enroll

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"ranzen/enroll/asm"
	"ranzen/store/school"
)

// Apple tells a location's server what happened there: that a request is through, or that licences were bought. It shows the
// secret it was given when the address was registered. What it says is a reason to look and never a fact.
//
// Apple: "Subscribing to notifications".

const (
	notifiedPath = "/apple/content/notified/"
	// longestNotice is more than a hundred elements, the most Apple puts into one.
	longestNotice = 256 << 10
)

// subscribe registers the address at Apple, when it is another one than Apple knows. A server that Apple does not reach goes on
// without: everything is asked for as well.
func (w *locationWork) subscribe(ctx context.Context, l asm.Location) error {
	if !strings.HasPrefix(w.x.base, "https://") {
		return nil
	}
	secret, err := w.x.st.ContentSecret(ctx, w.by, w.t.ID)
	address := w.x.base + notifiedPath + string(w.t.ID)
	if err != nil || l.NotifyURL == address && l.NotifyToken == secret {
		return err
	}
	err = w.c.Subscribe(ctx, address, secret)
	var refused *asm.ContentError
	if errors.As(err, &refused) && !errors.Is(err, asm.ErrTokenRejected) {
		w.x.log.Info("Apple does not take the address for notifications of a location", "location", w.t.ID, "number", refused.Number)
		return nil
	}
	return err
}

// notified answers Apple. Who does not show the secret learns nothing, not even that there is such a location.
func (x *Enroll) notified(w http.ResponseWriter, r *http.Request) {
	id := school.TokenID(mux.Vars(r)["location"])
	secret, shown := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !shown { // nothing of it is read
		x.refuse(w, http.StatusNotFound, "no notification of a location")
		return
	}
	var notice struct {
		UID  string `json:"uId"`
		Type string `json:"notificationType"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestNotice))
	if err == nil {
		err = json.Unmarshal(body, &notice)
	}
	if err != nil {
		x.refuse(w, http.StatusNotFound, "no notification of a location")
		return
	}
	err = x.st.ContentHeard(r.Context(), id, secret, notice.UID, notice.Type != "ASSET_MANAGEMENT")
	switch {
	case school.KindOf(err) != "":
		x.refuse(w, http.StatusNotFound, "a notification without the secret of its location")
	case err != nil:
		x.refuse(w, http.StatusServiceUnavailable, err.Error(), "location", id)
	default:
		w.WriteHeader(http.StatusOK)
	}
}
