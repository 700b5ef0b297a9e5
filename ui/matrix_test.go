package ui

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
)

// pages says of every page which verb of the table of permissions (package school) it needs, and where: anywhere in the
// authority, at the school the thing stands at, or for the whole authority. "look" marks pages that somebody who may
// is not asked to open here: what they are about is not in this world, or belongs to one person.
const pages = `
GET  /sign-in                                everybody     anywhere
POST /sign-in                                everybody     anywhere
POST /sign-out                               everybody     anywhere
GET  /setup/{secret}                         everybody     anywhere
POST /setup/{secret}                         everybody     anywhere
GET  /demo/{secret}                          everybody     anywhere
GET  /help                                   everybody     anywhere
GET  /help/handbook                          everybody     anywhere
GET  /help/{section}                         everybody     anywhere
GET  /accessibility                          everybody     anywhere
GET  /choose                                 signed        anywhere
POST /choose                                 signed        anywhere
GET  /choose/{authority}                     signed        anywhere
POST /choose/{authority}                     signed        anywhere
GET  /authorities/new                        provision     anywhere
POST /authorities/new                        provision     anywhere
GET  /account                                signed        anywhere
POST /account/language                       signed        anywhere
POST /account/password                       signed        anywhere
POST /account/sessions                       signed        anywhere
GET  /e/{secret}                             everybody     anywhere
POST /e/{secret}/profile                     everybody     anywhere
GET  /enroll                                 everybody     anywhere
POST /enroll                                 everybody     anywhere
GET  /schools/new                            edit_org      whole
POST /schools/new                            edit_org      anywhere
GET  /schools/{school}/edit                  edit_org      nord
POST /schools/{school}/edit                  edit_org      nord
GET  /schools/{school}/archive               edit_org      whole
POST /schools/{school}/archive               edit_org      nord
POST /schools/{school}/restore               edit_org      nord
GET  /schools/{school}/calm                  edit_org      nord
POST /schools/{school}/calm                  edit_org      nord
GET  /schools/{school}/network               enroll        nord
POST /schools/{school}/network               enroll        nord
GET  /schools/{school}/classes/new           edit_org      nord
POST /schools/{school}/classes/new           edit_org      nord
GET  /classes/{class}/edit                   edit_org      nord
POST /classes/{class}/edit                   edit_org      nord
POST /classes/{class}/archive                edit_org      nord
GET  /schools/{school}/places                view          nord
GET  /schools/{school}/places/new            edit_org      nord
POST /schools/{school}/places/new            edit_org      nord
GET  /places/{place}                         edit_org      nord
POST /places/{place}                         edit_org      nord
POST /places/{place}/remove                  edit_org      nord
GET  /groups                                 view          anywhere
GET  /groups/new                             edit_org      anywhere
POST /groups/new                             edit_org      anywhere
GET  /groups/{group}                         view          nord
GET  /groups/{group}/edit                    edit_org      nord
POST /groups/{group}/edit                    edit_org      nord
POST /groups/{group}/archive                 edit_org      nord
POST /groups/{group}/add                     edit_org      nord
POST /groups/{group}/remove                  edit_org      nord
GET  /                                       view          anywhere
POST /demo/play                              view          anywhere
GET  /search                                 view          anywhere
POST /undo/{set}                             somebody      anywhere
GET  /schools                                view          anywhere
GET  /schools/{school}                       view          nord
GET  /schools/{school}/assigned              view          nord
GET  /schools/{school}/history               view          nord
GET  /schools/{school}/grades/{grade}        view          nord
GET  /schools/{school}/grades/{grade}/assigned view        nord
GET  /schools/{school}/years/{year}          view          nord
GET  /schools/{school}/years/{year}/class    view_people   nord
GET  /schools/{school}/years/{year}/lists    view_people   nord
GET  /schools/{school}/years/{year}/lists.pdf view_people  nord
GET  /classes/{class}                        view          nord
GET  /classes/{class}/devices                view          nord
GET  /classes/{class}/people                 view_people   nord
GET  /classes/{class}/history                view          nord
GET  /classes/{class}/print                  view          nord
POST /classes/{class}/retry                  order_device  nord
GET  /devices                                view          anywhere
POST /devices/refresh                        order_device  anywhere
POST /devices/move                           edit_devices  anywhere
POST /devices/ownership                      edit_devices  anywhere
GET  /devices/{device}                       view          nord
GET  /devices/{device}/items                 view          nord
GET  /devices/{device}/orders                view          nord
GET  /devices/{device}/history               view          nord
POST /devices/{device}/order                 order_device  nord
POST /orders/{order}/cancel                  order_device  nord
GET  /devices/{device}/order                 order_device  nord look
GET  /devices/{device}/bypass                wipe          nord
POST /devices/{device}/bypass                wipe          nord
POST /devices/order                          order_device  anywhere
GET  /orders                                 view          anywhere
POST /orders/plan                            order_device  anywhere
POST /orders/{order}/answer                  view          nord
POST /orders/{order}/approve                 order_device  nord
POST /orders/{order}/decline                 order_device  nord
POST /orders/{order}/withdraw                order_device  nord
GET  /turnarounds                            view          anywhere
POST /turnarounds/{turnaround}/resume        wipe          nord
POST /turnarounds/{turnaround}/skip          wipe          nord
POST /turnarounds/{turnaround}/stop          wipe          nord
GET  /devices/{device}/edit                  edit_devices  nord
POST /devices/{device}/edit                  edit_devices  nord
GET  /devices/{device}/move                  edit_devices  nord
GET  /devices/{device}/issue                 edit_devices  nord
POST /devices/{device}/issue                 edit_devices  nord
POST /devices/{device}/takeback              edit_devices  nord
POST /devices/{device}/confirm               edit_devices  nord
POST /devices/{device}/retry                 order_device  nord
POST /devices/{device}/hint                  edit_devices  nord
GET  /devices/{device}/slip                  view          nord
GET  /devices/{device}/release               edit_devices  nord
GET  /devices/{device}/erasure.pdf           view          nord look
POST /devices/{device}/network               edit_devices  nord
GET  /people                                 view_people   anywhere
GET  /people/new                             edit_people   anywhere
POST /people/new                             edit_people   anywhere
GET  /people/{person}                        view_people   nord
GET  /people/{person}/edit                   edit_people   nord
POST /people/{person}/edit                   edit_people   nord
POST /people/{person}/archive                edit_people   nord
GET  /assign                                 assign        anywhere
POST /assign                                 view          anywhere
GET  /plans/{plan}                           view          anywhere look
POST /plans/{plan}/apply                     view          anywhere
POST /plans/{plan}/drop                      somebody      anywhere
GET  /desk                                   lend          anywhere
POST /desk                                   lend          anywhere
GET  /desk/away                              everybody     anywhere
GET  /desk/worker.js                         everybody     anywhere
GET  /desk/manifest.webmanifest              everybody     anywhere
POST /desk/{desk}/pack                       lend          anywhere look
POST /desk/merge                             lend          anywhere
GET  /desk/questions                         lend          anywhere
POST /desk/questions/{question}              lend          anywhere look
GET  /desk/{desk}                            lend          anywhere look
POST /desk/{desk}                            lend          anywhere look
GET  /desk/{desk}/damage                     lend          anywhere look
POST /desk/{desk}/damage                     lend          anywhere look
GET  /desk/{desk}/receipt                    lend          anywhere look
GET  /desk/{desk}/receipt.pdf                lend          anywhere look
POST /desk/{desk}/close                      lend          anywhere look
GET  /hand-out                               lend          anywhere
POST /hand-out                               lend          anywhere
GET  /take-back                              lend          anywhere
POST /take-back                              lend          anywhere
GET  /clerks                                 clerks        anywhere
GET  /clerks/new                             clerks        anywhere
POST /clerks/new                             clerks        anywhere
POST /clerks/pin                             clerks        anywhere
POST /clerks/end                             clerks        anywhere
GET  /issue-days                             lend          anywhere
GET  /issue-days/new                         clerks        anywhere
POST /issue-days/new                         clerks        anywhere
GET  /issue-days/{day}                       lend          nord
GET  /issue-days/{day}/people                lend          nord
GET  /issue-days/{day}/lists.pdf             lend          nord
GET  /issue-days/{day}/picks.pdf             lend          nord
POST /issue-days/{day}/contracts             lend          nord
GET  /issue-days/{day}/clerks                clerks        nord
POST /issue-days/{day}/clerks                clerks        nord
GET  /issue-days/{day}/edit                  clerks        nord
POST /issue-days/{day}/edit                  clerks        nord
POST /issue-days/{day}/remove                clerks        nord
GET  /handovers                              view_people   anywhere
GET  /handovers/{person}                     view_people   nord look
POST /handovers/{person}                     view_people   nord
GET  /taught                                 teach         anywhere
GET  /taught/{class}                         teach         nord
GET  /taught/{class}/{device}                teach         nord
POST /taught/{class}/{device}                teach         nord
GET  /reports                                view          anywhere
POST /reports/{report}/close                 edit_devices  nord
GET  /devices/{device}/repair                edit_devices  nord
POST /devices/{device}/repair                edit_devices  nord
GET  /repairs                                somebody      anywhere
GET  /repairs/{repair}                       mend          nord
POST /repairs/{repair}                       mend          anywhere
POST /repairs/{repair}/end                   edit_devices  anywhere
GET  /a/{found}                              everybody     anywhere
GET  /labels                                 edit_devices  anywhere
POST /labels                                 edit_devices  anywhere
POST /labels/print                           edit_devices  anywhere
GET  /labels/kinds                           edit_devices  anywhere
GET  /labels/calibration.pdf                 edit_devices  anywhere
GET  /labels/sheets/new                      edit_devices  anywhere
POST /labels/sheets/new                      edit_devices  anywhere
POST /labels/sheets/{sheet}/remove           edit_devices  anywhere look
GET  /labels/printers/new                    edit_devices  anywhere
POST /labels/printers/new                    edit_devices  anywhere
POST /labels/printers/{printer}/remove       edit_devices  anywhere look
GET  /documents/class/{class}                view_people   nord
POST /documents/class/{class}                view_people   nord
GET  /documents/class/{class}/papers.pdf     view_people   nord look
GET  /documents/of/{contract}                view_people   nord
POST /documents/of/{contract}                view_people   nord
POST /documents/of/{contract}/signed         view_people   nord look
GET  /documents/file/{document}.pdf          view_people   nord look
GET  /documents/file/{document}/sign         view_people   nord look
POST /documents/file/{document}/sign         view_people   nord look
POST /documents/file/{document}/link         view_people   nord look
GET  /s/{secret}                             everybody     anywhere
POST /s/{secret}                             everybody     anywhere
GET  /s/{secret}/paper.pdf                   everybody     anywhere
GET  /s/{secret}/notice.pdf                  everybody     anywhere
GET  /documents/file/{document}/mail         view_people   nord look
POST /documents/file/{document}/mail         view_people   nord look
GET  /documents/notice.pdf                   view_people   anywhere
GET  /documents/prints                       view_people   anywhere
GET  /documents/prints/new                   view_people   anywhere
POST /documents/prints/new                   view_people   anywhere
GET  /documents/prints/{print}.zip           view_people   nord look
GET  /documents/prints/{print}               view_people   nord look
POST /documents/prints/{print}/stop          view_people   nord look
GET  /documents/prints/{print}/{file}.pdf    view_people   nord look
GET  /documents/stacks                       view_people   anywhere
GET  /documents/stacks/new                   view_people   anywhere
POST /documents/stacks/new                   view_people   anywhere
GET  /documents/stacks/{stack}               view_people   nord look
GET  /documents/stacks/{stack}/file          view_people   nord look
POST /documents/stacks/{stack}/confirm       view_people   nord look
POST /documents/stacks/{stack}/pages/{page}  view_people   nord look
GET  /documents/scanned/{page}.jpg           view_people   nord look
GET  /documents/file/{document}/scan         view_people   nord look
GET  /documents                              settings      whole
GET  /documents/{kind}                       settings      whole look
POST /documents/{kind}                       settings      whole look
POST /documents/{kind}/release               settings      whole look
POST /documents/{kind}/drop                  settings      whole look
GET  /documents/{kind}/sample.pdf            settings      whole look
GET  /contracts                              view_people   anywhere
POST /contracts/plan                         view_people   anywhere
GET  /contracts/{contract}                   view_people   nord
GET  /contracts/{contract}/sign               view_people   nord
POST /contracts/{contract}/sign               view_people   nord
GET  /contracts/{contract}/extend             view_people   nord
POST /contracts/{contract}/extend             view_people   nord
GET  /contracts/{contract}/swap              view_people   nord
POST /contracts/{contract}/swap              view_people   nord
GET  /contracts/{contract}/return             view_people   nord
POST /contracts/{contract}/return             view_people   nord
GET  /contracts/{contract}/parts/{part}      edit_people   nord look
POST /contracts/{contract}/parts/{part}      edit_people   nord
POST /contracts/{contract}/close             edit_people   nord
POST /contracts/{contract}/refuse            view_people   nord
POST /contracts/{contract}/resume            view_people   nord
POST /contracts/{contract}/cancel            view_people   nord
GET  /assets                                 view          anywhere
GET  /assets/new                             edit_devices  anywhere
POST /assets/new                             edit_devices  anywhere
GET  /assets/import                          edit_devices  anywhere
GET  /assets/import/template.csv             edit_devices  anywhere
POST /assets/import                          edit_devices  anywhere
GET  /assets/{asset}                         view          nord
GET  /assets/{asset}/edit                    edit_devices  nord
POST /assets/{asset}/edit                    edit_devices  nord
POST /assets/{asset}/remove                  edit_devices  nord
GET  /assets/{asset}/give                    edit_devices  nord look
POST /assets/{asset}/give                    edit_devices  nord
GET  /assets/{asset}/damage                  view_people   nord
POST /assets/{asset}/damage                  view_people   nord
GET  /assets/{asset}/loss                    view_people   nord
POST /assets/{asset}/loss                    view_people   nord
GET  /kits                                   view          anywhere
GET  /kits/new                               edit_devices  anywhere
POST /kits/new                               edit_devices  anywhere
GET  /kits/{kit}                             edit_devices  whole
POST /kits/{kit}                             edit_devices  whole
POST /kits/{kit}/archive                     edit_devices  whole
GET  /batches                                view          anywhere
GET  /batches/new                            edit_devices  whole
POST /batches/new                            edit_devices  whole
GET  /batches/{batch}                        edit_devices  whole
POST /batches/{batch}                        edit_devices  whole
POST /batches/{batch}/remove                 edit_devices  whole
GET  /figures                                view          anywhere
GET  /figures/parts                          view_people   anywhere
GET  /figures/damages                        view          anywhere
GET  /figures/funding                        view          anywhere
GET  /figures/funding/assets                 view          anywhere
GET  /figures/schools                        view          anywhere
GET  /figures/fleet                          view          anywhere
GET  /figures/costs                          view          anywhere
GET  /returns                                view          whole
POST /returns                                edit_devices  whole
GET  /returns/{return}                       view          whole
GET  /returns/{return}/release.csv           view          whole
GET  /returns/{return}/list.pdf              view          whole
POST /returns/{return}/released              edit_devices  whole
POST /returns/{return}/handed                edit_devices  whole
POST /returns/{return}/close                 edit_devices  whole
GET  /damages                                view_people   anywhere
GET  /damages/{damage}                       view_people   nord
GET  /damages/{damage}/paper.pdf             view_people   nord
GET  /damages/{damage}/assess                 edit_devices  nord
POST /damages/{damage}/assess                 edit_devices  nord
GET  /damages/{damage}/repair                 edit_devices  nord
POST /damages/{damage}/repair                 edit_devices  nord
GET  /damages/{damage}/settle                 edit_devices  nord
POST /damages/{damage}/settle                 edit_devices  nord
POST /damages/{damage}/close                 edit_devices  nord
GET  /damages/{damage}/pictures              view_people   nord
POST /damages/{damage}/pictures              view_people   nord
GET  /damages/{damage}/pictures/{picture}    view_people   nord look
GET  /losses                                 view_people   anywhere
GET  /losses/{loss}                          view_people   nord
GET  /losses/{loss}/edit                     view_people   nord
POST /losses/{loss}/edit                     view_people   nord
POST /losses/{loss}/tick                     view_people   nord
POST /losses/{loss}/found                    view_people   nord
POST /losses/{loss}/write-off                edit_devices  nord
GET  /profiles                               view          anywhere
GET  /profiles/new                           edit_profiles anywhere
GET  /profiles/new/{form}                    edit_profiles anywhere
POST /profiles/new/{form}                    edit_profiles anywhere
POST /profiles/new/{form}/check              edit_profiles anywhere
GET  /profiles/import                        edit_profiles anywhere
POST /profiles/import                        edit_profiles anywhere
GET  /profiles/{profile}                     view          anywhere
GET  /profiles/{profile}/assignments         view          anywhere
GET  /profiles/{profile}/versions            view          anywhere
GET  /profiles/{profile}/preview             view          anywhere
GET  /profiles/{profile}/licences            view          anywhere look
GET  /profiles/{profile}/edit                edit_profiles whole
POST /profiles/{profile}/edit                edit_profiles anywhere
POST /profiles/{profile}/check               edit_profiles anywhere
GET  /profiles/{profile}/name                edit_profiles whole
POST /profiles/{profile}/name                edit_profiles anywhere
POST /profiles/{profile}/publish             edit_profiles anywhere
POST /profiles/{profile}/draft/drop          edit_profiles anywhere
POST /profiles/{profile}/archive             edit_profiles anywhere
GET  /versions/{version}                     view          anywhere
GET  /versions/{version}/download            edit_profiles whole
GET  /apple                                  view          whole
GET  /apple/push                             apple         anywhere
POST /apple/push/request                     apple         anywhere
GET  /apple/push/request.csr                 apple         whole look
POST /apple/push/sign                        apple         anywhere
POST /apple/push/certificate                 apple         anywhere
GET  /apps                                   view          anywhere
GET  /apps/new                               apple         anywhere
POST /apps/new                               apple         anywhere
GET  /apple/content                          view          whole
GET  /apple/content/new                      apple         anywhere
POST /apple/content/new                      apple         anywhere
GET  /apple/content/{location}               view          whole look
POST /apple/content/{location}/file          apple         anywhere
POST /apple/content/{location}/settings      apple         anywhere
POST /apple/content/{location}/count         apple         anywhere
POST /apple/content/{location}/remove        apple         anywhere
GET  /apple/tokens/new                       apple         anywhere
POST /apple/tokens/new                       apple         anywhere
GET  /apple/tokens/{token}                   view          whole look
GET  /apple/tokens/{token}/key.pem           apple         anywhere look
POST /apple/tokens/{token}/key               apple         anywhere
POST /apple/tokens/{token}/file              apple         anywhere
POST /apple/tokens/{token}/settings          apple         anywhere
POST /apple/tokens/{token}/sync              apple         anywhere
POST /apple/tokens/{token}/remove            apple         anywhere
GET  /apple/tokens/{token}/devices           apple         anywhere look
GET  /codes                                  enroll        anywhere
GET  /codes/new                              enroll        anywhere
POST /codes/new                              enroll        anywhere
POST /codes/{code}/revoke                    enroll        anywhere
GET  /arrivals                               enroll        anywhere
GET  /arrivals/{device}                      edit_devices  nord
POST /arrivals/{device}                      edit_devices  nord
GET  /deliveries                             enroll        anywhere
GET  /deliveries/template.csv                enroll        anywhere
POST /deliveries                             enroll        anywhere
GET  /admin                                  view          anywhere
GET  /admin/authority                        settings      anywhere
POST /admin/authority                        settings      anywhere
GET  /years                                  view          anywhere
GET  /years/new                              edit_org      whole
POST /years/new                              edit_org      anywhere
GET  /accounts                               accounts      anywhere
GET  /accounts/new                           accounts      anywhere
POST /accounts/new                           accounts      anywhere
GET  /accounts/teachers                      accounts      anywhere
GET  /export/end                             export        whole
POST /export/end                             export        whole
POST /export/end/agree                       export        whole
POST /export/end/stop                        export        whole
GET  /accounts/review                        accounts      anywhere
POST /accounts/review                        accounts      anywhere
GET  /access                                 read_audit    anywhere
POST /access/end                             accounts      anywhere
GET  /accounts/{account}                     accounts      anywhere
GET  /accounts/{account}/edit                accounts      anywhere
POST /accounts/{account}/edit                accounts      anywhere
POST /accounts/{account}/link                accounts      anywhere
POST /accounts/{account}/disable             accounts      anywhere
POST /accounts/{account}/enable              accounts      anywhere
POST /accounts/{account}/grants              accounts      anywhere
POST /accounts/{account}/grants/end          accounts      anywhere
POST /accounts/{account}/grants/person       accounts      anywhere
GET  /operators                              provision     anywhere
GET  /operators/new                          provision     anywhere
POST /operators/new                          provision     anywhere
GET  /operators/{account}                    provision     anywhere look
GET  /operators/{account}/edit               provision     anywhere look
POST /operators/{account}/edit               provision     anywhere
POST /operators/{account}/link               provision     anywhere
POST /operators/{account}/disable            provision     anywhere
POST /operators/{account}/enable             provision     anywhere
GET  /tokens                                 accounts      anywhere
GET  /tokens/new                             accounts      anywhere
POST /tokens/new                             accounts      anywhere
POST /tokens/revoke                          accounts      anywhere
GET  /audit                                  read_audit    anywhere
GET  /outbox                                 read_outbox   anywhere
GET  /outbox/{mail}                          read_outbox   anywhere look
GET  /sign-in/code                           everybody     anywhere
POST /sign-in/code                           everybody     anywhere
GET  /sign-in/passkey                        everybody     anywhere
POST /sign-in/passkey                        everybody     anywhere
POST /sign-in/passkey/ask                    everybody     anywhere
GET  /sign-in/code/passkey                   everybody     anywhere
POST /sign-in/code/passkey                   everybody     anywhere
POST /sign-in/code/passkey/ask               everybody     anywhere
GET  /sign-in/with/{provider}                everybody     anywhere look
GET  /sign-in/back/{provider}                everybody     anywhere look
POST /sign-in/back/{provider}/logout         everybody     anywhere look
GET  /sign-in/{start}                        everybody     anywhere
GET  /account/second                         signed        anywhere
POST /account/second/begin                   signed        anywhere
POST /account/second/confirm                 signed        anywhere
POST /account/second/codes                   signed        anywhere
POST /account/second/off                     signed        anywhere
GET  /account/passkeys                       signed        anywhere
POST /account/passkeys                       signed        anywhere
POST /account/passkeys/ask                   signed        anywhere
POST /account/passkeys/prove                 signed        anywhere
POST /account/passkeys/prove/ask             signed        anywhere
POST /account/passkeys/codes                 signed        anywhere
POST /account/passkeys/{passkey}/remove      signed        anywhere
POST /accounts/{account}/second              accounts      anywhere
POST /accounts/{account}/sessions            accounts      anywhere
GET  /sessions                               accounts      anywhere
POST /sessions                               accounts      anywhere
GET  /providers                              accounts      whole
GET  /providers/new                          accounts      whole
POST /providers/new                          accounts      whole
GET  /providers/import                       accounts      whole
POST /providers/import                       accounts      whole
GET  /providers/start                        accounts      whole
POST /providers/start                        accounts      whole
GET  /providers/{provider}                   accounts      whole look
GET  /providers/{provider}/edit              accounts      whole look
POST /providers/{provider}/edit              accounts      whole look
POST /providers/{provider}/check             accounts      whole look
POST /providers/{provider}/enable            accounts      whole look
POST /providers/{provider}/disable           accounts      whole look
POST /providers/{provider}/remove            accounts      whole look
POST /providers/{provider}/rules             accounts      whole look
POST /providers/{provider}/rules/remove      accounts      whole look
GET  /providers/{provider}/preview           accounts      whole look
POST /providers/{provider}/preview           accounts      whole look
GET  /rollouts                               view          anywhere
GET  /cutover                                view          anywhere
GET  /cutover/{school}                       view          nord
GET  /cutover/{school}/serials.csv           view          nord
GET  /cutover/{school}/sheet                 view          nord
GET  /cutover/{school}/sheet.pdf             view          nord
GET  /updates                                view          anywhere
GET  /updates/devices                        view          anywhere
GET  /updates/freezes                        view          anywhere
GET  /updates/freezes/new                    assign        anywhere
POST /updates/freezes/new                    assign        anywhere
POST /updates/freezes/{freeze}/remove        assign        anywhere look
GET  /demand                                 view          anywhere
GET  /demand/rule                            settings      anywhere
POST /demand/rule                            settings      anywhere
GET  /rollover                               view          anywhere
GET  /rollover/date                          edit_org      anywhere
POST /rollover/date                          edit_org      anywhere
GET  /rollover/{school}                      edit_people   nord
GET  /rollover/{school}/classes              edit_people   nord
POST /rollover/{school}/classes              edit_people   nord
GET  /rollover/{school}/people               edit_people   nord
GET  /rollover/{school}/people/{person}      edit_people   nord
POST /rollover/{school}/people/{person}      edit_people   nord
GET  /rollover/{school}/sign                 edit_people   nord
POST /rollover/{school}/sign                 edit_people   nord
POST /rollover/{school}/withdraw             edit_people   nord
GET  /rollover/{school}/sheet                edit_people   nord
GET  /rollover/{school}/sheet.pdf            edit_people   nord
GET  /people/{person}/move                   edit_people   nord
GET  /people/{person}/offer                  edit_people   nord look
POST /people/{person}/offer                  edit_people   nord
GET  /crossings                              edit_people   anywhere
POST /crossings/same                         edit_people   anywhere
POST /crossings/differ                       edit_people   anywhere
GET  /crossings/{crossing}                   edit_people   nord look
POST /crossings/{crossing}                   edit_people   nord
POST /crossings/{crossing}/decline           edit_people   nord
POST /crossings/{crossing}/withdraw          edit_people   nord
GET  /export                                 export        whole
POST /export                                 export        whole
GET  /operators/tokens                       provision     anywhere
GET  /operators/tokens/new                   provision     anywhere
POST /operators/tokens/new                   provision     anywhere
POST /operators/tokens/revoke                provision     anywhere
GET  /sight/{school}/{code}                  everybody     anywhere
GET  /schools/{school}/sight                 view          nord
GET  /people/{person}/views                  read_audit    nord
GET  /people/{person}/data.pdf               edit_people   nord
GET  /people/{person}/data.json              edit_people   nord
GET  /people/{person}/erase                  edit_people   whole
POST /people/{person}/erase                  edit_people   whole
GET  /admin/look                             settings      whole
POST /admin/look                             settings      whole
GET  /look/logo.png                          signed        anywhere look
GET  /look/colour.css                        signed        anywhere look
GET  /t/{tenant}/{path:.*}                   signed        anywhere look
GET  /admin/lending                          settings      whole
POST /admin/lending                          settings      whole
GET  /admin/retention                        settings      whole
POST /admin/retention                        settings      whole
GET  /papers                                 read_audit    whole
GET  /papers/particulars                     settings      whole
POST /papers/particulars                     settings      whole
GET  /papers/{paper}                         read_audit    whole
GET  /papers/{paper}/pdf                     read_audit    whole
GET  /rosters                                edit_people   anywhere
GET  /rosters/new                            edit_people   anywhere
POST /rosters/new                            edit_people   anywhere
GET  /rosters/questions                      edit_people   anywhere
GET  /rosters/sources                        edit_people   anywhere
GET  /rosters/asm                            export        whole
POST /rosters/asm                            export        whole
GET  /rosters/sources/new                    edit_people   anywhere
POST /rosters/sources/new                    edit_people   anywhere
GET  /rosters/sources/{source}/server        edit_people   anywhere look
POST /rosters/sources/{source}/server        edit_people   anywhere look
POST /rosters/sources/{source}/check         edit_people   anywhere look
POST /rosters/sources/{source}/fetch         edit_people   anywhere look
GET  /rosters/sources/{source}               edit_people   anywhere look
POST /rosters/sources/{source}               edit_people   anywhere look
POST /rosters/sources/{source}/archive       edit_people   anywhere look
GET  /rosters/{run}                          edit_people   anywhere look
POST /rosters/{run}/read                     edit_people   anywhere look
POST /rosters/{run}/apply                    edit_people   anywhere look
POST /rosters/{run}/drop                     edit_people   anywhere look
GET  /rosters/{run}/{part}                   edit_people   anywhere look
POST /rosters/{run}/{part}/answers           edit_people   anywhere look
POST /rosters/{run}/{part}/apply             edit_people   anywhere look
`

