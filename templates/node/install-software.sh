#!/bin/bash
# Install what /etc/dualstack/software lists, each checked by SHA-256: name, version, URL, digest or the URL it is published at, kind,
# destination. What is installed already is left alone.
set -euo pipefail

work=/var/lib/dualstack/software
mkdir -p "$work"

fetch() { # URL FILE
  local family attempt
  for attempt in 1 2 3 4 5 6; do
    # A path that is broken in one family only may still work in the other.
    case $((attempt % 3)) in 1) family=() ;; 2) family=(--ipv4) ;; 0) family=(--ipv6) ;; esac
    if error=$(curl "${family[@]}" --fail --silent --show-error --location --connect-timeout 10 --speed-limit 1000 --speed-time 30 \
      --output "$2" "$1" 2>&1); then return 0; fi
    sleep "$attempt"
  done
  echo "error: cannot fetch $1: $error" >&2
  return 1
}

published() { # FILE NAME: the digest of NAME in a checksum file, which may hold many names or one digest alone
  awk -v name="$2" '{ sub(/^\*/, "", $2); sub(/.*\//, "", $2) } $2 == name || (NF == 1 && NR == 1) { print $1; exit }' "$1"
}

install_one() { # NAME VERSION URL DIGEST KIND DESTINATION
  local file=$work/${3##*/} digest=$4
  if [[ $digest == http*://* ]]; then
    fetch "$digest" "$file.published"
    digest=$(published "$file.published" "${3##*/}")
    [[ $digest =~ ^[0-9a-f]{64}$ ]] || { echo "error: $4 holds no SHA-256 of ${3##*/}" >&2; return 1; }
  fi
  fetch "$3" "$file"
  if ! echo "$digest  $file" | sha256sum --check --status; then
    rm -f "$file"
    echo "error: $3 is not what its SHA-256 $digest says; nothing of it was installed" >&2
    return 1
  fi
  mkdir -p "$6"
  case $5 in
    program) install --mode=0755 "$file" "$6/$1" ;;
    archive) tar --extract --file="$file" --directory="$6" --no-same-owner ;;
    folder) tar --extract --file="$file" --directory="$6" --no-same-owner --strip-components=1 ;;
  esac
  rm -f "$file" "$file.published"
}

missing=()
while read -r package; do
  command -v "$package" > /dev/null || missing+=("$package")
done < /etc/dualstack/packages
if [[ ${#missing[@]} -gt 0 ]]; then
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"; } ||
    { echo "error: cannot install ${missing[*]} by apt" >&2; exit 1; }
fi

while read -r name version url digest kind destination; do
  [[ -e $work/$name-$version ]] && continue
  echo "installing $name $version"
  install_one "$name" "$version" "$url" "$digest" "$kind" "$destination"
  touch "$work/$name-$version"
done < /etc/dualstack/software
