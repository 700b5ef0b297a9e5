package profiles

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
)

// list puts objects into a binary property list with one-byte offsets and references.
func list(objects ...[]byte) []byte {
	b := []byte(binaryMagic)
	var offsets []byte
	for _, o := range objects {
		offsets = append(offsets, byte(len(b)))
		b = append(b, o...)
	}
	return finish(append(b, offsets...), 1, 1, uint64(len(objects)), 0, uint64(len(b)))
}

func finish(b []byte, offSize, refSize byte, count, top, table uint64) []byte {
	b = append(b, 0, 0, 0, 0, 0, 0, offSize, refSize)
	b = binary.BigEndian.AppendUint64(b, count)
	b = binary.BigEndian.AppendUint64(b, top)
	return binary.BigEndian.AppendUint64(b, table)
}

func TestHostileBinaryListsAreRefusedCheaply(t *testing.T) {
	laughs := [][]byte{}
	for i := range 16 { // each list names the next one ten times
		o := []byte{0xaa}
		laughs = append(laughs, append(o, bytes.Repeat([]byte{byte(i + 1)}, 10)...))
	}
	laughs = append(laughs, []byte{0x09})
	big := append([]byte{0x4f, 0x12, 0, 0x10, 0, 0}, make([]byte, 1<<20)...) // 1 MB of data, named by many
	at := len(binaryMagic) + 1 + 15
	many := append(append([]byte(binaryMagic), append([]byte{0xaf, 0x10, 13}, bytes.Repeat([]byte{1}, 13)...)...), big...)
	table := len(many)
	many = append(many, 0, byte(len(binaryMagic)), 0, byte(at))
	tests := []struct {
		name, want string
		data       []byte
	}{
		{"47 bytes that promise 2^60 objects", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8, 0, 0, 0, 0, 0), 1, 1, 1<<60, 0, 9)},
		{"a count near 2^63", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 1, 1, 1<<63-1, 0, 9)},
		{"no objects", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 1, 1, 0, 0, 9)},
		{"a list of 2^62 items", "profile.broken_binary", list([]byte{0xaf, 0x13, 0x40, 0, 0, 0, 0, 0, 0, 0})},
		{"a string of 2^63 characters", "profile.broken_binary", list([]byte{0x6f, 0x13, 0x80, 0, 0, 0, 0, 0, 0, 0})},
		{"a table before the header", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 1, 1, 1, 0, 0)},
		{"a table behind the end", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 1, 1, 1, 0, 1<<40)},
		{"offsets of no bytes", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 0, 1, 1, 0, 9)},
		{"references of 9 bytes", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 1, 9, 1, 0, 9)},
		{"top object out of the table", "profile.broken_binary", finish(append([]byte(binaryMagic), 0xd0, 8), 1, 1, 1, 1, 9)},
		{"a circle", "profile.too_deep", list([]byte{0xa1, 0})},
		{"references to references", "profile.too_many", list(laughs...)},
		{"one megabyte, many times", "profile.too_large", finish(many, 2, 1, 2, 0, uint64(table))},
		{"a reference nobody holds", "profile.broken_binary", list([]byte{0xa1, 7})},
		{"a key that is no string", "profile.broken_binary", list([]byte{0xd1, 1, 1}, []byte{0x09})},
		{"a key twice", "profile.duplicate_key", list([]byte{0xd2, 1, 1, 1, 1}, []byte{0x51, 'k'})},
		{"a UID", "profile.broken_binary", list([]byte{0x80, 1})},
		{"half a surrogate pair", "profile.bad_character", list([]byte{0x61, 0xd8, 0x00})},
		{"a NUL", "profile.bad_character", list([]byte{0x51, 0})},
		{"not a number", "profile.broken_binary", list([]byte{0x23, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0})},
		{"a date without end", "profile.broken_binary", list([]byte{0x33, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0})},
		{"only a header", "profile.broken_binary", []byte(binaryMagic)},
	}
	for _, tt := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readBinary(tt.data)
		runtime.ReadMemStats(&after)
		if got := codeOf(t, err); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: %d MB allocated", tt.name, used>>20)
		}
	}
}

func TestBinaryNumbers(t *testing.T) {
	tests := []struct {
		name   string
		object []byte
		want   any
	}{
		{"one byte has no sign", []byte{0x10, 0xff}, int64(255)},
		{"four bytes have none", []byte{0x12, 0xff, 0xff, 0xff, 0xff}, int64(1<<32 - 1)},
		{"eight have one", []byte{0x13, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, int64(-1)},
		{"sixteen hold what is larger", append([]byte{0x14}, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0), uint64(1 << 63)},
		{"single precision", []byte{0x22, 0x3f, 0xc0, 0, 0}, 1.5},
		{"replacement character that was there", []byte{0x61, 0xff, 0xfd}, "\ufffd"},
	}
	for _, tt := range tests {
		if got, err := readBinary(list(tt.object)); err != nil || got != tt.want {
			t.Errorf("%s: %v %v", tt.name, got, err)
		}
	}
}
