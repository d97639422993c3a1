#!/bin/bash
# Prepare the host at every start: kernel modules, sysctls of both families, no swap.
set -euo pipefail

while read -r module; do
  # A module that is built in may be unknown by name; what is missing shows in the sysctls below or in kubeadm's checks.
  modprobe "$module" 2>/dev/null || echo "no module $module; taken as built in"
done < <(cat /etc/modules-load.d/dualstack*.conf)

sysctl --quiet --load=/etc/sysctl.d/90-dualstack.conf

# The values for all and default reach no interface that is up already.
interfaces=$( (ip -o -4 route show default; ip -o -6 route show default) | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u)
for interface in $interfaces; do
  sysctl --quiet "net.ipv6.conf.${interface//.//}.accept_ra=2"
  # Where systemd-networkd hears the advertisements itself, it is told too. It reads this when it starts next.
  file=$(networkctl status "$interface" 2>/dev/null | sed -n 's/^ *Network File: *//p') || true
  if [[ $file == *.network ]]; then
    mkdir -p "/etc/systemd/network/${file##*/}.d"
    printf '[Network]\nIPv6AcceptRA=yes\n' > "/etc/systemd/network/${file##*/}.d/dualstack.conf"
  fi
done

# The kubelet refuses to start with swap on.
swapoff --all
[[ ! -f /etc/fstab ]] || sed -i '/\sswap\s/s/^[^#]/#&/' /etc/fstab
