package api

import "ranzen/store/school"

type allocationView struct {
	Type     string `json:"school_type"`
	From     int    `json:"from_grade"`
	Until    int    `json:"until_grade"`
	Teachers bool   `json:"teachers"`
	Per      int    `json:"per"`
	Reserve  int    `json:"reserve_percent"`
}

func viewAllocation(a school.Allocation) allocationView {
	return allocationView{a.Type, a.From, a.Until, a.Teachers, a.Per, a.Reserve}
}

type allocationRule struct {
	Rule []allocationView `json:"rule"`
}

func (a *API) allocation(c *call) (answer, error) {
	rule, err := a.st.Allocations(c.ctx, c.by)
	v := allocationRule{Rule: []allocationView{}}
	for _, x := range rule {
		v.Rule = append(v.Rule, viewAllocation(x))
	}
	return answer{body: v}, err
}

func (a *API) setAllocation(c *call, b allocationRule) (answer, error) {
	var rule []school.Allocation
	for _, x := range b.Rule {
		rule = append(rule, school.Allocation{Type: x.Type, From: x.From, Until: x.Until, Teachers: x.Teachers, Per: x.Per, Reserve: x.Reserve})
	}
	set, err := a.st.SetAllocations(c.ctx, c.by, rule)
	return changed(c.by.Tenant, set), err
}

type demandView struct {
	School  string       `json:"school"`
	Pupils  int          `json:"pupils"`
	Staff   int          `json:"teachers"`
	Needed  int          `json:"needed"`
	Reserve int          `json:"reserve"`
	Present int          `json:"present"`
	InStock int          `json:"in_stock"`
	Missing int          `json:"missing"`
	Outside int          `json:"without_rule"`
	Lines   []demandLine `json:"lines"`
}

type demandLine struct {
	allocationView
	Heads  int `json:"heads"`
	Needed int `json:"needed"`
}

// demand measures the schools the token may see by the rule of its authority.
func (a *API) demand(c *call) (answer, error) {
	all, err := a.st.Demands(c.ctx, c.by)
	out := []demandView{}
	for _, d := range all {
		v := demandView{School: string(d.School.ID), Pupils: d.Pupils, Staff: d.Staff, Needed: d.Needed, Reserve: d.Reserve, Present: d.Present, InStock: d.InStock,
			Missing: d.Missing(), Outside: d.Outside, Lines: []demandLine{}}
		for _, x := range d.Lines {
			v.Lines = append(v.Lines, demandLine{viewAllocation(x.Allocation), x.Heads, x.Needed})
		}
		out = append(out, v)
	}
	return answer{body: map[string]any{"items": out}}, err
}
