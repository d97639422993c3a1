#!/bin/bash
# What a person downloads before an upgrade. On standard input: name and URL of each program.
set -euo pipefail

mkdir -p /root/new
while read -r name url; do
  curl --fail --silent --show-error --output "/root/new/$name" "$url"
  chmod +x "/root/new/$name"
done
