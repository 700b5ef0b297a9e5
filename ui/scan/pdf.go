package scan

import (
	"bytes"
	"compress/zlib"
	"context"
	"image"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// Bounds within a PDF.
const (
	maxObjects = 200_000
	maxLists   = 64 << 20 // of all lists of objects together
	maxDeep    = 24       // of the tree of pages
	maxTried   = 4        // pictures of a page, the largest first, until one can be read
)

// file is a PDF that was read.
type file struct {
	objects map[ref]any
	lists   int // bytes that may still be unpacked of lists of objects
}

// page is a page of a PDF with the pictures on it.
type page struct {
	f       *file
	dict    dict
	res     any
	rotated int
}

var objectAt = regexp.MustCompile(`(\d{1,10})[ \t\r\n]+\d{1,5}[ \t\r\n]+obj\b`)

// pdfPages reads a PDF down to its pages.
func pdfPages(ctx context.Context, b []byte) ([]page, error) {
	f := &file{objects: map[ref]any{}, lists: maxLists}
	var lists []stream
	for at := 0; at < len(b) && len(f.objects) < maxObjects; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m := objectAt.FindSubmatchIndex(b[at:])
		if m == nil {
			break
		}
		n, err := strconv.Atoi(string(b[at+m[2] : at+m[3]]))
		l := lexer{b, at + m[1]}
		v := l.value(0)
		if d, ok := v.(dict); ok {
			length, _ := d["Length"].(int) // one that is said elsewhere is found by its end
			if body, ok := l.after(length); ok {
				s := stream{d, body}
				if v = s; d["Type"] == name("ObjStm") {
					lists = append(lists, s)
				}
			}
		}
		if err == nil {
			f.objects[ref(n)] = v
		}
		at = max(l.at, at+m[1])
	}
	for _, s := range lists {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f.list(s)
	}
	if f.encrypted(b) {
		return nil, errLocked
	}
	var out []page
	for _, id := range slices.Sorted(maps.Keys(f.objects)) { // of several, which an editor may leave, the one with most pages
		if d, ok := f.objects[id].(dict); ok && d["Type"] == name("Catalog") {
			var pages []page
			f.walk(d["Pages"], nil, 0, 0, map[ref]bool{}, &pages)
			if len(pages) > len(out) {
				out = pages
			}
		}
	}
	switch {
	case len(out) == 0:
		return nil, ErrNone
	case len(out) > MaxPages:
		return nil, errMany
	}
	return out, nil
}

// encrypted reports whether a file asks for a password. The word stands in a trailer or in a table that is a stream.
func (f *file) encrypted(b []byte) bool {
	if at := bytes.LastIndex(b, []byte("trailer")); at >= 0 {
		l := lexer{b, at + len("trailer")}
		if d, ok := l.value(0).(dict); ok && d["Encrypt"] != nil {
			return true
		}
	}
	for _, v := range f.objects {
		if s, ok := v.(stream); ok && s.dict["Type"] == name("XRef") && s.dict["Encrypt"] != nil {
			return true
		}
	}
	return false
}

// list reads a list of objects that are packed together.
func (f *file) list(s stream) {
	n, _ := f.get(s.dict["N"]).(int)
	first, _ := f.get(s.dict["First"]).(int)
	b, err := f.unpack(s, &f.lists)
	if err != nil || first < 0 || first > len(b) || n < 0 || n > maxObjects {
		return
	}
	head := lexer{b[:first], 0}
	for range n {
		id, ok := head.value(0).(int)
		at, ok2 := head.value(0).(int)
		if !ok || !ok2 || at < 0 || first+at >= len(b) || len(f.objects) >= maxObjects {
			return
		}
		if _, has := f.objects[ref(id)]; !has { // what stands in the open is newer, or the same
			l := lexer{b, first + at}
			f.objects[ref(id)] = l.value(0)
		}
	}
}

// get follows a reference, and one that leads to another.
func (f *file) get(v any) any {
	for range 8 {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		v = f.objects[r]
	}
	return nil
}

func (f *file) dict(v any) dict {
	switch v := f.get(v).(type) {
	case dict:
		return v
	case stream:
		return v.dict
	}
	return nil
}

// walk goes through the tree of pages. No node is entered twice.
func (f *file) walk(v, res any, rotated, deep int, seen map[ref]bool, out *[]page) {
	if r, ok := v.(ref); ok {
		if seen[r] {
			return
		}
		seen[r] = true
	}
	d := f.dict(v)
	if d == nil || deep > maxDeep || len(*out) > MaxPages {
		return
	}
	if d["Resources"] != nil {
		res = d["Resources"]
	}
	if n, ok := f.get(d["Rotate"]).(int); ok {
		rotated = n
	}
	kids, tree := f.get(d["Kids"]).(array)
	if !tree {
		*out = append(*out, page{f, d, res, rotated})
		return
	}
	for _, k := range kids {
		f.walk(k, res, rotated, deep+1, seen, out)
	}
}