// caller is somebody who asks: a role at a node.
type caller struct {
	name   string
	grants []school.Grant
	login  string
	home   school.AuthorityID // another authority
}

// may reports whether the table lets a caller through to a page.
func (c caller) may(path, verb, node string, authority school.AuthorityID, nord school.SchoolID) bool {
	switch verb {
	case "everybody":
		return true
	case "signed":
		return c.login != ""
	case "somebody":
		return false // the store decides by the thing; see the tests of undo and repairs
	case "provision":
		return slices.ContainsFunc(c.grants, func(g school.Grant) bool { return g.Role == school.Operator && g.Authority == "" })
	}
	by := school.Actor{Kind: school.PersonActor, Tenant: authority, Grants: c.grants}
	if c.home != "" { // somebody of another authority may do all that there, and nothing to a thing of this one
		return !strings.Contains(strings.NewReplacer("{form}", "", "{paper}", "").Replace(path), "{") && by.CanSomewhere(school.Verb(verb), c.home)
	}
	switch node {
	case "nord":
		return by.Can(school.Verb(verb), school.Where{Authority: authority, School: nord})
	case "whole":
		return by.Can(school.Verb(verb), school.Where{Authority: authority})
	}
	return by.CanSomewhere(school.Verb(verb), authority)
}

// callers make every role, at the school that is asked for and at the one next door, and people of another authority.
func (w *world) callers() []caller {
	w.t.Helper()
	ctx := context.Background()
	teacher := func(at school.SchoolID, class school.ClassID, family string) school.PersonID {
		id, err := w.st.CreatePerson(ctx, w.by, school.Person{School: at, Kind: school.Teacher, Given: "Thea", Family: family}, "")
		_, err2 := w.st.AddMember(ctx, w.by, school.Membership{Person: ok(w.t, id, err), Class: class, Teaches: true})
		ok(w.t, 0, err2)
		return id
	}
	mine, other := teacher(w.Nord, w.C7b, "Tafel"), teacher(w.Anger, w.C3a, "Kreide")
	var out []caller
	add := func(name string, g school.Grant) {
		g.Authority = w.authority
		if g.Role == school.Clerk {
			g.Until = noon.AddDate(0, 0, 3)
		}
		login := w.account(name+"@matrix.example", name, g)
		out = append(out, caller{name, []school.Grant{g}, login, ""})
	}
	for _, role := range school.Roles {
		if role == school.Operator {
			continue
		}
		for at, name := range map[school.SchoolID]string{"": "", w.Nord: "-nord", w.Anger: "-anger"} {
			if role.Stands(at) {
				g := school.Grant{Role: role, School: at}
				if role == school.TeacherRole {
					g.Person = map[school.SchoolID]school.PersonID{w.Nord: mine, w.Anger: other}[at]
				}
				add(string(role)+name, g)
			}
		}
	}
	installation := w.account("ohne@matrix.example", "Ohne Zugang")
	out = append(out, caller{"installation", []school.Grant{{Role: school.Operator}}, installation, ""},
		caller{"operator", []school.Grant{{Role: school.Operator}, {Role: school.Operator, Authority: w.authority}}, w.Operator, ""}, caller{name: "nobody"})
	here := w.by
	elsewhere, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Anderswo"})
	w.by = school.System("test", ok(w.t, elsewhere, err))
	stranger := w.account("fremd@anderswo.example", "Fremd", school.Grant{Role: school.AuthorityAdmin})
	w.by = here
	return append(out, caller{"stranger", []school.Grant{{Role: school.AuthorityAdmin, Authority: elsewhere}}, stranger, elsewhere})
}

