#!/bin/bash
# Renew this control plane's certificates when one ends within 90 days, and restart what holds them in memory.
set -euo pipefail
kubernetes=${DUALSTACK_ROOT:-}/etc/kubernetes
parts="kube-controller-manager kube-scheduler kube-apiserver etcd"

# A run that was cut off may have left a manifest aside.
for part in $parts; do
  [[ ! -e $kubernetes/$part.aside ]] || mv "$kubernetes/$part.aside" "$kubernetes/manifests/$part.yaml"
done

for certificate in "$kubernetes"/pki/{apiserver*,front-proxy-client,etcd/{server,peer,healthcheck-client}}.crt; do
  openssl x509 -noout -checkend $((90 * 86400)) -in "$certificate" > /dev/null || soon=yes
done
[[ ${soon:-} ]] || exit 0

# The command left alpha with 1.20.
alpha=()
kubeadm certs renew --help > /dev/null 2>&1 || alpha=(alpha)
kubeadm "${alpha[@]}" certs renew all

for part in $parts; do
  mv "$kubernetes/manifests/$part.yaml" "$kubernetes/$part.aside"
  # The kubelet looks every 20 seconds, and gives a pod 30 to end.
  sleep 60
  mv "$kubernetes/$part.aside" "$kubernetes/manifests/$part.yaml"
  sleep 60
done
echo "certificates renewed"
