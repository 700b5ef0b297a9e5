package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// assetsCmd reads a list of things from the machine itself: the nightly export of an inventory, of opsi or Intune. It shows what
// would change and takes it over only when told to, whole or not at all.
type assetsCmd struct {
	Config    `embed:""`
	File      string `arg:"" help:"The list: CSV or XLSX."`
	Authority string `placeholder:"NAME" help:"The authority, where there are several."`
	School    string `placeholder:"NAME" help:"The school of new things where the list names none, by name or official number."`
	Kind      string `placeholder:"notebook" help:"The kind of new things where the list names none: ipad, mac, notebook, pc, case, keyboard, pencil, charger, cable, other."`
	ManagedBy string `placeholder:"opsi" help:"Who manages new things where the list says nothing: us, iserv, opsi, intune, none."`
	Apply     bool   `help:"Take it over. Without it nothing is changed."`
}

// Run is `ranzen assets`.
func (c assetsCmd) Run(ctx context.Context, s streams) error {
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return c.take(ctx, st, s)
}

func (c assetsCmd) take(ctx context.Context, st *store.Store, s streams) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	by, err := actorFor(ctx, st, "assets", c.Authority)
	if err != nil {
		return err
	}
	sheet, x, _, problems, err := enroll.OpenAssets(ctx, st, by, data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if c.Kind != "" {
		x.Mapping.Kind = school.AssetKind(c.Kind)
	}
	if c.ManagedBy != "" {
		x.Mapping.ManagedBy = school.ManagedBy(c.ManagedBy)
	}
	if c.School != "" {
		if x.Mapping.School, err = schoolNamed(ctx, st, by, c.School); err != nil {
			return err
		}
	}
	rows, wrong := enroll.AssetsOf(sheet, x.Mapping)
	x.Rows, problems = rows, append(problems, wrong...)
	var p store.AssetListPlan
	if len(rows) > 0 {
		if p, err = st.PlanAssets(ctx, by, x); err != nil {
			return err
		}
	}
	problems = append(problems, p.Problems()...)
	slices.SortStableFunc(problems, func(a, b *school.Error) int { return a.Row - b.Row })
	for _, e := range problems {
		fmt.Fprintf(s.out, "line %d", e.Row)
		if e.Field != "" {
			fmt.Fprintf(s.out, ", %s", e.Field)
		}
		fmt.Fprintf(s.out, ": %s\n", web.RuleText(web.English, e))
	}
	fmt.Fprintf(s.out, "%d lines: %d new, %d change, %d stay as they are\n", len(sheet.Lines), p.Creates, p.Changes, p.Keeps)
	switch {
	case len(problems) > 0:
		return errors.New("nothing is taken over while a line is wrong")
	case !c.Apply:
		fmt.Fprintln(s.out, "Nothing is changed. With --apply it is taken over.")
		return nil
	case p.Creates+p.Changes == 0:
		return nil
	}
	if _, _, err = st.ImportAssets(ctx, by, x, p.Hash); err == nil {
		fmt.Fprintln(s.out, "taken over")
	}
	return err
}
