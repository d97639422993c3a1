"""What a machine gets: kubeadm documents, software, user data."""
