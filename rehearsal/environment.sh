#!/bin/sh
# Makes .venv: installs uv first, then every package of requirements-dev.txt, each checked by its hash.
set -eu

python=${PYTHON:-python3}
venv=.venv

say() { printf '%s\n' "$*" >&2; }

command -v "$python" >/dev/null || {
    say "No $python on PATH: install Python 3.11 or newer, or name one: make PYTHON=python3.12 …"
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "$("$python" --version) is too old: Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 …"
    exit 1
}

if command -v uv >/dev/null; then
    uv=uv
else
    place=${XDG_CACHE_HOME:-$HOME/.cache}/dualstack/uv-$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements-uv.txt)
    uv=$place/bin/uv
    if [ ! -x "$uv" ]; then
        say "Installing uv …"
        set -- -m pip install -q --disable-pip-version-check --root-user-action ignore --require-hashes -r requirements-uv.txt
        rm -rf "$place"
        # Some distributions have no pip, or forbid its use. A venv has its own pip, and takes twice as long.
        "$python" "$@" --target "$place" 2>/dev/null || {
            rm -rf "$place"
            "$python" -m venv "$place" && "$place/bin/python" "$@"
        } || {
            rm -rf "$place"
            say "uv cannot be installed with $python, as said above. On Debian its venv is a package of its own: apt-get install python3-venv"
            exit 1
        }
    fi
fi

say "Installing the locked packages into $venv …"
"$uv" venv -q --allow-existing --python "$python" "$venv"
"$uv" pip sync -q --python "$venv/bin/python" --require-hashes requirements-dev.txt
ln -sf "$(command -v "$uv")" "$venv/bin/uv"
touch "$venv/.ready"
