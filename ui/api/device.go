package api

import (
	"net/http"
	"strings"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

type deviceRow struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Serial    string     `json:"serial"`
	Model     string     `json:"model"`
	OSVersion string     `json:"os_version"`
	School    *ref       `json:"school"`
	Class     *ref       `json:"class"`
	Place     *ref       `json:"place"`
	Holder    *ref       `json:"holder"`
	Enrolled  bool       `json:"enrolled"`
	Confirmed bool       `json:"confirmed"`
	LastSeen  *time.Time `json:"last_seen"`
	Silent    bool       `json:"silent"`
	Status    string     `json:"status"`
	Missing   int        `json:"missing"`
	LeftOut   int        `json:"left_out"`
}

func viewDeviceRow(x store.DeviceRow) deviceRow {
	status := store.AsDecided
	switch {
	case !x.Enrolled:
		status = store.NotEnrolled
	case x.NeedsHelp:
		status = store.NeedsHelp
	case x.CatchingUp:
		status = store.CatchingUp
	}
	return deviceRow{ID: string(x.ID), Number: x.Number, Serial: x.Serial, Model: x.Model, OSVersion: x.OSVersion, School: refTo(x.School, x.SchoolName),
		Class: refTo(x.Class, x.ClassName), Place: refTo(x.Place, x.PlaceName), Holder: refTo(x.Holder, x.HolderName), Enrolled: x.Enrolled, Confirmed: x.Confirmed,
		LastSeen: moment(x.LastSeen), Silent: x.Silent, Status: string(status), Missing: x.Missing, LeftOut: x.LeftOut}
}

func (a *API) devices(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	q := c.query
	sort, desc := strings.CutPrefix(q.Get("sort"), "-")
	rows, err := a.st.Devices(c.ctx, c.by, store.DeviceFilter{School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")),
		Place: school.PlaceID(q.Get("place")), Person: school.PersonID(q.Get("person")), Batch: school.BatchID(q.Get("batch")), Group: school.GroupID(q.Get("group")),
		State: store.DeviceState(q.Get("state")), Text: q.Get("q"), Sort: store.DeviceSort(sort), Desc: desc, After: q.Get("after"), Limit: limit})
	return paged(rows, viewDeviceRow), err
}

// deviceView is what is known of one device. What iPads report of themselves comes from Apple's DeviceInformation and
// status reports, as old as inventory_at says.
type deviceView struct {
	ID               string          `json:"id"`
	Asset            string          `json:"asset"`
	Number           string          `json:"number"`
	Serial           string          `json:"serial"`
	UDID             string          `json:"udid"`
	Model            string          `json:"model"`
	ProductName      string          `json:"product_name"`
	OSVersion        string          `json:"os_version"`
	Build            string          `json:"build"`
	Supervised       bool            `json:"supervised"`
	Ownership        string          `json:"ownership"`
	Confirmed        bool            `json:"confirmed"`
	School           *ref            `json:"school"`
	Class            *ref            `json:"class"`
	Place            *ref            `json:"place"`
	Batch            *ref            `json:"batch"`
	Holder           *ref            `json:"holder"`
	HolderSince      *time.Time      `json:"holder_since"`
	PlannedPerson    *ref            `json:"planned_person"`
	PlannedClass     *ref            `json:"planned_class"`
	LastSeen         *time.Time      `json:"last_seen"`
	Silent           bool            `json:"silent"`
	BatteryPercent   *int            `json:"battery_percent"`
	BatteryHealth    string          `json:"battery_health"`
	StorageFreeGB    *float64        `json:"storage_free_gb"`
	InventoryAt      *time.Time      `json:"inventory_at"`
	MigrateUntil     *time.Time      `json:"migrate_until"`
	NetworksReleased bool            `json:"networks_released"`
	Enrollment       *enrollmentView `json:"enrollment"`
	State            *stateView      `json:"state"`
}

