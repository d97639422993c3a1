#!/bin/bash
# What a person downloads. On standard input: name, URL, kind and destination of each download.
set -euo pipefail

while read -r name url kind destination; do
  mkdir -p "$destination"
  case $kind in
    program)
      curl --fail --silent --show-error --output "$destination/$name" "$url"
      chmod +x "$destination/$name"
      ;;
    archive) curl --fail --silent --show-error "$url" | tar --extract --gzip --directory="$destination" --no-same-owner ;;
  esac
done
