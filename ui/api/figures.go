package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// Figures are what councils, auditors and those who pay ask for. Amounts are in cents. But for open parts they name nobody.

// year reads which calendar year a figure is about: unasked this one.
func (c *call) year() (from, until time.Time, year int, err error) {
	this := c.now.In(web.Berlin).Year()
	if year, err = c.number("year", this-9, this); year == 0 {
		year = this
	}
	from = time.Date(year, 1, 1, 0, 0, 0, 0, web.Berlin)
	return from, from.AddDate(1, 0, 0), year, err
}

// usualYears is how long a computer serves where nobody says otherwise.
const usualYears = 5

func (c *call) served() (int, error) {
	n, err := c.number("years", 1, 12)
	if n == 0 {
		n = usualYears
	}
	return n, err
}

type lackView struct {
	Contract ref        `json:"contract"`
	Part     string     `json:"part"`
	Kind     string     `json:"kind"`
	Name     string     `json:"name"`
	State    string     `json:"state"`
	Person   string     `json:"person"`
	Class    string     `json:"class"`
	School   *ref       `json:"school"`
	Asset    string     `json:"asset"`
	Returned *time.Time `json:"returned"`
	Price    int        `json:"price"`
	Worth    int        `json:"worth_today"`
}

// lacks lists what is missing or damaged and waits for somebody to decide.
func (a *API) lacks(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Lacks(c.ctx, c.by, school.SchoolID(c.query.Get("school")), c.query.Get("after"), limit)
	if err == nil && len(rows.Rows) > 0 {
		a.st.NamesRead(c.by)
	}
	return paged(rows, func(x store.LackRow) lackView {
		return lackView{ref{string(x.Contract), x.ContractNo}, string(x.ID), string(x.Kind), x.Name, string(x.State), x.PersonName, x.ClassName, refTo(x.School, x.SchoolName), x.AssetName, moment(x.Returned), x.Price, x.Worth}
	}), err
}

type damageSumView struct {
	School  *ref `json:"school"`
	Damages int  `json:"damages"`
	Open    int  `json:"open"`
	Cost    int  `json:"cost"`
	Claim   int  `json:"claim"`
	Insured int  `json:"insured"`
}

// yearly is a figure of one calendar year.
type yearly[T any] struct {
	Year  int `json:"year"`
	Items []T `json:"items"`
}

func (a *API) damageSums(c *call) (answer, error) {
	from, until, year, err := c.year()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.DamageSums(c.ctx, c.by, from, until)
	v := yearly[damageSumView]{year, []damageSumView{}}
	for _, x := range rows {
		v.Items = append(v.Items, damageSumView{refTo(x.School, x.SchoolName), x.Damages, x.Running, x.Cost, x.Claim, x.Insured})
	}
	return answer{body: v}, err
}

type costView struct {
	School *ref `json:"school"`
	Pieces int  `json:"pieces"`
	Worth  int  `json:"worth"`
	Rate   int  `json:"rate"`
	Damage int  `json:"damage"`
	Claims int  `json:"claims"`
}

func (a *API) costs(c *call) (answer, error) {
	from, until, year, err := c.year()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Costs(c.ctx, c.by, from, until)
	v := yearly[costView]{year, []costView{}}
	for _, x := range rows {
		v.Items = append(v.Items, costView{refTo(x.School, x.SchoolName), x.Pieces, x.Worth, x.Rate, x.Damage, x.Claims})
	}
	return answer{body: v}, err
}

type fundView struct {
	Programme string     `json:"programme"`
	Pieces    int        `json:"pieces"`
	Here      int        `json:"here"`
	Early     int        `json:"gone_early"`
	Worth     int        `json:"worth"`
	From      *time.Time `json:"from"`
	Until     *time.Time `json:"bound_until"`
}

func (a *API) funds(c *call) (answer, error) {
	rows, err := a.st.FundSums(c.ctx, c.by)
	return listed(rows, "", func(x store.FundSum) fundView {
		return fundView{x.Programme, x.Pieces, x.Here, x.Early, x.Worth, moment(x.From), moment(x.Until)}
	}), err
}

