"""A real Kubernetes for the tests: one node without Docker, up with one command and gone with another.

Here belongs what brings the cluster up and down (`make kube`, `make kube-down`) and what the tests on it share.
Nothing here may be imported by the product. Debian's etcd, containerd, runc and CNI plugins are used as they are;
the Kubernetes programs, CoreDNS, helm and KWOK are built from their Go modules (`go/`) once and kept by version.
"""
