#!/bin/bash
# What a person does on a new machine with its programs before kubeadm.
set -euo pipefail

sysctl --quiet --load=/etc/sysctl.d/90-dualstack.conf
systemctl daemon-reload
systemctl enable --quiet --now containerd
systemctl enable --quiet kubelet
