#!/bin/bash
# Renew this control plane's certificates when one ends within 90 days, and restart what holds them in memory.
set -euo pipefail

manifests=/etc/kubernetes/manifests
aside=/etc/kubernetes/manifests-aside
mkdir -p "$aside"
# A run that was cut off may have left one here.
mv --no-clobber "$aside"/*.yaml "$manifests" 2>/dev/null || true

soon=
for certificate in /etc/kubernetes/pki/{apiserver,apiserver-*,front-proxy-client,etcd/{server,peer,healthcheck-client}}.crt; do
  openssl x509 -noout -checkend $((90 * 86400)) -in "$certificate" > /dev/null || soon=yes
done
[[ $soon ]] || exit 0

# The command left alpha with 1.20.
kubeadm certs renew all || kubeadm alpha certs renew all

for part in kube-controller-manager kube-scheduler kube-apiserver etcd; do
  mv "$manifests/$part.yaml" "$aside"
  # The kubelet looks every 20 seconds.
  sleep 40
  mv "$aside/$part.yaml" "$manifests"
  sleep 40
done

for _ in {1..60}; do
  curl --silent --insecure --fail --output /dev/null https://localhost:6443/readyz && exit 0
  sleep 5
done
echo "error: the API server did not come back after its certificates were renewed" >&2
exit 1
