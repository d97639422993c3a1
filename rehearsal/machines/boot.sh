#!/bin/bash
# Runs one machine until it powers off, and starts it again when it reboots: boot.sh NAME FOLDER CONTROLLER…
set -u
name=$1 folder=$2 cgroups=/sys/fs/cgroup
shift 2
controllers=("$@") binds=()

# In the first two hierarchies nspawn makes the group `payload`. In the others this script enters it, and so nspawn does.
for controller in systemd unified; do echo $$ > "$cgroups/$controller/$name/cgroup.procs"; done
for controller in "${controllers[@]}"; do
  echo $$ > "$cgroups/$controller/$name/payload/cgroup.procs"
done
for controller in systemd unified "${controllers[@]}"; do
  binds+=("--bind=$cgroups/$controller/$name/payload:$cgroups/$controller")
done

# The kubelet and the network plugin write kernel settings.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes
while :; do
  # Each cgroup left from the last boot would cost the kubelet seconds.
  find "$cgroups"/*/"$name"/payload -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null
  # --register=no: the host has no systemd-machined.
  systemd-nspawn --quiet --directory="$folder/root" --boot --register=no --keep-unit \
    --network-namespace-path="/run/netns/$name" --capability=all \
    --system-call-filter="add_key keyctl bpf perf_event_open" \
    --machine="$name" --hostname="$(cat "$folder/root/etc/hostname")" --console=read-only --resolv-conf=off \
    --bind="$folder/containerd:/var/lib/containerd" --bind="$folder/kubelet:/var/lib/kubelet" \
    --bind=/dev/kmsg --tmpfs="$cgroups" "${binds[@]}" >> "$folder/console.log" 2>&1 < /dev/null
  # With --keep-unit, nspawn exits with 133 when the machine reboots.
  [[ $? == 133 ]] || exit
done
