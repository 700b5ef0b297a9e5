package paper

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"sync"
	"unicode/utf16"
)

// Files are written to be kept (PDF/A-2b, ISO 19005-2): fonts are embedded, colours have a profile, nothing is transparent, encrypted
// or fetched from elsewhere, and the file describes itself. Its structure is held by tests; the reference checker (veraPDF)
// runs elsewhere.

// metadata describes the file in XMP.
func (d *Doc) metadata() []byte {
	var title bytes.Buffer
	if err := xml.EscapeText(&title, []byte(d.o.Title)); err != nil {
		title.Reset()
	}
	at := d.o.Made.UTC().Format("2006-01-02T15:04:05Z")
	return fmt.Appendf(nil, `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><pdf:Producer>Ranzen</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`, title.Bytes(), d.o.Lang, at, at)
}

// sRGB is a colour profile made from the numbers of IEC 61966-2-1: the primaries adapted to D50 as the standard for profiles
// wants them (ICC.1:2001), and the curve in 256 steps.
var sRGB = sync.OnceValue(func() []byte {
	fixed := func(xs ...float64) (b []byte) {
		for _, x := range xs {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(x*65536))))
		}
		return b
	}
	xyz := func(x, y, z float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...) }
	text := func(s string) []byte { return append([]byte("text\x00\x00\x00\x00"+s), 0) }
	desc := func(s string) []byte {
		b := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(s)+1))
		b = append(append(b, s...), 0)
		return append(b, make([]byte, 4+4+2+1+67)...)
	}
	curve := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 256)
	for i := range 256 {
		x := float64(i) / 255
		if x <= 0.04045 {
			x /= 12.92
		} else {
			x = math.Pow((x+0.055)/1.055, 2.4)
		}
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(x*65535)))
	}
	tags := []struct {
		name string
		body []byte
	}{
		{"desc", desc("sRGB")}, {"cprt", text("Public domain")}, {"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)}, {"gXYZ", xyz(0.38515, 0.71687, 0.09708)}, {"bXYZ", xyz(0.14307, 0.06061, 0.7141)},
		{"rTRC", curve}, {"gTRC", nil}, {"bTRC", nil}, // the same curve for all three
	}
	const head = 128
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var body []byte
	at, size := 0, 0
	for _, t := range tags {
		if t.body != nil {
			for len(body)%4 != 0 {
				body = append(body, 0)
			}
			at, size = head+4+12*len(tags)+len(body), len(t.body)
			body = append(body, t.body...)
		}
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(table, uint32(at)), uint32(size))
	}
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	out := make([]byte, head)
	binary.BigEndian.PutUint32(out[0:], uint32(head+len(table)+len(body)))
	binary.BigEndian.PutUint32(out[8:], 0x02100000) // version 2.1
	copy(out[12:], "mntrRGB XYZ ")
	for i, n := range []uint16{2026, 1, 1, 0, 0, 0} {
		binary.BigEndian.PutUint16(out[24+2*i:], n)
	}
	copy(out[36:], "acsp")
	copy(out[68:], fixed(0.9642, 1, 0.8249)) // D50
	return append(append(out, table...), body...)
})

// utf16Hex writes a text as PDF writes one in hexadecimal digits.
func utf16Hex(text string) string {
	var b bytes.Buffer
	b.WriteString("FEFF")
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
