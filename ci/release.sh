#!/bin/sh
# The files of a release, in dist/: sh ci/release.sh v1.2.3. Fails if the tag is not the version's, or if the step is too small.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

tag=$1
make -s .venv/.ready
version=$(.venv/bin/python -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
[ "$tag" = "v$version" ] || fail "the tag is $tag, and pyproject.toml says $version; make them the same"

previous=$(git describe --tags --abbrev=0 --match 'v[0-9]*' "$tag^" 2>/dev/null || true)
if [ -n "$previous" ]; then
    code=0
    .venv/bin/python -m docs.schema_changes "$previous" || code=$?
    # Before 1.0.0 a minor step may break users, later a major step only.
    step() { case $1 in v0.*) echo "$1" | cut -d. -f1,2 ;; *) echo "$1" | cut -d. -f1 ;; esac; }
    if [ "$code" = 1 ] && [ "$(step "$previous")" = "$(step "$tag")" ]; then
        fail "the schema breaks users of $previous, so $tag is too small a step"
    fi
    [ "$code" -le 2 ] || fail "the schemas of $previous and $tag cannot be compared"
fi

rm -rf dist
.venv/bin/uv build -q --wheel --out-dir dist
cp components/schema.json "dist/dualstack-$version-schema.json"
ls dist