type enrollmentView struct {
	ID              string     `json:"id"`
	State           string     `json:"state"`
	EnrolledAt      *time.Time `json:"enrolled_at"`
	LastSeen        *time.Time `json:"last_seen"`
	CertificateEnds *time.Time `json:"certificate_ends"`
	InSetup         bool       `json:"in_setup"`
	SetupUntil      *time.Time `json:"setup_until"`
	Manual          bool       `json:"manual"`
	PossibleClone   bool       `json:"possible_clone"`
	PushState       string     `json:"push_state"`
}

func viewDevice(x store.DevicePage) deviceView {
	v := deviceView{ID: string(x.ID), Asset: string(x.Asset), Number: x.Number, Serial: x.Serial, UDID: x.UDID, Model: x.Model, ProductName: x.ProductName,
		OSVersion: x.OSVersion, Build: x.Build, Supervised: x.Supervised, Ownership: string(x.Ownership), Confirmed: x.Confirmed,
		School: refTo(x.School, x.SchoolName), Class: refTo(x.Class, x.ClassName), Place: refTo(x.Place, x.PlaceName), Batch: refTo(x.Batch, x.BatchName),
		PlannedClass: refTo(x.Device.PlannedClass, x.PlannedClass), LastSeen: moment(x.LastSeen), Silent: x.Silent, InventoryAt: moment(x.InventoryAt),
		BatteryHealth: string(x.Health), MigrateUntil: moment(x.MigrateUntil), NetworksReleased: x.Released}
	if x.Holder != nil {
		v.Holder, v.HolderSince = refTo(x.Holder.ID, x.Holder.Name()), moment(x.HolderSince)
	}
	if x.Planned != nil {
		v.PlannedPerson = refTo(x.Planned.ID, x.Planned.Name())
	}
	if x.Battery >= 0 {
		v.BatteryPercent = &x.Battery
	}
	if x.StorageFree > 0 {
		v.StorageFreeGB = &x.StorageFree
	}
	if e := x.Enrollment; e != nil {
		v.Enrollment = &enrollmentView{ID: string(e.ID), State: string(e.State), EnrolledAt: moment(e.EnrolledAt), LastSeen: moment(e.LastSeen),
			CertificateEnds: moment(e.CertEnds), InSetup: e.Awaiting, SetupUntil: moment(e.AwaitUntil), Manual: x.Manual, PossibleClone: e.CloneAlarm, PushState: x.PushState}
	}
	return v
}

func (a *API) device(c *call) (answer, error) {
	x, err := a.st.DeviceByID(c.ctx, c.by, school.DeviceID(c.id()))
	if err != nil {
		return answer{}, err
	}
	v := viewDevice(x)
	v.State, err = a.state(c, x)
	return answer{body: v}, err
}

type deviceBody struct {
	Number    field[string] `json:"number"`
	Place     field[string] `json:"place"`
	Ownership field[string] `json:"ownership"`
}

// changeDevice changes one thing at a time: number, place and ownership are acts of their own, and each can be undone for itself.
func (a *API) changeDevice(c *call, b deviceBody) (answer, error) {
	id := school.DeviceID(c.id())
	switch {
	case b.Number.set && b.Place.set, b.Ownership.set && (b.Number.set || b.Place.set):
		return answer{}, school.Refuse("place", "one_at_a_time")
	case b.Ownership.set:
		set, err := a.st.SetOwnership(c.ctx, c.by, []school.DeviceID{id}, school.Ownership(b.Ownership.value))
		return changed(id, set), err
	case b.Number.set:
		set, err := a.st.SetNumber(c.ctx, c.by, id, b.Number.value)
		return changed(id, set), err
	case b.Place.set:
		place := school.PlaceID(b.Place.value)
		set, err := a.st.MoveDevices(c.ctx, c.by, []school.DeviceID{id}, store.Destination{Place: &place})
		return changed(id, set), err
	}
	return answer{}, school.Refuse("number", "required")
}

// retryDevice is accepted, not done: what was refused for good is sent again when the device calls.
func (a *API) retryDevice(c *call) (answer, error) {
	id := school.DeviceID(c.id())
	_, err := a.st.TryAgain(c.ctx, c.by, []school.DeviceID{id}, mdm.Again)
	return answer{status: http.StatusAccepted, body: written{ID: idOrNull(id)}}, err
}