// fundedView is a thing a programme or sponsor paid for, as an asset register has it: it names nobody.
type fundedView struct {
	Asset     string     `json:"asset"`
	Number    string     `json:"number"`
	Serial    string     `json:"serial"`
	Kind      string     `json:"kind"`
	Model     string     `json:"model"`
	State     string     `json:"state"`
	School    *ref       `json:"school"`
	Place     string     `json:"place"`
	Programme string     `json:"programme"`
	Supplier  string     `json:"supplier"`
	Ordered   *time.Time `json:"ordered"`
	Until     *time.Time `json:"bound_until"`
	Worth     int        `json:"worth"`
}

func (a *API) funded(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.FundedAssets(c.ctx, c.by, c.query.Get("programme"), school.SchoolID(c.query.Get("school")), c.query.Get("after"), limit)
	return paged(rows, func(x store.FundedRow) fundedView {
		return fundedView{string(x.ID), x.Number, x.Serial, string(x.Kind), x.Model, string(x.State), refTo(x.School, x.SchoolName), x.PlaceName, x.Programme, x.Supplier, moment(x.Ordered), moment(x.Until), x.Worth}
	}), err
}

// mediaView is a school as a media development plan measures it. What is planned is null where no rule says it.
type mediaView struct {
	School  ref            `json:"school"`
	Type    string         `json:"school_type"`
	Pupils  int            `json:"pupils"`
	Has     map[string]int `json:"computers"`
	Per     *float64       `json:"pupils_per_computer"`
	Planned *int           `json:"planned_ipads"`
	Missing *int           `json:"missing_ipads"`
	Replace int            `json:"replace"`
}

type mediaList struct {
	Years int         `json:"years"`
	Until int         `json:"replace_until"`
	Items []mediaView `json:"items"`
}

func (a *API) media(c *call) (answer, error) {
	years, err := c.served()
	if err != nil {
		return answer{}, err
	}
	rows, until, ruled, err := a.st.Media(c.ctx, c.by, years)
	v := mediaList{years, until, []mediaView{}}
	for _, x := range rows {
		m := mediaView{School: ref{string(x.School.ID), x.School.Name}, Type: x.School.Type, Pupils: x.Pupils, Has: map[string]int{}, Replace: x.Replace}
		for _, k := range school.Computers {
			m.Has[string(k)] = x.Has[k]
		}
		if per := x.PerComputer(); per > 0 {
			m.Per = &per
		}
		if ruled {
			m.Planned, m.Missing = &x.Planned, &x.Missing
		}
		v.Items = append(v.Items, m)
	}
	return answer{body: v}, err
}

// fleetView is what a school has of one model out of one delivery.
type fleetView struct {
	School  *ref       `json:"school"`
	Kind    string     `json:"kind"`
	Model   string     `json:"model"`
	Batch   string     `json:"batch"`
	Pieces  int        `json:"pieces"`
	Bought  *time.Time `json:"bought"`
	Lease   *time.Time `json:"lease_ends"`
	Worth   int        `json:"worth"`
	Rate    int        `json:"rate"`
	Replace int        `json:"replace_in"`
	System  *osView    `json:"ipados"`
}

// osView says until which year a model gets every new iPadOS. An estimate is one: Apple announces no end.
type osView struct {
	Newest    *string `json:"newest"`
	Until     *int    `json:"until"`
	Estimated bool    `json:"estimated"`
}

func (a *API) fleet(c *call) (answer, error) {
	years, err := c.served()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Fleet(c.ctx, c.by, school.SchoolID(c.query.Get("school")))
	if err != nil {
		return answer{}, err
	}
	releases, _, err := a.st.Releases(c.ctx)
	return listed(rows, "", func(x store.FleetLine) fleetView {
		v := fleetView{School: refTo(x.School, x.SchoolName), Kind: string(x.Kind), Model: x.Model, Batch: x.BatchName, Pieces: x.Pieces, Bought: moment(x.Bought), Lease: moment(x.LeaseEnds), Worth: x.Worth, Rate: x.Rate,
			Replace: x.Replace(years)}
		newest, _ := releases.Serves(x.Product)
		until, estimated := releases.ServedUntil(x.Product)
		if newest != "" || until > 0 {
			v.System = &osView{Newest: idOrNull(newest), Estimated: estimated}
			if until > 0 {
				v.System.Until = &until
			}
		}
		return v
	}), err
}
