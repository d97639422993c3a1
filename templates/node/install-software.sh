#!/bin/bash
# Install the software in a list, by default /etc/dualstack/software, checked by SHA-256. A line has the name, version, URL, digest or
# the URL that publishes it, kind and destination. A version that is installed is not installed again.
set -euo pipefail
root=${DUALSTACK_ROOT:-}
work=$root/var/lib/dualstack/software
mkdir -p "$work"

fail() {
  echo "error: $*" >&2
  exit 1
}

# fetch URL FILE
fetch() {
  local attempt family said
  for attempt in 1 2 3 4 5 6; do
    # If one family's path is broken, that of the other may work.
    case $attempt in 2 | 5) family=(--ipv4) ;; 3 | 6) family=(--ipv6) ;; *) family=() ;; esac
    said=$(curl "${family[@]}" --fail --silent --show-error --location --connect-timeout 10 --speed-limit 1000 --speed-time 30 --output "$2" "$1" 2>&1) && return
    # After a 404 a further attempt would get the same answer.
    [[ $said != *' 404' ]] || break
    sleep "$attempt"
  done
  fail "cannot fetch $1: $said"
}

# published FILE NAME: the digest of NAME in a FILE that lists names, or that contains one digest only
published() {
  awk -v name="$2" '{ sub(/^[*]/, "", $2); sub(/.*\//, "", $2) } $2 == name || NF == 1 { print tolower($1); exit }' "$1"
}

# sha256 FILE
sha256() {
  # OpenSSL uses the processor's SHA instructions where there are any, and is then several times as fast.
  { openssl dgst -sha256 -r "$1" 2> /dev/null || sha256sum "$1"; } | cut --delimiter=' ' --fields=1
}

# install_one NAME URL DIGEST KIND DESTINATION
install_one() {
  local name=${2##*/} file=$work/download digest=$3
  if [[ $digest == *://* ]]; then
    fetch "$digest" "$file"
    digest=$(published "$file" "$name")
    [[ $digest =~ ^[0-9a-f]{64}$ ]] || fail "$3 holds no SHA-256 of $name"
  fi
  fetch "$2" "$file"
  [[ $(sha256 "$file") == "$digest" ]] || fail "$2 has not the SHA-256 $digest; nothing of it is installed"
  mkdir -p "$root$5"
  case $4 in
    program)
      chmod 0755 "$file"
      mv --force "$file" "$root$5/$1"
      ;;
    archive) tar --extract --file="$file" --directory="$root$5" --no-same-owner ;;
    folder) tar --extract --file="$file" --directory="$root$5" --no-same-owner --strip-components=1 ;;
  esac
  rm --force "$file"
}

missing=()
while read -r package; do
  command -v "$package" > /dev/null || missing+=("$package")
done < "$root/etc/dualstack/packages"
if [[ ${missing[*]} ]]; then
  export DEBIAN_FRONTEND=noninteractive
  # Ubuntu's own daily updates may hold apt's locks.
  lock=(-o DPkg::Lock::Timeout=300)
  { apt-get update "${lock[@]}" && apt-get install --yes --no-install-recommends "${lock[@]}" "${missing[@]}"; } || fail "apt-get cannot install ${missing[*]}"
fi

while read -r name version url digest kind destination; do
  [[ ! -e $work/$name-$version ]] || continue
  echo "installing $name $version"
  # What takes another version's place may go back to it later.
  rm --force "$work/$name"-[0-9]*
  install_one "$name" "$url" "$digest" "$kind" "$destination"
  # A power cut may leave the mark, and not what was written before it.
  sync --file-system "$root$destination"
  touch "$work/$name-$version"
done < "${1:-$root/etc/dualstack/software}"