// things are what the pages of the matrix are about; all of it stands at Gymnasium Nord or belongs to the authority.
func (w *world) things() map[string]string {
	w.t.Helper()
	ctx := context.Background()
	place, err := w.st.CreatePlace(ctx, w.by, school.Place{School: w.Nord, Kind: school.Case, Name: "Koffer 9"})
	ok(w.t, place, err)
	group, err := w.st.CreateGroup(ctx, w.by, school.Group{School: w.Nord, Name: "Robotik"})
	ok(w.t, group, err)
	orders, err := w.st.GiveOrder(ctx, w.by, school.Refresh, w.Devices[:1])
	ok(w.t, orders, err)
	_, err = w.st.SendToRepair(ctx, w.by, w.Devices[1], "Display gesprungen")
	ok(w.t, 0, err)
	repairs, err := w.st.Repairs(ctx, w.by)
	ok(w.t, repairs, err)
	versions, err := w.st.Versions(ctx, w.by, w.Wifi, 0, 1)
	ok(w.t, versions, err)
	lent := w.lent()
	day, _, err := w.st.SetIssueDay(ctx, w.by, school.IssueDay{School: w.Nord, Name: "Ausgabe 7", Day: "2026-11-18", Classes: []school.ClassID{w.C7b}})
	ok(w.t, day, err)
	return map[string]string{"day": string(day), "contract": lent.contract, "asset": lent.asset, "kit": lent.kit, "batch": lent.batch, "damage": lent.damage, "loss": lent.loss, "return": lent.returned, "picture": "x", "school": string(w.Nord), "class": string(w.C7b), "device": string(w.Devices[0]), "person": string(w.Pupils[0]), "place": string(place), "group": string(group),
		"order": string(orders[0]), "repair": repairs[0].ID, "profile": string(w.Wifi), "version": string(versions[0].ID), "account": string(w.accountID(w.Auditor)), "authority": string(w.authority),
		"form": "webclip", "section": "start", "secret": "x", "set": "x", "plan": "x", "token": "x", "location": "x", "provider": "x", "start": "x", "paper": "record", "report": "x", "code": "x", "mail": "x", "year": "2027", "grade": "7", "run": "x", "part": "x", "source": "x", "turnaround": "x", "desk": "x", "question": "x", "crossing": "x"}
}

