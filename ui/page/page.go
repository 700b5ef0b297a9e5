// Package page holds the pages as templates: layout.html, the frame of them all,
// and one file per page. A page file defines "main" and, if fragments of it are
// live, one block per fragment; package ui/web parses and renders them.
//
// A page is plain HTML made of parts. ranzen.css gives it, besides the parts:
//
//	head             title on the left, .buttons on the right
//	lead, muted, sum the first sentence, an aside, the line of totals
//	answer           the one answer of a page; --ok, --busy, --danger
//	toolbar          things to do above a list; .toolbar-end is its right end
//	table-wrap       scrolls a .table sideways when narrow; .numeric cells, .why rows
//	marks            what can be done with marked rows, in a form with data-marks
//	form             fields below each other
//	slip             a note to print and cut out; .slip-for says for whom
//	links            a list of links with a line about each
//	secret           a code that is shown this once
//	sheet            a printed page; .print-only and .no-print around it
//	needs-js         is there only if the script runs
//	without-js       is there only if it does not
//
// styleguide.html shows every part in every state and is rendered by tests only.
package page

import "embed"

// FS holds layout.html and one file per page.
//
//go:embed *.html
var FS embed.FS
