#!/bin/bash
# Prepare the host at every boot: kernel modules, sysctls of both families, no swap.
set -euo pipefail
root=${DUALSTACK_ROOT:-}

while read -r module; do
  # modprobe may not know a module that is built into the kernel. A missing module makes the sysctls below or kubeadm's checks fail.
  modprobe "$module" 2> /dev/null || echo "no module $module; taken as built in"
done < <(cat "$root"/etc/modules-load.d/dualstack-*.conf)

said=$(sysctl --quiet --load="$root/etc/sysctl.d/90-dualstack.conf" 2>&1) || {
  # Only a restart brings IPv6 back into a kernel that was started without it.
  [[ $said != */net/ipv6* ]] || said="the kernel has no IPv6; take ipv6.disable=1 off its command line (GRUB), or load the module ipv6"
  printf 'error: %s\n' "$said" "the kernel lacks a sysctl that nodes need" >&2
  exit 1
}

# The values of accept_ra for `all` and `default` have no effect on an interface that is up already.
for interface in $( (ip -o -4 route show default; ip -o -6 route show default) | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u); do
  sysctl --quiet "net/ipv6/conf/$interface/accept_ra=2"
  # systemd-networkd handles router advertisements itself, so it gets the same setting. It hears none without a link-local
  # address, which a hardened image may have switched off. It reads the file at its next start.
  file=$(networkctl status "$interface" 2> /dev/null | sed -n 's/^ *Network File: *//p') || true
  if [[ $file == *.network ]]; then
    mkdir -p "$root/etc/systemd/network/${file##*/}.d"
    local=$(sed -n 's/^LinkLocalAddressing=\(no\|false\|ipv4.*\)/LinkLocalAddressing=ipv6/p' "$root$file" 2> /dev/null) || true
    printf '%s\n' '[Network]' IPv6AcceptRA=yes ${local:+"$local"} > "$root/etc/systemd/network/${file##*/}.d/dualstack.conf"
  fi
  # Where IPv6 was off until now, networkd has asked nobody for an address.
  [[ $(ip -o -6 address show dev "$interface" scope global) ]] || { networkctl reload && networkctl reconfigure "$interface"; } || true
done

# The kubelet does not start while swap is on.
swapoff --all
[[ ! -f $root/etc/fstab ]] || sed -i '/\sswap\s/s/^[^#]/#&/' "$root/etc/fstab"