// TestTheTableOfPermissionsHoldsOnEveryPage asks for every page as every role, for a thing of the own and of a foreign
// school. Who may by the table gets an answer; who may not gets the answer of a page that does not exist, or, where it
// may see the thing, a refusal; and refused writes change nothing.
func TestTheTableOfPermissionsHoldsOnEveryPage(t *testing.T) {
	w, _ := appleWorld(t)
	_, err := w.st.SetRollover(t.Context(), w.by, w.st.NextYear())
	ok(t, 0, err)
	all := w.callers()
	things := w.things()
	said := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(pages), "\n") {
		f := strings.Fields(line)
		said[f[0]+" "+f[1]] = f[2:]
	}
	r := mux.NewRouter()
	w.ui.Routes(r)
	var routes []string
	err = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		methods, err2 := route.GetMethods()
		if err == nil && err2 == nil {
			routes = append(routes, methods[0]+" "+path)
		}
		return nil
	})
	ok(t, 0, err)
	asked := map[string]bool{}
	for _, key := range routes {
		asked[key] = true
		if said[key] == nil {
			t.Errorf("%s: say in the table of pages which verb it needs, and where", key)
		}
	}
	for key := range said {
		if !asked[key] {
			t.Errorf("%s stands in the table of pages and is no page", key)
		}
	}
	version := func() int64 {
		a, err := w.st.Authority(context.Background(), w.by)
		return ok(t, a, err).Version
	}
	before := version()
	clients := map[string]*client{}
	for _, c := range all {
		clients[c.name] = w.as(c.login)
	}
	for _, key := range slices.Sorted(maps.Keys(said)) {
		row := said[key]
		method, path, _ := strings.Cut(key, " ")
		address := path
		for name, id := range things {
			address = strings.ReplaceAll(address, "{"+name+"}", id)
		}
		for _, c := range all {
			may := c.may(path, row[0], row[1], w.authority, w.Nord)
			if row[0] == "everybody" || row[0] == "signed" && may || row[0] == "somebody" || may && (method == "POST" || len(row) > 2) {
				continue // nothing to hold back, or an act that other tests are about
			}
			var a answer
			if method == "GET" {
				a = clients[c.name].get(address)
			} else {
				a = clients[c.name].post(address, url.Values{})
			}
			refused := a.Status == http.StatusNotFound || a.Status == http.StatusForbidden || a.Location == choosePath || strings.HasPrefix(a.Location, "/sign-in")
			if path == "/" { // roles that do not see the tree are led to pages of their own
				refused = refused || a.Location == deskPath || a.Location == taughtPath || a.Location == repairsPath
			}
			if may == refused {
				t.Errorf("%s by %s: %d %s, the table says %v", key, c.name, a.Status, a.Location, may)
			}
			if !may && a.Status == http.StatusForbidden && (c.name == "stranger" || c.name == "nobody" || c.name == "installation") {
				t.Errorf("%s tells %s that it is there", key, c.name)
			}
		}
		if method == "POST" {
			if now := version(); now != before {
				t.Fatalf("%s was refused and changed something", key)
			}
		}
	}
}

