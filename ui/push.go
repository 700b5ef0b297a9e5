package ui

import (
	"bytes"
	"net/http"
	"strings"

	"ranzen/ui/web"
)

// pushPage leads to a push certificate: a request of ours, signed by a vendor, made a certificate by a person at Apple,
// and brought back here. Who has a certificate with its key brings both.
type pushPage struct {
	web.Frame
	Lead    string
	Status  web.Status
	Facts   []web.Fact
	Proof   []web.Fact // codes for support
	Renewal bool
	Account string
	Alert   *web.Alert
	Request web.Field // the Apple Account the request is made for
	Waits   bool      // a request waits for its certificate
	Asked   web.When
	Vendor  bool
	Cert    web.FileField
	Owner   web.Field // the Apple Account of the certificate that is brought
	BothC   web.FileField
	BothK   web.FileField
	BothA   web.Field
	Both    []web.Hidden
	Open    bool // the second way is unfolded
}

// certLimit is how much a form with certificates may send.
const certLimit = 256 << 10

func (u *UI) showPush(w http.ResponseWriter, r *http.Request, v view, change func(*pushPage)) error {
	push, err := u.st.PushStatus(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &pushPage{Frame: u.frame(r, web.T(v.lang, "apple.push")), Renewal: push.Topic != "", Account: push.AppleAccount, Waits: !push.Requested.IsZero(), Vendor: u.Vendor != ""}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath})
	p.Status, p.Facts = pushState(&p.Frame, push)
	p.Lead, p.Asked = p.T("push.lead"), p.When(push.Requested)
	if push.Topic != "" {
		p.Proof = []web.Fact{{Name: p.T("push.topic"), Code: push.Topic}, {Name: p.T("push.stored"), When: momentOf(&p.Frame, push.Updated)}}
		if push.State != "" {
			p.Proof = append(p.Proof, web.Fact{Name: p.T("push.said"), Code: push.State})
		}
	}
	p.Request = web.Field{Kind: web.EmailField, Name: "request-account", Label: p.T("push.account"), Hint: p.T("push.account.hint"), Value: push.AppleAccount, Autocomplete: "off"}
	p.Cert = web.FileField{Name: "certificate", Label: p.T("push.file"), Hint: p.T("push.file.hint"), Accept: ".pem,.cer,.crt", MaxBytes: certLimit / 2}
	p.Owner = web.Field{Kind: web.EmailField, Name: "account", Label: p.T("push.account"), Hint: p.T("push.account.signed"), Value: push.AppleAccount, Autocomplete: "off"}
	p.BothC = web.FileField{Name: "both-certificate", Label: p.T("push.file"), Accept: ".pem,.cer,.crt", MaxBytes: certLimit / 2}
	p.BothK = web.FileField{Name: "both-key", Label: p.T("push.key"), Hint: p.T("push.key.hint"), Accept: ".pem,.key", MaxBytes: certLimit / 2}
	p.BothA = web.Field{Kind: web.EmailField, Name: "both-account", Label: p.T("push.account"), Hint: p.T("push.account.signed"), Value: push.AppleAccount, Autocomplete: "off"}
	p.Both = []web.Hidden{{Name: "way", Value: "both"}}
	status := http.StatusOK
	if change != nil {
		change(p)
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "push", p)
}

func (u *UI) pushPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showPush(w, r, v, nil)
}

// requestPush makes a signing request. One that waited is over.
func (u *UI) requestPush(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	account := strings.TrimSpace(r.PostForm.Get("request-account"))
	if account == "" {
		return u.showPush(w, r, v, func(p *pushPage) { p.Request.Value, p.Request.Error = "", p.T("error.required") })
	}
	if _, err := u.Enroll.NewPushRequest(r.Context(), v.by, account); err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		return u.showPush(w, r, v, func(p *pushPage) { p.Request.Value, p.Request.Error = account, said["apple_account"] })
	}
	return u.done(w, r, applePath+"/push", "done.push.requested", "")
}

func (u *UI) downloadPushRequest(w http.ResponseWriter, r *http.Request, v view) error {
	csr, _, err := u.st.OpenPushRequest(r.Context(), v.by)
	if err != nil {
		return err
	}
	return sendFile(w, "application/x-pem-file", "Ranzen-Push.csr", csr)
}

// signPush has the configured service sign the request and sends the file for Apple's portal.
func (u *UI) signPush(w http.ResponseWriter, r *http.Request, v view) error {
	if u.Vendor == "" {
		return web.ErrNotFound
	}
	file, err := u.Enroll.SignWithVendor(r.Context(), v.by, u.Vendor)
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		return u.showPush(w, r, v, func(p *pushPage) { p.Alert = &web.Alert{Kind: web.Danger, Title: said["vendor"]} })
	}
	return sendFile(w, "application/octet-stream", "Ranzen-Push-Apple.txt", file)
}

