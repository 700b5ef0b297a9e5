#!/bin/sh
# Packs a built binary as a Debian package:
#
#   deb.sh BINARY VERSION ARCHITECTURE FOLDER [DOCUMENT...]
#
# The documents go to /usr/share/doc/ranzen. Equal input and an equal SOURCE_DATE_EPOCH give equal bytes: nothing of the
# machine, its user, its clock or the order of its folders gets in. COMPRESSION (xz) is what dpkg-deb compresses with.
set -eu
umask 022
export LC_ALL=C

binary=$1 release=$2 architecture=$3 folder=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
: "${SOURCE_DATE_EPOCH:?SOURCE_DATE_EPOCH must be set: the time the files get}"
export SOURCE_DATE_EPOCH

# 1.0.0-rc1 comes before 1.0.0: Debian writes that with a tilde.
version=$(printf %s "$release" | sed 's/-/~/')
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

put() { # mode, from, to
	mkdir -p "$tree/$(dirname "$3")"
	cp "$2" "$tree/$3"
	chmod "$1" "$tree/$3"
}
doc=usr/share/doc/ranzen
put 0755 "$binary" usr/bin/ranzen
put 0644 "$here/ranzen.service" usr/lib/systemd/system/ranzen.service
put 0644 "$here/sysusers.conf" usr/lib/sysusers.d/ranzen.conf
put 0640 "$here/ranzen.conf" etc/ranzen/ranzen.conf
chmod 0750 "$tree/etc/ranzen"
put 0644 "$here/README.md" $doc/README.md
put 0644 "$here/alerts.yml" $doc/alerts.yml
put 0644 "$here/ranzen.conf" $doc/ranzen.conf.example
for document in "$@"; do
	put 0644 "$document" "$doc/$(basename "$document")"
done
cat "$here/deb/copyright" "$top/LICENSE" >"$tree/$doc/copyright"
gzip -9n <"$top/CHANGELOG.md" >"$tree/$doc/changelog.gz"

# The oldest glibc the binary runs with is that of the newest symbol it asks for.
glibc=$(readelf -V "$binary" | grep -o 'GLIBC_[0-9][0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
mkdir "$tree/DEBIAN"
(cd "$tree" && find usr -type f | sort | xargs md5sum) >"$tree/DEBIAN/md5sums"
size=$(cd "$tree" && find usr etc -type f -printf '%s\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }')
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@GLIBC@/$glibc/" -e "s/@SIZE@/$size/" "$here/deb/control" >"$tree/DEBIAN/control"
cp "$here/deb/conffiles" "$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
	cp "$here/deb/$script" "$tree/DEBIAN/$script"
	chmod 0755 "$tree/DEBIAN/$script"
done
chmod 0755 "$tree"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$folder"
dpkg-deb --root-owner-group --uniform-compression --threads-max=1 "-Z${COMPRESSION:-xz}" --build "$tree" "$folder/ranzen_${version}_$architecture.deb" >/dev/null