// TestKSM09_NamesOfOtherAuthoritiesAppearNowhere: whatever somebody of one authority opens or searches, nothing of the
// other is on it: no name, no count, no trace of a thing whose id is known.
func TestKSM09_NamesOfOtherAuthoritiesAppearNowhere(t *testing.T) {
	w := newWorld(t)
	all := w.callers()
	things := w.things()
	c := w.as(all[len(all)-1].login)
	secrets := []string{"100417", "Grundschule am Anger", "Yılmaz", "MS-26-0003", "WLAN Schule", "Anna Beispiel", "F9FXK2A1"}
	look := func(path string) {
		a := c.get(path)
		for _, s := range secrets {
			if strings.Contains(a.read(), s) && !strings.Contains(path, "="+s) { // what was asked for is repeated
				t.Errorf("%s tells %q", path, s)
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(pages), "\n") {
		f := strings.Fields(line)
		if f[0] != "GET" || strings.HasPrefix(f[1], "/e/") || strings.HasPrefix(f[1], "/demo") || strings.HasPrefix(f[1], "/help") {
			continue
		}
		path := f[1]
		for name, id := range things {
			path = strings.ReplaceAll(path, "{"+name+"}", id)
		}
		look(path)
		if !strings.Contains(f[1], "{") {
			look(path + "?format=csv")
		}
	}
	for _, q := range []string{"Nord", "Deniz", "MS-26-000397", "F9FXK2A100", "7b", "WLAN", "Muster"} {
		look("/search?q=" + q)
		look("/devices?q=" + q)
		look("/people?q=" + q)
		look("/hand-out?q=" + q)
		look("/devices?school=" + string(w.Nord))
		look("/people?class=" + string(w.C7b))
	}
	c.get("/schools").hides(t, "Gymnasium")
	if a := c.get("/devices"); strings.Contains(a.read(), "35") {
		t.Error("the number of somebody else's iPads is told")
	}
}

// TestKSM02_AnAuthoritySeesAndEndsTheAccessOfOperators: who of the provider looks in, since when, until when and why.
func TestKSM02_AnAuthoritySeesAndEndsTheAccessOfOperators(t *testing.T) {
	w := newWorld(t)
	operator, admin := w.as(w.Operator), w.as(w.Admin)
	operator.get("/schools").says(t, http.StatusOK, "Gymnasium Nord")
	operator.get("/people").says(t, http.StatusNotFound)
	admin.get("/access").says(t, http.StatusOK, "Wer vom Betrieb hat Zugang", "Betrieb", "Push-Zertifikat, Ticket 4711", "hat Zugang", "Zugang beenden")
	w.as(w.Auditor).get("/access").says(t, http.StatusOK, "Ticket 4711")
	accesses, err := w.st.Accesses(context.Background(), w.by)
	ok(t, accesses, err)
	if a := w.as(w.Clerk).post("/access/end", url.Values{"grant": {string(accesses[0].ID)}}); a.Status != http.StatusNotFound {
		t.Fatalf("a school ends it: %d", a.Status)
	}
	admin.post("/access/end", url.Values{"grant": {string(accesses[0].ID)}})
	if a := operator.get("/schools"); a.Location != "/choose" {
		t.Fatalf("after its end: %d %s", a.Status, a.Location)
	}
	operator.get("/choose").says(t, http.StatusOK, "Ohne Zugang", "Musterstadt", "Zugang öffnen")
	path := "/choose/" + string(w.authority)
	operator.post(path, url.Values{"reason": {""}, "until": {"2026-11-20"}}).says(t, http.StatusUnprocessableEntity, "Zugang zu Musterstadt")
	operator.post(path, url.Values{"reason": {"Hilfe"}, "until": {"2027-11-20"}}).says(t, http.StatusUnprocessableEntity, "höchstens 90 Tage")
	if a := operator.post(path, url.Values{"reason": {"Token erneuern"}, "until": {"2026-11-20"}}); a.Location != "/" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	operator.get("/schools").says(t, http.StatusOK, "Gymnasium Nord")
	admin.get("/access").says(t, http.StatusOK, "Token erneuern", "20.11.2026", "beendet")
	admin.get("/audit").says(t, http.StatusOK, "Zugang des Betriebs geöffnet")
	w.clock(noon.AddDate(0, 0, 4))
	if a := w.as("").get("/schools"); a.Location == "" {
		t.Fatal("nobody is let in")
	}
	again, err := w.st.SignIn(context.Background(), store.SignIn{Login: w.Operator, Password: password})
	by, _, err2 := w.st.SessionActor(context.Background(), ok(t, again, err))
	if err2 != nil || by.Belongs(w.authority) {
		t.Fatalf("it ends by itself: %+v %v", by, err2)
	}
}

// TestMUSES07_ATeacherSeesOwnClassesAndReports: why-not and a report, of the own class and of no other.
func TestMUSES07_ATeacherSeesOwnClassesAndReports(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	id, err := w.st.CreatePerson(ctx, w.by, school.Person{School: w.Nord, Kind: school.Teacher, Given: "Thea", Family: "Tafel"}, "")
	ok(t, id, err)
	login := w.account("thea@nord.example", "Thea Tafel", school.Grant{Role: school.TeacherRole, School: w.Nord, Person: id})
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	c := w.as(login)
	if a := c.get("/"); a.Location != "/taught" {
		t.Fatalf("home: %d %s", a.Status, a.Location)
	}
	c.get("/taught").says(t, http.StatusOK, "Noch keine Klassen")
	m, err := w.st.AddMember(ctx, w.by, school.Membership{Person: id, Class: w.C7b, Teaches: true})
	ok(t, m, err)
	if a := c.get("/taught"); a.Location != "/taught/"+string(w.C7b) {
		t.Fatalf("one class: %d %s", a.Status, a.Location)
	}
	c.get("/taught/"+string(w.C7b)).says(t, http.StatusOK, "Klasse 7b", "MS-26-000417", "WLAN Schule")
	c.get("/taught/"+string(w.C7a)).says(t, http.StatusNotFound)
	device := "/taught/" + string(w.C7b) + "/" + string(w.Old)
	c.get(device).says(t, http.StatusOK, "MS-26-000398", "Es fehlt", "Verlust oder Schaden melden")
	c.get("/taught/"+string(w.C7b)+"/"+string(w.InCase[0])).says(t, http.StatusNotFound)
	c.post(device, url.Values{}).says(t, http.StatusUnprocessableEntity)
	if a := c.post(device, url.Values{"kind": {"damaged"}, "note": {"Display gesprungen"}}); a.Location != "/taught/"+string(w.C7b) {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.post(device, url.Values{"kind": {"damaged"}}).says(t, http.StatusUnprocessableEntity, "schon gemeldet")
	c.get("/taught/"+string(w.C7b)).says(t, http.StatusOK, "als beschädigt gemeldet")
	if a := c.post("/taught/"+string(w.C7b)+"/"+string(w.InCase[0]), url.Values{"kind": {"lost"}}); a.Status != http.StatusNotFound {
		t.Fatalf("a device of another class: %d", a.Status)
	}
	clerk := w.as(w.Clerk)
	clerk.get("/").says(t, http.StatusOK, "als beschädigt gemeldet")
	page := clerk.get("/reports")
	page.says(t, http.StatusOK, "MS-26-000398", "Display gesprungen", "Thea Tafel", "offen")
	reports, err := w.st.Reports(ctx, w.by)
	if a := clerk.post("/reports/"+ok(t, reports, err)[0].ID+"/close", url.Values{}); a.Location != "/reports" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	clerk.get("/").hides(t, "als beschädigt gemeldet")
	w.as(w.Auditor).get("/reports").hides(t, "Display gesprungen")

	// When the class is no longer taught, it is gone.
	rows, err := w.st.Memberships(ctx, w.by, id)
	_, err2 := w.st.EndMembership(ctx, w.by, id, ok(t, rows, err)[0].ID)
	ok(t, 0, err2)
	w.clock(noon.Add(time.Minute))
	c.get("/taught/"+string(w.C7b)).says(t, http.StatusNotFound)
}

// TestTheDeskHandsOutAndTakesBack: by name and number, with a PIN of one's own, and nothing else is seen.
func TestTheDeskHandsOutAndTakesBack(t *testing.T) {
	w := newWorld(t)
	desk := w.as(w.account("pult@nord.example", "Pult Nord", school.Grant{Role: school.Desk, School: w.Nord}))
	if a := desk.get("/"); a.Location != "/desk" {
		t.Fatalf("home: %d %s", a.Status, a.Location)
	}
	desk.get("/hand-out").says(t, http.StatusOK, "Wer bekommt ein iPad")
	desk.get("/hand-out").hides(t, "Yılmaz")
	desk.get("/hand-out?q=y").says(t, http.StatusUnprocessableEntity, "zwei Buchstaben")
	desk.get("/hand-out?q=yil").says(t, http.StatusOK, "Yılmaz, Deniz", "MS-26-000398")
	back := url.Values{"device": {"ms-26-000398"}}
	if a := desk.post("/take-back", back); a.Location != "/take-back" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	desk.post("/take-back", back).says(t, http.StatusUnprocessableEntity)
	person := "/hand-out?person=" + string(w.Pupils[1])
	desk.get(person).says(t, http.StatusOK, "Yılmaz, Deniz", "iPad ausgeben", "Klasse 7b", "MS-26-000398")
	out := url.Values{"person": {string(w.Pupils[1])}, "device": {"SF9FXK2A101"}}
	if a := desk.post("/hand-out", out); !strings.HasPrefix(a.Location, "/hand-out?given=") {
		t.Fatalf("by Apple's bar code: %d %s", a.Status, a.read())
	}
	desk.post("/hand-out", out).says(t, http.StatusUnprocessableEntity, "Deniz Y.")
	desk.post("/hand-out", url.Values{"person": {string(w.Pupils[1])}, "device": {"MS-26-000601"}}).says(t, http.StatusUnprocessableEntity, "gibt es hier kein iPad") // next door

	made := desk.post("/clerks/new", url.Values{"name": {"Ole Helfer"}, "school": {string(w.Nord)}, "until": {"2026-11-18"}})
	made.says(t, http.StatusOK, "Ole Helfer", "PIN", "18.11.2026")
	clerks, err := w.st.Clerks(context.Background(), w.by)
	login := ok(t, clerks, err)[0].Login
	pin := ""
	for _, word := range strings.Fields(made.read()) {
		if len(word) == 8 && strings.Trim(word, "0123456789") == "" {
			pin = word
		}
	}
	sign := func() (*client, answer) {
		c := w.as("")
		return c, c.post("/sign-in", url.Values{"login": {login}, "password": {pin}})
	}
	c, a := sign()
	if a.Location != "/" {
		t.Fatalf("a clerk signs in by %q and %q: %d %s", login, pin, a.Status, a.read())
	}
	if a := c.get("/desk"); a.Status != http.StatusOK || !strings.Contains(a.Body, `href="/desk"`) || strings.Contains(a.Body, `action="/search"`) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	c.get("/clerks").says(t, http.StatusNotFound)
	for i := range 8 { // guessing waits
		last := w.as("").post("/sign-in", url.Values{"login": {login}, "password": {fmt.Sprintf("%08d", i)}})
		if i == 7 && last.Status != http.StatusTooManyRequests {
			t.Fatalf("%d", last.Status)
		}
	}
	w.clock(noon.AddDate(0, 0, 2)) // the last day is over
	if a := c.get("/desk"); a.Status == http.StatusOK {
		t.Fatalf("after its end a clerk still works: %d", a.Status)
	}
	desk = w.as("pult@nord.example")
	if a := desk.post("/clerks/new", url.Values{"name": {"Lange Hilfe"}, "school": {string(w.Nord)}, "until": {"2027-11-18"}}); a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("a year: %d", a.Status)
	}
	if a := desk.post("/clerks/new", url.Values{"name": {"Hilfe West"}, "school": {string(w.West)}, "until": {"2026-11-20"}}); a.Status != http.StatusNotFound {
		t.Fatalf("next door: %d", a.Status)
	}
}

// TestTheRepairShopNeverSeesAPerson: number, serial, model and the order; a device in repair is not handed out.
func TestTheRepairShopNeverSeesAPerson(t *testing.T) {
	w := newWorld(t)
	shop := w.as(w.account("werkstatt@nord.example", "Werkstatt", school.Grant{Role: school.Repair}))
	clerk := w.as(w.Clerk)
	shop.get("/repairs").says(t, http.StatusOK, "Nichts in Reparatur")
	device := "/devices/" + string(w.Devices[1])
	clerk.post(device+"/repair", url.Values{"note": {""}}).says(t, http.StatusUnprocessableEntity)
	if a := clerk.post(device+"/repair", url.Values{"note": {"Display gesprungen"}}); a.Location != "/repairs" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	page := shop.get("/repairs")
	page.says(t, http.StatusOK, "MS-26-000398", "F9FXK2A101", "Display gesprungen", "Antworten")
	page.hides(t, "Deniz", "Yılmaz", "7b", "Ist zurück")
	shop.get(device).says(t, http.StatusNotFound)
	orders, err := w.st.Repairs(context.Background(), w.by)
	path := "/repairs/" + ok(t, orders, err)[0].ID
	shop.get(path).says(t, http.StatusOK, "Display gesprungen")
	if a := shop.post(path, url.Values{"answer": {"Getauscht"}, "ready": {"1"}}); a.Location != "/repairs" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	clerk.get("/repairs").says(t, http.StatusOK, "Getauscht", "fertig zum Abholen", "Ist zurück")
	clerk.post("/take-back", url.Values{"device": {"MS-26-000398"}})
	clerk.post("/hand-out", url.Values{"person": {string(w.Pupils[1])}, "device": {"MS-26-000398"}}).says(t, http.StatusUnprocessableEntity, "in der Werkstatt")
	if a := clerk.post(path+"/end", url.Values{}); a.Location != "/repairs" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	if a := clerk.post("/hand-out", url.Values{"person": {string(w.Pupils[1])}, "device": {"MS-26-000398"}}); !strings.HasPrefix(a.Location, "/hand-out?given=") {
		t.Fatalf("%d %s", a.Status, a.read())
	}
}

// TestRolesAreReviewedEveryHalfYear (SYS.3.2.2.A20): what nobody confirmed is listed, kept or ended by one press.
func TestRolesAreReviewedEveryHalfYear(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get("/accounts/review").says(t, http.StatusOK, "Nichts zu prüfen")
	w.clock(noon.AddDate(0, 7, 0))
	admin = w.as(w.Admin)
	admin.get("/accounts/review").says(t, http.StatusOK, "Birte Beispiel", "Carla Beispiel", "Anna Beispiel", "Weiter nötig", "Beenden")
	page, err := w.st.GrantsToReview(context.Background(), w.by, "", 0)
	for _, x := range ok(t, page, err).Rows {
		switch x.Name {
		case "Birte Beispiel":
			admin.post("/accounts/review", url.Values{"grant": {string(x.ID)}})
		case "Carla Beispiel":
			admin.post("/accounts/review", url.Values{"grant": {string(x.ID)}, "keep": {"1"}})
		}
	}
	admin.get("/accounts/review").hides(t, "Birte Beispiel", "Carla Beispiel")
	if a := w.as(w.Auditor).get("/"); a.Status != http.StatusOK {
		t.Fatalf("kept: %d", a.Status)
	}
	if a := w.as(w.Clerk).get("/"); a.Status == http.StatusOK {
		t.Fatalf("ended: %d", a.Status)
	}
	w.clock(noon.AddDate(0, 14, 0))
	w.as(w.Admin).get("/accounts/review").says(t, http.StatusOK, "Carla Beispiel")
}

// TestKWH11_ASmallPlaceHasASimpleMenu: devices, people, hand out, take back, problems; by itself where there is one school.
func TestKWH11_ASmallPlaceHasASimpleMenu(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	nav := func(c *client) string {
		_, rest, _ := strings.Cut(c.get("/").Body, `<nav class="nav"`)
		menu, _, _ := strings.Cut(rest, "</nav>")
		return strings.Join(strings.Fields(readable("<"+menu)), " ")
	}
	if got := nav(admin); !strings.Contains(got, "Übersicht Schulen Geräte Personen Profile und Apps Ausleihe Verwaltung") {
		t.Fatalf("three schools: %s", got)
	}
	// One school sees no list of one.
	clerk := w.as(w.Clerk)
	if got := nav(clerk); !strings.Contains(got, "Geräte Personen Ausgeben Zurücknehmen Probleme Verwaltung") {
		t.Fatalf("one school: %s", got)
	}
	a, err := w.st.Authority(context.Background(), w.by)
	was := ok(t, a, err)
	a = was
	a.Policy.Simple = school.SimpleOff
	_, err = w.st.ChangeAuthority(context.Background(), w.by, was, a)
	ok(t, 0, err)
	if got := nav(clerk); !strings.Contains(got, "Übersicht Schule Geräte Personen Profile und Apps Ausleihe Verwaltung") {
		t.Fatalf("KSM-09, one school: %s", got)
	}
	for _, path := range []string{"/people", "/devices", "/groups"} {
		head, _, _ := strings.Cut(clerk.get(path).Body, "</thead>")
		_, head, _ = strings.Cut(head, "<thead")
		if strings.Contains(readable("<"+head), "Schule") {
			t.Errorf("KSM-09: %s has a column that says the same in every row", path)
		}
	}
	was = a
	a.Policy.Simple = school.SimpleOn
	_, err = w.st.ChangeAuthority(context.Background(), w.by, was, a)
	ok(t, 0, err)
	if got := nav(w.as(w.Admin)); !strings.Contains(got, "Geräte Personen Ausgeben Zurücknehmen Probleme Verwaltung") {
		t.Fatalf("on: %s", got)
	}
	w.as(w.Admin).get("/admin").says(t, http.StatusOK, "Profile", "Schulen", "Aufbau")
}

// TestKWH10_NoPupilWhereThereIsStaffOnly and KWH01: nothing of the pages speaks of Apple School Manager there.
func TestKWH10_NoPupilWhereThereIsStaffOnly(t *testing.T) {
	w := emptyWorld(t)
	admin := w.as(w.Admin)
	settings := url.Values{"name": {"Musikschule"}, "modules": {"management"}, "await_minutes": {"15"}, "renew_days": {"365"}, "staff_only": {"1"}}
	if a := admin.post("/admin/authority", settings); a.Location != "/admin" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	at, err := w.st.CreateSchool(context.Background(), w.by, school.School{Name: "Musikschule"})
	ok(t, at, err)
	admin.get("/people/new").hides(t, "Schülerin")
	who := url.Values{"family": {"Beispiel"}, "school": {string(at)}, "kind": {"pupil"}}
	admin.post("/people/new", who).says(t, http.StatusUnprocessableEntity, "nur Personal")
	who.Set("kind", "teacher")
	if a := admin.post("/people/new", who); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	for _, path := range []string{"/", "/apple", "/apple/push", "/apple/tokens/new", "/codes", "/arrivals", "/deliveries", "/devices", "/people", "/admin"} {
		a := admin.get(path)
		if strings.Contains(a.Body, "School Manager") {
			t.Errorf("KWH-01: %s speaks of Apple School Manager", path)
		}
	}
	admin.get("/apple/tokens/new").says(t, http.StatusOK, "Apple Business Manager")
	// Nor of classes, where there are none: a school is what is assigned to it.
	admin.get("/admin").hides(t, "Schuljahr")
	if a := admin.get(schoolAddress(at)); a.Location != schoolAddress(at)+"/assigned" {
		t.Errorf("KWH-01: the place of staff shows classes: %d %s", a.Status, a.Location)
	}
	admin.get(schoolAddress(at)+"/assigned").hides(t, "Klasse", "Schuljahr", "Jahrgang")
}

// TestKWH11_TheSimpleMenuLeadsSomewhere: an iPad is given to somebody and comes back by the entries of the simple menu
// alone, and what is the matter with it stands behind the last.
func TestKWH11_TheSimpleMenuLeadsSomewhere(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Clerk)
	ctx := context.Background()
	_, err := w.st.TakeBack(ctx, w.by, w.Devices[0])
	ok(t, 0, err)
	who, err := w.st.PersonByID(ctx, w.by, w.Pupils[0])
	ok(t, who, err)
	c.get("/devices").says(t, http.StatusOK, "MS-26-000417")
	c.get("/people").says(t, http.StatusOK, who.Name())
	c.get("/hand-out?q="+url.QueryEscape(who.Family)).says(t, http.StatusOK, who.Name())
	device, err := w.st.DeviceByID(ctx, w.by, w.Devices[0])
	ok(t, device, err)
	c.get("/hand-out").says(t, http.StatusOK, "wer noch kein iPad hat", who.Name())
	a := c.post("/hand-out", url.Values{"person": {string(who.ID)}, "device": {device.Serial}})
	if a.Location != "/hand-out?given="+string(who.ID) {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	given := c.get(a.Location)
	given.says(t, http.StatusOK, who.Name()+" hat jetzt "+device.Number, "Vertrag und Unterschrift")
	c.get("/contracts?person="+string(who.ID)).says(t, http.StatusOK, device.Number)
	if d, err := w.st.DeviceByID(ctx, w.by, w.Devices[0]); err != nil || d.Holder == nil || d.Holder.ID != who.ID {
		t.Errorf("given: %+v %v", d, err)
	}
	if a := c.post("/take-back", url.Values{"device": {device.Serial}}); a.Location != "/take-back" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	if d, err := w.st.DeviceByID(ctx, w.by, w.Devices[0]); err != nil || d.Holder != nil {
		t.Errorf("taken back: %+v %v", d, err)
	}
	c.get("/").says(t, http.StatusOK, "Zu tun")
	c.get("/reports").says(t, http.StatusOK)
}

// TestMUSES16_TheAdministrationTakesEverythingAlong: as a ZIP, asked before, and nobody else does.
func TestMUSES16_TheAdministrationTakesEverythingAlong(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get("/admin").says(t, http.StatusOK, "Alles herunterladen")
	admin.get("/export").says(t, http.StatusOK, "Darin stehen alle Personen", "ZIP-Datei herunterladen")
	a := admin.post("/export", url.Values{})
	if a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") || !strings.Contains(a.Body, "tables/person.jsonl") {
		t.Fatalf("%d, %d bytes", a.Status, len(a.Body))
	}
	for _, login := range []string{w.Clerk, w.Auditor, w.Operator} {
		if a := w.as(login).post("/export", url.Values{}); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", login, a.Status)
		}
	}
	admin.get("/audit").says(t, http.StatusOK, "Alle Daten heruntergeladen")
}

