#!/bin/sh
# Builds what is published of a release, into .cache/dist:
#
#   release.sh 0.1.0            for every architecture this machine can build for
#   release.sh 0.1.0 arm64      for this one, or not at all
#
# Per architecture a binary in a tarball, a Debian package and a list of what is inside (SBOM, CycloneDX); over all of them
# SHA256SUMS. Equal sources, Go and C compiler give equal bytes. The embedded database is written in C, so another
# architecture than this machine's is built only where its cross compiler is (gcc-aarch64-linux-gnu, gcc-x86-64-linux-gnu).
# The C library of this machine decides on which systems the binary runs: build on the oldest Debian that is supported.
set -eu
umask 022
export LC_ALL=C

release=${1:-}
if ! printf %s "$release" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?'; then
	echo "Which release? make dist RELEASE=0.1.0" >&2
	exit 2
fi
wanted=${2:-}
case $wanted in
"" | amd64 | arm64) ;;
*)
	echo "Which architecture? make dist RELEASE=$release ARCH=amd64, or arm64" >&2
	exit 2
	;;
esac
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
cd "$top"
for tool in dpkg-deb readelf; do
	command -v $tool >/dev/null || {
		echo "$tool is missing. On Debian: apt-get install dpkg binutils" >&2
		exit 1
	}
done
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
	SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
	if [ -n "$(git status --porcelain)" ]; then
		echo "Careful: this tree holds what no commit names. Nobody else can build the same." >&2
	fi
fi
export SOURCE_DATE_EPOCH

out=$top/.cache/dist
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # architecture (Debian has the same names), C compiler
	name=ranzen-$release-linux-$1
	tree=$work/$name
	mkdir "$tree"
	CGO_ENABLED=1 GOOS=linux GOARCH=$1 CC=$2 go build -trimpath -ldflags "-s -w -buildid= -X main.release=$release" -o "$tree/ranzen" ./cmd/ranzen
	go run ./cmd/ranzen/dist/sbom -binary "$tree/ranzen" -release "$release" -licences "$tree/licences.txt" >"$tree/sbom.cdx.json"
	"$here/deb.sh" "$tree/ranzen" "$release" "$1" "$out" "$tree/licences.txt" "$tree/sbom.cdx.json"
	cp "$tree/sbom.cdx.json" "$out/$name.cdx.json"
	cp LICENSE CHANGELOG.md cmd/ranzen/dist/README.md cmd/ranzen/dist/ranzen.service cmd/ranzen/dist/ranzen.conf cmd/ranzen/dist/alerts.yml "$tree/"
	tar -C "$work" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
}

host=$(go env GOHOSTARCH)
for architecture in ${wanted:-amd64 arm64}; do
	case $architecture in
	amd64) cross=x86_64-linux-gnu-gcc package=gcc-x86-64-linux-gnu libc=libc6-dev-amd64-cross ;;
	arm64) cross=aarch64-linux-gnu-gcc package=gcc-aarch64-linux-gnu libc=libc6-dev-arm64-cross ;;
	esac
	if [ "$architecture" = "$host" ]; then
		build "$architecture" "$(go env CC)"
	elif command -v $cross >/dev/null; then
		build "$architecture" $cross
	elif [ -n "$wanted" ]; then
		echo "$cross is missing. On Debian: apt-get install $package $libc" >&2
		exit 1
	else
		echo "not built for $architecture: there is no $cross on this machine" >&2
	fi
done
(cd "$out" && sha256sum ranzen* >SHA256SUMS && cat SHA256SUMS)
