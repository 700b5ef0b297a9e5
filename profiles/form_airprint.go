package profiles

import (
	"strconv"
	"strings"
)

// airprintForm writes one printer per line: address, path of the queue, and where needed port and "tls":
//
//	drucker-01.schule.example ipp/print
//	10.20.30.40 printers/lehrerzimmer 631 tls
var airprintForm = Form{Kind: "airprint", Type: "com.apple.airprint", Groups: []Group{{Fields: []Field{
	{Name: "printers", Key: "AirPrint", Kind: ListField, Required: true, parse: parsePrinters, format: formatPrinters},
}}}}

func parsePrinters(lines []string) (any, int) {
	list := []any{}
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 2 || len(words) > 4 || strings.ContainsAny(words[0], "/|,;") {
			return nil, i + 1
		}
		d := Dict{"IPAddress": words[0], "ResourcePath": words[1]}
		for n, w := range words[2:] {
			port, err := strconv.Atoi(w)
			switch {
			case n == 0 && err == nil && port > 0 && port <= 65535:
				d["Port"] = int64(port)
			case n == len(words)-3 && strings.EqualFold(w, "tls"):
				d["ForceTLS"] = true
			default:
				return nil, i + 1
			}
		}
		list = append(list, d)
	}
	return list, 0
}

func formatPrinters(v any) (lines []string, ok bool) {
	list, ok := v.([]any)
	for _, e := range list {
		d, _ := e.(Dict)
		line := d.text("IPAddress") + " " + d.text("ResourcePath")
		if port, ok := d["Port"].(int64); ok {
			line += " " + strconv.FormatInt(port, 10)
		}
		if d["ForceTLS"] == true {
			line += " tls"
		}
		lines = append(lines, line)
	}
	return lines, ok
}