// TestOperatorsMakeTokensForAPortal, which are shown once.
func TestOperatorsMakeTokensForAPortal(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Operator)
	c.get("/operators").says(t, http.StatusOK, "Token des Betriebs")
	c.post("/operators/tokens/new", url.Values{}).says(t, http.StatusUnprocessableEntity)
	made := c.post("/operators/tokens/new", url.Values{"name": {"Landesportal"}, "ends": {"2027-11-30"}})
	made.says(t, http.StatusOK, "rzo_")
	page := c.get("/operators/tokens")
	page.says(t, http.StatusOK, "Landesportal", "30.11.2027")
	page.hides(t, "rzo_")
	_, rest, _ := strings.Cut(page.Body, `name="token" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	if a := c.post("/operators/tokens/revoke", url.Values{"token": {id}}); a.Location != "/operators/tokens" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	w.as(w.Admin).get("/audit").says(t, http.StatusOK, "Token des Betriebs erstellt", "Token des Betriebs zurückgezogen")
}

// Whatever page one comes to from the administration, the menu says under which of its entries it stands.
func TestTheMenuSaysWhereOneIs(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	_, main, _ := strings.Cut(admin.get("/admin").Body, `<main`)
	links := regexp.MustCompile(`href="(/[^"]+)"`).FindAllStringSubmatch(main, -1)
	seen := 0
	for _, link := range links {
		path, _, _ := strings.Cut(link[1], "?")
		if strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/help") || path == "/admin" || path == "/accessibility" {
			continue
		}
		_, rest, _ := strings.Cut(admin.get(path).Body, `<nav class="nav"`)
		menu, _, _ := strings.Cut(rest, "</nav>")
		if seen++; strings.Count(menu, `aria-current="page"`) != 1 {
			t.Errorf("%s stands nowhere in the menu:\n%s", path, menu)
		}
	}
	if seen < 15 {
		t.Fatalf("%d pages: the test looks at nothing", seen)
	}
}

