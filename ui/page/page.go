// Package page holds the pages as templates: layout.html, the frame of them all,
// and one file per page. A page file defines "main" and, if fragments of it are
// live, one block per fragment; package ui/web parses and renders them.
//
// styleguide.html shows every part in every state and is rendered by tests only.
package page

import "embed"

// FS holds layout.html and one file per page.
//
//go:embed *.html
var FS embed.FS
