package ui

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// A desk that had no network sends what it scanned when the network is back.

const (
	mergePath     = deskPath + "/merge"
	questionsPath = deskPath + "/questions"
)

// awaySent is what a browser sends when the network is back.
type awaySent struct {
	Scans []struct {
		Text string `json:"text"`
		Mac  string `json:"mac"` // base64
	} `json:"scans"`
}

// awayMerged is what it came to, in the order it was sent.
type awayMerged struct {
	Results []awayResult `json:"results"`
	Open    int          `json:"open"` // questions that wait
}

type awayResult struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"` // of what was refused
	Text   string `json:"text"`             // of what was refused, or is asked
}

func (u *UI) deskMerge(w http.ResponseWriter, r *http.Request, v view) error {
	var sent awaySent
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		return errNoForm
	}
	scans := make([]store.SignedScan, 0, len(sent.Scans))
	for _, x := range sent.Scans {
		mac, err := base64.StdEncoding.DecodeString(x.Mac)
		if err != nil {
			mac = nil // no signature is a wrong one
		}
		scans = append(scans, store.SignedScan{Text: x.Text, Mac: mac})
	}
	merged, err := u.st.MergeOffline(r.Context(), v.by, scans, signedAway)
	if err != nil {
		return err
	}
	out := awayMerged{Results: []awayResult{}}
	for _, m := range merged {
		x := awayResult{ID: m.ID, State: string(m.State)}
		switch m.State {
		case school.OfflineAsked:
			x.Text = web.T(v.lang, "offline.why."+string(m.Reason))
		case school.OfflineRefused:
			x.Reason, x.Text = string(m.Reason), web.T(v.lang, "offline.refused."+string(m.Reason))
		}
		out.Results = append(out.Results, x)
	}
	if out.Open, err = u.st.OfflineOpen(r.Context(), v.by); err != nil {
		return err
	}
	return sendJSON(w, out)
}

func sendJSON(w http.ResponseWriter, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, err = w.Write(b)
	return err
}
