"""Machines that boot their user data here: real programs and AWS calls, with kubeadm and systemctl that only take notes."""
