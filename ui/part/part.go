// Package part holds what pages are put together from as templates: status,
// progress, table head, pager, field, confirmation and so on. Each is a named
// template whose data is the struct of the same name in package ui/web.
package part

import "embed"

// FS holds the parts.
//
//go:embed *.html
var FS embed.FS
