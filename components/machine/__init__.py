"""Everything a machine receives: kubeadm documents, the list of software, user data."""
