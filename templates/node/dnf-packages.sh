#!/bin/bash
# Install the packages in /etc/dualstack/added-packages that the machine lacks.
set -euo pipefail
root=${DUALSTACK_ROOT:-}

missing=()
while read -r package; do
  rpm --query --whatprovides "$package" > /dev/null || missing+=("$package")
done < "$root/etc/dualstack/added-packages"
[[ ${missing[*]} ]] || exit 0

dnf install --assumeyes --setopt=install_weak_deps=False "${missing[@]}" || {
  echo "error: dnf cannot install ${missing[*]}" >&2
  exit 1
}
