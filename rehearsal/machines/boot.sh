#!/bin/bash
# Runs one machine until it powers off, and starts it again when it reboots: boot.sh NAME FOLDER CONTROLLER…
set -u
name=$1 folder=$2 cgroups=/sys/fs/cgroup
shift 2
controllers=("$@") binds=()

# In these two nspawn makes `payload` itself; into the others it must be put.
for controller in systemd unified; do echo $$ > "$cgroups/$controller/$name/cgroup.procs"; done
for controller in "${controllers[@]}"; do
  echo $$ > "$cgroups/$controller/$name/payload/cgroup.procs"
done
for controller in systemd unified "${controllers[@]}"; do
  binds+=("--bind=$cgroups/$controller/$name/payload:$cgroups/$controller")
done

# The kubelet and the network plugin change kernel settings.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes
while :; do
  # Control groups that the last boot left cost the kubelet seconds each.
  find "$cgroups"/*/"$name"/payload -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null
  # No --register: the host has no systemd-machined.
  systemd-nspawn --quiet --directory="$folder/root" --boot --register=no --keep-unit \
    --network-namespace-path="/run/netns/$name" --capability=all \
    --system-call-filter="add_key keyctl bpf perf_event_open" \
    --machine="$name" --hostname="$(cat "$folder/root/etc/hostname")" --console=read-only --resolv-conf=off \
    --bind="$folder/containerd:/var/lib/containerd" --bind="$folder/kubelet:/var/lib/kubelet" \
    --bind=/dev/kmsg --tmpfs="$cgroups" "${binds[@]}" >> "$folder/console.log" 2>&1 < /dev/null
  # With --keep-unit a reboot ends nspawn by this number.
  [[ $? == 133 ]] || exit
done
