package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// Limits of what a device may send. Results with long lists are large, check-ins are small; both come to one URL.
const (
	maxBody    = 16<<20 - 1
	maxNesting = 64
)

var (
	errBinary = errors.New("binary property list")
	errDeep   = errors.New("nested too deeply")
	errNoXML  = errors.New("not an XML property list")
)

// guard reads the body under a limit and refuses what a property list parser must never see: binary lists (47 bytes of
// one make the parser allocate gigabytes) and deep nesting. It runs before any parser and before the signature, because
// anybody may send anything.
func (x *Control) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = checkBody(body)
		}
		if err != nil {
			status := http.StatusBadRequest
			var big *http.MaxBytesError
			if errors.As(err, &big) {
				status = http.StatusRequestEntityTooLarge
			}
			x.log.Info("device request refused", "why", err.Error(), "status", status)
			http.Error(w, http.StatusText(status), status)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r.WithContext(withBody(r.Context(), body)))
	})
}

// checkBody looks at tags only; it allocates nothing that grows with the body.
func checkBody(b []byte) error {
	if bytes.HasPrefix(b, []byte("bplist")) {
		return errBinary
	}
	trimmed := bytes.TrimLeft(b, " \t\r\n\xef\xbb\xbf")
	if len(trimmed) == 0 || trimmed[0] != '<' {
		return errNoXML
	}
	depth := 0
	for i := 0; i < len(trimmed); {
		open := bytes.IndexByte(trimmed[i:], '<')
		if open < 0 {
			break
		}
		i += open + 1
		if i >= len(trimmed) {
			return errNoXML
		}
		switch c := trimmed[i]; {
		case c == '?':
		case c == '!':
			if bytes.HasPrefix(trimmed[i:], []byte("!ENTITY")) {
				return errNoXML
			}
			if bytes.HasPrefix(trimmed[i:], []byte("!--")) {
				end := bytes.Index(trimmed[i:], []byte("-->"))
				if end < 0 {
					return errNoXML
				}
				i += end + 3
				continue
			}
			if bytes.HasPrefix(trimmed[i:], []byte("![CDATA[")) {
				end := bytes.Index(trimmed[i:], []byte("]]>"))
				if end < 0 {
					return errNoXML
				}
				i += end + 3
				continue
			}
		case c == '/':
			depth--
		default:
			end := bytes.IndexByte(trimmed[i:], '>')
			if end < 0 {
				return errNoXML
			}
			if trimmed[i+end-1] != '/' {
				if depth++; depth > maxNesting {
					return errDeep
				}
			}
			i += end
		}
	}
	return nil
}
