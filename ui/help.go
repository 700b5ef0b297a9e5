package ui

import (
	"net/http"

	"ranzen/ui/web"
)

// helpFor is the section of the help that belongs to a page.
func helpFor(*http.Request) string { return web.HelpPath }
