#!/bin/bash
# Renew this control plane's certificates if one expires within 90 days, and restart the components that hold them in memory.
set -euo pipefail
kubernetes=${DUALSTACK_ROOT:-}/etc/kubernetes
parts="kube-controller-manager kube-scheduler kube-apiserver etcd"

# An interrupted run may not have moved a manifest back.
for part in $parts; do
  [[ ! -e $kubernetes/$part.aside ]] || mv "$kubernetes/$part.aside" "$kubernetes/manifests/$part.yaml"
done

for certificate in "$kubernetes"/pki/{apiserver*,front-proxy-client,etcd/{server,peer,healthcheck-client}}.crt; do
  openssl x509 -noout -checkend $((90 * 86400)) -in "$certificate" > /dev/null || soon=yes
done
[[ ${soon:-} ]] || exit 0

# The command is no longer below `alpha` from 1.20 on.
alpha=()
kubeadm certs renew --help > /dev/null 2>&1 || alpha=(alpha)
kubeadm "${alpha[@]}" certs renew all

for part in $parts; do
  mv "$kubernetes/manifests/$part.yaml" "$kubernetes/$part.aside"
  # The kubelet reads the manifests every 20 seconds, and gives a pod 30 seconds to end.
  sleep 60
  mv "$kubernetes/$part.aside" "$kubernetes/manifests/$part.yaml"
  sleep 60
done
echo "certificates renewed"
