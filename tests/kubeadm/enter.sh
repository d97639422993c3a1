#!/bin/sh
# Turns fresh namespaces into an empty machine, then waits until the test that made it is gone.
# Arguments: the folder that holds the machine's files, the folder of built programs.
set -eu
machine=$1
programs=$2

# This /proc is still the host's, so this is the process id by which others can enter.
read -r pid _ < /proc/self/stat

mkdir -p "$machine/etc" "$machine/lib" "$machine/log" "$machine/run/programs"
cp /etc/passwd /etc/group "$machine/etc"
# Kept within reach before /run hides the machine's own folder or the programs'.
mount --bind "$programs" "$machine/run/programs"
mount -o remount,bind,ro "$machine/run/programs"
mount --bind "$machine/etc" /etc
mount --bind "$machine/log" /var/log
mount --rbind "$machine/run" /run
mount --bind "$machine/lib" /var/lib
mount -t proc proc /proc

hostname node1
echo node1 > /etc/hostname
printf '127.0.0.1 localhost\n::1 localhost\n10.0.0.10 node1\nfd00:aa::10 node1\n' > /etc/hosts
printf '10.0.0.10 api.example.com\nfd00:aa::10 api.example.com\n' >> /etc/hosts

ip link set lo up
ip link add eth0 type veth peer name cable
ip link set cable up
ip link set eth0 up
ip address add 10.0.0.10/24 dev eth0
ip address add fd00:aa::10/64 dev eth0 nodad
ip route add default via 10.0.0.1
ip -6 route add default via fd00:aa::1

echo "ready $pid"
# Ends with the pipe, so nothing is left even if the test run is killed.
exec cat