// acceptPush takes a certificate, alone or with its key. prefix tells the two forms apart.
func (u *UI) acceptPush(w http.ResponseWriter, r *http.Request, v view) error {
	if err := parseForm(r); err != nil {
		return err
	}
	prefix := ""
	if r.PostForm.Get("way") == "both" {
		prefix = "both-"
	}
	certificate, err := upload(r, prefix+"certificate")
	if err != nil {
		return err
	}
	var key []byte
	if prefix != "" {
		if key, err = upload(r, prefix+"key"); err != nil {
			return err
		}
	}
	account := strings.TrimSpace(r.PostForm.Get(prefix + "account"))
	said := map[string]string{}
	switch {
	case len(certificate) == 0:
		said["certificate"] = web.T(v.lang, "push.file.none")
	case prefix != "" && len(key) == 0:
		said["key"] = web.T(v.lang, "push.key.none")
	default:
		_, err := u.Enroll.AcceptPushCertificate(r.Context(), v.by, bytes.TrimSpace(certificate), bytes.TrimSpace(key), account)
		if err == nil {
			return u.done(w, r, applePath+"/push", "done.push.stored", "")
		}
		if said, err = fieldErrors(v.lang, err); err != nil {
			return err
		}
	}
	return u.showPush(w, r, v, func(p *pushPage) {
		cert, keyFile, owner := &p.Cert, &p.BothK, &p.Owner
		if prefix != "" {
			cert, owner, p.Open = &p.BothC, &p.BothA, true
		}
		cert.Error, owner.Error, owner.Value = said["certificate"], said["apple_account"], account
		if prefix != "" {
			keyFile.Error = said["key"]
		} else if said["key"] != "" {
			cert.Error = said["key"]
		}
	})
}

func init() {
	web.Add(web.Words{
		"push.lead":           {"Mit dem Push-Zertifikat ruft Apple die iPads, wenn hier etwas für sie bereitliegt. Es gilt ein Jahr und wird immer mit demselben Apple Account erneuert.", "With the push certificate Apple calls the iPads when something waits for them here. It is valid for one year and always renewed with the same Apple Account."},
		"push.same":           {"Zum Erneuern bei Apple als {1} anmelden und „Renew“ wählen, nie „Create a Certificate“. Sonst müssten alle iPads neu eingerichtet werden.", "To renew, sign in to Apple as {1} and choose “Renew”, never “Create a Certificate”. Otherwise all iPads would have to be set up anew."},
		"push.topic":          {"Topic", "Topic"},
		"push.stored":         {"Hinterlegt", "Stored"},
		"push.said":           {"Antwort von Apple", "Apple’s answer"},
		"push.proof":          {"Nachweis", "Evidence"},
		"push.step1":          {"1. Anforderung erzeugen", "1. Make the request"},
		"push.step1.text":     {"Nehmen Sie einen Apple Account, den der Schulträger auf Dauer hat, nicht den einer einzelnen Person.", "Use an Apple Account the school authority keeps for good, not one of a single person."},
		"push.step1.again":    {"Eine neue Anforderung ersetzt die, die noch wartet.", "A new request replaces the one that still waits."},
		"push.step2":          {"2. Anforderung signieren lassen", "2. Have the request signed"},
		"push.step2.vendor":   {"Der Signierdienst unterschreibt die Anforderung; Sie erhalten die Datei für Apple.", "The signing service signs the request; you get the file for Apple."},
		"push.step2.text":     {"Die Anforderung unterschreibt, wer bei Apple als MDM-Hersteller eingetragen ist. Laden Sie sie herunter und geben Sie sie dorthin.", "The request is signed by somebody registered with Apple as an MDM vendor. Download it and pass it on there."},
		"push.step3":          {"3. Zertifikat bei Apple holen", "3. Get the certificate from Apple"},
		"push.step3.new":      {"Dort mit dem Apple Account anmelden, „Create a Certificate“ wählen, die signierte Datei hochladen und das Zertifikat herunterladen:", "Sign in there with the Apple Account, choose “Create a Certificate”, upload the signed file and download the certificate:"},
		"push.step3.renew":    {"Dort als {1} anmelden, beim bisherigen Zertifikat „Renew“ wählen, die signierte Datei hochladen und das Zertifikat herunterladen:", "Sign in there as {1}, choose “Renew” for the present certificate, upload the signed file and download the certificate:"},
		"push.step4":          {"4. Zertifikat hier hochladen", "4. Upload the certificate here"},
		"push.asked":          {"Die Anforderung wartet auf ihr Zertifikat ({1}).", "The request waits for its certificate ({1})."},
		"push.create":         {"Anforderung erzeugen", "Make the request"},
		"push.download":       {"Anforderung herunterladen (.csr)", "Download the request (.csr)"},
		"push.sign":           {"Signierte Datei holen", "Get the signed file"},
		"push.account.hint":   {"Wird hier nur notiert, damit beim Erneuern jeder weiß, welcher es war.", "It is only noted here, so that everybody knows at renewal which one it was."},
		"push.account.signed": {"Mit welchem Apple Account wurde das Zertifikat geholt?", "With which Apple Account was the certificate obtained?"},
		"push.file":           {"Push-Zertifikat (.pem)", "Push certificate (.pem)"},
		"push.file.hint":      {"Die Datei, die Apple zum Herunterladen anbietet. Der Schlüssel liegt schon hier.", "The file Apple offers for download. The key is here already."},
		"push.file.none":      {"Bitte wählen Sie das Zertifikat.", "Please choose the certificate."},
		"push.key":            {"Schlüssel (.pem oder .key)", "Key (.pem or .key)"},
		"push.key.hint":       {"Ohne Passwort. Er wird verschlüsselt abgelegt und nie wieder angezeigt.", "Without a password. It is stored sealed and never shown again."},
		"push.key.none":       {"Bitte wählen Sie den Schlüssel.", "Please choose the key."},
		"push.upload":         {"Zertifikat übernehmen", "Take over the certificate"},
		"push.both":           {"Zertifikat und Schlüssel sind schon da", "Certificate and key exist already"},
		"push.both.text":      {"Wenn Sie beides aus einer anderen Verwaltung mitbringen.", "If you bring both from another management service."},
		"push.way":            {"Neues Zertifikat", "New certificate"},
		"done.push.requested": {"Die Anforderung liegt bereit.", "The request is ready."},
		"done.push.stored":    {"Das Push-Zertifikat gilt ab sofort.", "The push certificate is in force now."},
	})
}
