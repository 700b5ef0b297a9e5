package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"ranzen/store/school"
)

// takeOverCmd brings an authority in that another installation handed over.
type takeOverCmd struct {
	Config `embed:""`
	File   string `arg:"" help:"ZIP file made there under Verwaltung, Alles herunterladen." type:"existingfile"`
}

// Run is `ranzen take-over`.
func (c takeOverCmd) Run(ctx context.Context, s streams) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	x, err := st.ImportTenant(ctx, school.System("take-over", ""), f, info.Size())
	if err != nil {
		if why := takeOverWhy[codeOf(err)]; why != "" {
			return fmt.Errorf("%s; nothing was taken over", why)
		}
		return err
	}
	fmt.Fprintf(s.out, "Taken over: %s, with %d schools, %d people, %d devices, %d holdings and %d entries of the log, under the same ids.\n",
		x.Name, x.Rows["school"], x.Rows["person"], x.Rows["device"], x.Rows["holding"], x.Rows["audit"])
	if len(x.Left) > 0 {
		fmt.Fprintf(s.out, "What hangs on secrets begins anew: %s.\n", strings.Join(x.Left, ", "))
	}
	_, err = fmt.Fprintf(s.out, "Its administrator %s sets a password here, good once, within seven days:\n  %s\n", x.Login, c.setupLink(x.Link))
	return err
}

// takeOverWhy says why an export is not taken over.
var takeOverWhy = map[string]string{
	"import_form":   "this is no complete export of an authority from Ranzen",
	"import_schema": "the export is from another release of Ranzen: bring both servers to the same one and export anew",
	"import_here":   "this authority is here already",
	"import_gone":   "this authority was deleted here, and the journal of deletions would delete it again: use another installation",
	"import_taken":  "something in it exists here already in another authority, mostly a login",
	"import_nobody": "there is no administrator in it who could sign in",
}

func codeOf(err error) string {
	for _, e := range school.Refusals(err) {
		return e.Code
	}
	return ""
}
