#!/bin/sh
# Copies the pinned browser files out of their npm packages into this folder and
# into web/webtest, and refuses any byte that differs from lock.txt.
# Nobody needs this to build: the files are in the repository. It exists so that
# anyone can prove where they come from, and it is the one way to change them:
# edit the version here, run "sh fetch.sh --relock", read the difference, commit.
# Needs npm, tar and sha256sum.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# take PACKAGE VERSION, then pairs on standard input: path in package, path here.
take() {
	name=$1 version=$2
	file=$(cd "$work" && npm pack --silent "$name@$version")
	mkdir "$work/x"
	tar -xzf "$work/$file" -C "$work/x"
	while read -r from to; do
		mkdir -p "$(dirname "$to")"
		cp "$work/x/package/$from" "$to"
		echo "$to" >>"$work/files"
	done
	rm -rf "$work/x"
}

take @kern-ux/native 2.7.2 <<'END'
dist/kern.min.css kern.min.css
LICENSE.md licence/EUPL-1.2.md
dist/fonts/fira-sans/FiraSans-Regular.woff2 fira-sans/FiraSans-Regular.woff2
dist/fonts/fira-sans/FiraSans-SemiBold.woff2 fira-sans/FiraSans-SemiBold.woff2
dist/fonts/fira-sans/FiraSans-Bold.woff2 fira-sans/FiraSans-Bold.woff2
END
take @fontsource/fira-sans 5.3.0 <<'END'
LICENSE licence/OFL-1.1.txt
END
take htmx.org 4.0.1 <<'END'
dist/htmx.min.js htmx.min.js
LICENSE licence/htmx-0BSD.txt
END
take axe-core 4.14.1 <<'END'
axe.min.js ../web/webtest/axe.min.js
LICENSE ../web/webtest/axe-MPL-2.0.txt
END

if [ "${1:-}" = --relock ]; then
	xargs sha256sum <"$work/files" >lock.txt
fi
sha256sum --check --strict --quiet lock.txt
if [ "$(awk '{print $2}' lock.txt | sort)" != "$(sort "$work/files")" ]; then
	echo "lock.txt and the list in fetch.sh name different files" >&2
	exit 1
fi
echo "$(wc -l <lock.txt) files as locked"
