#!/bin/bash
# Renew this control plane's certificates if one expires within 90 days, and restart the components that hold them in memory.
# With `put-back` only undo what an interrupted run left behind.
set -euo pipefail
root=${DUALSTACK_ROOT:-}
kubernetes=$root/etc/kubernetes
parts="kube-controller-manager kube-scheduler kube-apiserver etcd"
# In memory, because a restart of the machine restarts the components too.
unfinished=$root/run/dualstack/renewed

if [[ ${1:-} != put-back ]]; then
  # An upgrade restarts static pods too, and holds this.
  mkdir -p "$root/run/dualstack"
  exec 9> "$root/run/dualstack/static-pods"
  flock 9
fi
# A manifest that is in its place is newer than the one aside.
for part in $parts; do
  [[ ! -e $kubernetes/$part.aside ]] || mv --no-clobber "$kubernetes/$part.aside" "$kubernetes/manifests/$part.yaml"
  rm -f "$kubernetes/$part.aside"
done
[[ ${1:-} != put-back ]] || exit 0

# kubeadm 1.16 wrote the first certificate of the kubelet into its kubeconfig. The kubelet renews only that in its own folder, and
# would not start again after a year. https://github.com/kubernetes/kubeadm/issues/1753
kubelet=/var/lib/kubelet/pki/kubelet-client-current.pem
[[ ! -e $root$kubelet ]] || sed -i "s#client-\(certificate\|key\)-data: .*#client-\1: $kubelet#" "$kubernetes/kubelet.conf"

still_good="openssl x509 -noout -checkend $((90 * 86400))"
for certificate in "$kubernetes"/pki/{apiserver*,front-proxy-client,etcd/{server,peer,healthcheck-client}}.crt; do
  $still_good -in "$certificate" > /dev/null || soon=yes
done
# Only kubeadm of 1.29 and later writes super-admin.conf.
for config in "$kubernetes"/{admin,super-admin,controller-manager,scheduler}.conf; do
  data=$([[ ! -e $config ]] || sed -n 's/^ *client-certificate-data: //p' "$config")
  [[ ! $data ]] || base64 --decode <<< "$data" | $still_good > /dev/null || soon=yes
done
[[ ${soon:-} || -e $unfinished ]] || exit 0

if [[ ${soon:-} ]]; then
  # The command is no longer below `alpha` from 1.20 on.
  alpha=()
  kubeadm certs renew --help > /dev/null 2>&1 || alpha=(alpha)
  touch "$unfinished"
  kubeadm "${alpha[@]}" certs renew all
fi

for part in $parts; do
  mv "$kubernetes/manifests/$part.yaml" "$kubernetes/$part.aside"
  # The kubelet reads the manifests every 20 seconds, and gives a pod 30 seconds to end.
  sleep 60
  mv "$kubernetes/$part.aside" "$kubernetes/manifests/$part.yaml"
  sleep 60
done
rm "$unfinished"
echo "certificates renewed"