// picture is the largest picture on a page that can be read, as it lies there.
func (p page) picture(ctx context.Context) (*image.Gray, error) {
	var all []stream
	p.f.pictures(p.res, 0, &all)
	slices.SortStableFunc(all, func(a, b stream) int { return p.f.pixels(b) - p.f.pixels(a) })
	for _, s := range all[:min(len(all), maxTried)] {
		g, err := p.f.picture(s)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue
		}
		if turn := (p.rotated%360 + 360) % 360; turn%90 == 0 && turn > 0 {
			g = turned(g, g.Rect, float64(-turn))
		}
		return g, nil
	}
	return nil, errPicture
}

// pictures gathers the pictures of a page, also those that lie in a form on it.
func (f *file) pictures(res any, deep int, out *[]stream) {
	if deep > 4 || len(*out) > 200 {
		return
	}
	on := f.dict(f.dict(res)["XObject"])
	for _, k := range slices.Sorted(maps.Keys(on)) {
		s, ok := f.get(on[k]).(stream)
		switch {
		case !ok:
		case s.dict["Subtype"] == name("Image"):
			*out = append(*out, s)
		case s.dict["Subtype"] == name("Form"):
			f.pictures(s.dict["Resources"], deep+1, out)
		}
	}
}

func (f *file) pixels(s stream) int {
	w, h := f.size(s)
	if !sized(w, h) {
		return 0
	}
	return w * h
}

func (f *file) size(s stream) (w, h int) {
	w, _ = f.get(s.dict["Width"]).(int)
	h, _ = f.get(s.dict["Height"]).(int)
	return w, h
}

// filters lists how a stream is packed, the outermost first, each with what it needs to know.
func (f *file) filters(d dict) (names []name, with []dict) {
	switch v := f.get(d["Filter"]).(type) {
	case name:
		return []name{v}, []dict{f.dict(first(f.get(d["DecodeParms"])))}
	case array:
		parms, _ := f.get(d["DecodeParms"]).(array)
		for i, x := range v {
			n, _ := f.get(x).(name)
			var p dict
			if i < len(parms) {
				p = f.dict(parms[i])
			}
			names, with = append(names, n), append(with, p)
		}
	}
	return names, with
}

func first(v any) any {
	if a, ok := v.(array); ok {
		if len(a) == 0 {
			return nil
		}
		return a[0]
	}
	return v
}

// unpack undoes what packs a stream whole. So many bytes are left to be unpacked; what is more is not read.
func (f *file) unpack(s stream, left *int) ([]byte, error) {
	b := s.body
	names, with := f.filters(s.dict)
	for i, n := range names {
		if n != "FlateDecode" {
			return nil, errPicture
		}
		var err error
		if b, err = inflated(b, left); err != nil {
			return nil, err
		}
		if b, err = f.unpredicted(b, with[i]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// inflated charges what it unpacks to left, whatever comes of it.
func inflated(b []byte, left *int) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, errPicture
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(*left)))
	*left -= len(out)
	if err != nil && len(out) == 0 { // what was cut off is read as far as it goes
		return nil, errPicture
	}
	return out, nil
}

// unpredicted undoes that each line of pixels is written as its difference from what is beside it (7.4.4.4). It does so in place.
func (f *file) unpredicted(b []byte, d dict) ([]byte, error) {
	number := func(k name, or int) int {
		if n, ok := f.get(d[k]).(int); ok {
			return n
		}
		return or
	}
	kind, colors, bits, columns := number("Predictor", 1), number("Colors", 1), number("BitsPerComponent", 8), number("Columns", 1)
	if kind < 2 {
		return b, nil
	}
	if colors < 1 || colors > 8 || bits < 1 || bits > 16 || columns < 1 || columns >= 1<<16 {
		return nil, errPicture
	}
	step, line := max(1, colors*bits/8), (colors*bits*columns+7)/8
	if kind == 2 {
		if bits != 8 {
			return nil, errPicture
		}
		for at := 0; at < len(b); at += line {
			for i := at + step; i < min(at+line, len(b)); i++ {
				b[i] += b[i-step]
			}
		}
		return b, nil
	}
	out := b[:0] // a line gets shorter by the byte that says how it is written: none overtakes what is still to be read
	above := make([]byte, line)
	for len(b) > 1 {
		how, n := b[0], min(line, len(b)-1)
		out = append(out, b[1:1+n]...)
		now := out[len(out)-n:]
		b = b[1+n:]
		for i := range now {
			var left, up, corner byte
			up = above[i]
			if i >= step {
				left, corner = now[i-step], above[i-step]
			}
			switch how {
			case 1:
				now[i] += left
			case 2:
				now[i] += up
			case 3:
				now[i] += byte((int(left) + int(up)) / 2)
			case 4:
				now[i] += paeth(left, up, corner)
			}
		}
		above = now
	}
	return out, nil
}

// paeth is of three neighbours the one nearest to what they foretell (PNG, 9.4).
func paeth(left, up, corner byte) byte {
	p := int(left) + int(up) - int(corner)
	far := func(x byte) int { return max(p-int(x), int(x)-p) }
	switch {
	case far(left) <= far(up) && far(left) <= far(corner):
		return left
	case far(up) <= far(corner):
		return up
	}
	return corner
}