// TestKWH01_NothingPresumesASchool walks every page an administrator of a place of staff can open without choosing anything, and
// reads what stands there: no classes, no pupils, and Apple's portal by its other name.
func TestKWH01_NothingPresumesASchool(t *testing.T) {
	w := emptyWorld(t)
	admin := w.as(w.Admin)
	settings := url.Values{"name": {"Musikschule"}, "modules": {"management", "lending"}, "await_minutes": {"15"}, "renew_days": {"365"}, "staff_only": {"1"}}
	if a := admin.post("/admin/authority", settings); a.Location != "/admin" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	_, err := w.st.CreateSchool(context.Background(), w.by, school.School{Name: "Musikschule"})
	ok(t, 0, err)
	walked := 0
	for _, line := range strings.Split(strings.TrimSpace(pages), "\n") {
		f := strings.Fields(line)
		if f[0] != "GET" || strings.Contains(f[1], "{") || strings.HasPrefix(f[1], "/help") || ofPupils[f[1]] {
			continue
		}
		a := admin.get(f[1])
		if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		walked++
		for _, word := range []string{"School Manager", "Schülerin", "Schüler ", "Klasse 7", "Klassenraum"} {
			if strings.Contains(a.read(), word) {
				t.Errorf("%s speaks of %q", f[1], word)
			}
		}
	}
	if walked < 40 {
		t.Errorf("only %d pages were read", walked)
	}
}

// ofPupils are pages that are about lists of schools and the turn of their years, to which a place of staff finds no way, and the
// one with the switch that says that it is one.
var ofPupils = map[string]bool{"/rosters/asm": true, "/rollover": true, "/rollover/date": true, "/years": true, "/years/new": true, "/demand": true, "/figures/schools": true, "/admin/authority": true}
