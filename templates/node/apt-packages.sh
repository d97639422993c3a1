#!/bin/bash
# Install the packages in /etc/dualstack/added-packages that the machine lacks.
set -euo pipefail
root=${DUALSTACK_ROOT:-}

missing=()
while read -r package; do
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null) == installed ]] || missing+=("$package")
done < "$root/etc/dualstack/added-packages"
[[ ${missing[*]} ]] || exit 0

export DEBIAN_FRONTEND=noninteractive
# Ubuntu's own daily updates may hold apt's locks.
lock=(-o DPkg::Lock::Timeout=300)
{ apt-get update "${lock[@]}" && apt-get install --yes --no-install-recommends "${lock[@]}" "${missing[@]}"; } || {
  echo "error: apt-get cannot install ${missing[*]}" >&2
  exit 1
}
