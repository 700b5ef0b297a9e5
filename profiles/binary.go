package profiles

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Binary property lists are read here and by no library: a 47-byte file whose counts lie makes the common Go libraries
// allocate gigabytes or panic, and a check that could prove a file harmless has to walk every object anyway. Here no
// count is believed before the bytes it promises are there, and shared objects are charged each time they are used, so
// that a small file of references to references cannot unfold without end.

const binaryMagic = "bplist00"

// epoch is where binary lists count seconds from.
var epoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

type binaryReader struct {
	data    []byte // without the trailer
	offsets []byte // the offset table
	offSize int
	refSize int
	count   uint64
	nodes   int
	size    int // bytes of strings and data unfolded so far
}

func readBinary(data []byte) (any, error) {
	const trailer = 32
	if len(data) < len(binaryMagic)+trailer+2 {
		return nil, refuse("profile.broken_binary")
	}
	end := len(data) - trailer
	t := data[end:]
	r := &binaryReader{offSize: int(t[6]), refSize: int(t[7]), count: binary.BigEndian.Uint64(t[8:])}
	top, table := binary.BigEndian.Uint64(t[16:]), binary.BigEndian.Uint64(t[24:])
	if r.offSize < 1 || r.offSize > 8 || r.refSize < 1 || r.refSize > 8 ||
		table < uint64(len(binaryMagic)) || table > uint64(end) ||
		r.count == 0 || r.count > (uint64(end)-table)/uint64(r.offSize) || top >= r.count {
		return nil, refuse("profile.broken_binary")
	}
	r.data, r.offsets = data[:table], data[table:end]
	return r.object(top, 1)
}

func (r *binaryReader) object(ref uint64, depth int) (any, error) {
	if depth > maxDepth { // also ends a circle of references
		return nil, refuse("profile.too_deep", maxDepth)
	}
	if r.nodes++; r.nodes > maxNodes {
		return nil, refuse("profile.too_many", maxNodes)
	}
	if ref >= r.count {
		return nil, refuse("profile.broken_binary")
	}
	at := bigEndian(r.offsets[ref*uint64(r.offSize):][:r.offSize])
	if at < uint64(len(binaryMagic)) || at >= uint64(len(r.data)) {
		return nil, refuse("profile.broken_binary")
	}
	kind, low, rest := r.data[at]>>4, r.data[at]&0xf, r.data[at+1:]
	switch kind {
	case 0x0:
		switch low {
		case 0x8:
			return false, nil
		case 0x9:
			return true, nil
		}
	case 0x1:
		return r.integer(low, rest)
	case 0x2:
		switch {
		case low == 2 && len(rest) >= 4:
			return finite(float64(math.Float32frombits(binary.BigEndian.Uint32(rest))))
		case low == 3 && len(rest) >= 8:
			return finite(math.Float64frombits(binary.BigEndian.Uint64(rest)))
		}
	case 0x3:
		if low == 3 && len(rest) >= 8 {
			return date(math.Float64frombits(binary.BigEndian.Uint64(rest)))
		}
	case 0x4:
		raw, err := r.take(low, rest, 1)
		if err != nil {
			return nil, err
		}
		return append([]byte{}, raw...), nil
	case 0x5, 0x6, 0x7:
		return r.str(kind, low, rest)
	case 0xa:
		return r.array(low, rest, depth)
	case 0xd:
		return r.dict(low, rest, depth)
	}
	return nil, refuse("profile.broken_binary") // null, UID, set: no XML list has them
}

// take reads the count of an object and returns its count*size bytes, if they are there and within what may unfold.
func (r *binaryReader) take(low byte, rest []byte, size int) ([]byte, error) {
	n := uint64(low)
	if low == 0xf {
		if len(rest) == 0 || rest[0]>>4 != 0x1 || rest[0]&0xf > 3 || len(rest) < 1+1<<(rest[0]&0xf) {
			return nil, refuse("profile.broken_binary")
		}
		width := 1 << (rest[0] & 0xf)
		n, rest = bigEndian(rest[1:1+width]), rest[1+width:]
	}
	if n > uint64(len(rest)/size) {
		return nil, refuse("profile.broken_binary")
	}
	if r.size += int(n) * size; r.size > MaxSize {
		return nil, refuse("profile.too_large", MaxSize>>20)
	}
	return rest[:int(n)*size], nil
}

func (r *binaryReader) integer(low byte, rest []byte) (any, error) {
	width := 1 << (low & 7)
	if low > 4 || len(rest) < width {
		return nil, refuse("profile.broken_binary")
	}
	switch width {
	case 16: // 8 bytes of sign, then what does not fit a signed number
		high, n := binary.BigEndian.Uint64(rest), binary.BigEndian.Uint64(rest[8:])
		switch {
		case high == 0 && n > math.MaxInt64:
			return n, nil
		case high == 0, high == math.MaxUint64 && n > math.MaxInt64:
			return int64(n), nil
		}
		return nil, refuse("profile.broken_binary")
	case 8:
		return int64(binary.BigEndian.Uint64(rest)), nil // the only width that has a sign
	}
	return int64(bigEndian(rest[:width])), nil
}

func (r *binaryReader) str(kind, low byte, rest []byte) (any, error) {
	size := 1
	if kind == 0x6 {
		size = 2
	}
	raw, err := r.take(low, rest, size)
	if err != nil {
		return nil, err
	}
	var s string
	switch kind {
	case 0x6:
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(raw[2*i:])
		}
		runes := utf16.Decode(units)
		for i, u := 0, 0; i < len(runes); i++ { // half a surrogate pair decodes to U+FFFD that was not there
			if runes[i] == utf8.RuneError && units[u] != utf8.RuneError {
				return nil, refuse("profile.bad_character", printable(string(runes)))
			}
			u += utf16.RuneLen(runes[i])
		}
		s = string(runes)
	default:
		s = string(raw)
	}
	if !legal(s) {
		return nil, refuse("profile.bad_character", printable(s))
	}
	return s, nil
}

func (r *binaryReader) array(low byte, rest []byte, depth int) (any, error) {
	refs, err := r.take(low, rest, r.refSize)
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, len(refs)/r.refSize)
	for ; len(refs) > 0; refs = refs[r.refSize:] {
		v, err := r.object(bigEndian(refs[:r.refSize]), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *binaryReader) dict(low byte, rest []byte, depth int) (any, error) {
	refs, err := r.take(low, rest, 2*r.refSize)
	if err != nil {
		return nil, err
	}
	d := Dict{}
	keys, values := refs[:len(refs)/2], refs[len(refs)/2:]
	for ; len(keys) > 0; keys, values = keys[r.refSize:], values[r.refSize:] {
		k, err := r.object(bigEndian(keys[:r.refSize]), depth+1)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, refuse("profile.broken_binary")
		}
		if _, twice := d[key]; twice {
			return nil, refuse("profile.duplicate_key", printable(key), 0)
		}
		if d[key], err = r.object(bigEndian(values[:r.refSize]), depth+1); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func finite(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, refuse("profile.broken_binary")
	}
	return f, nil
}

// date drops fractions of a second, as Apple's own conversion to XML does.
func date(seconds float64) (any, error) {
	if !(math.Abs(seconds) < 1e11) {
		return nil, refuse("profile.broken_binary")
	}
	t := time.Unix(epoch.Unix()+int64(math.Floor(seconds)), 0).UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, refuse("profile.broken_binary")
	}
	return t, nil
}

// bigEndian reads up to eight bytes.
func bigEndian(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}
