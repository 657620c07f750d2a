"""The Kubernetes adapter: what the cluster's nodes offer, which pods run and why they ended, what is written on them.

Here belongs all that knows the Kubernetes API: the connection, watches that keep the present state in memory, and
pure functions from the API's objects to the domain's. Objects are read as the API's own JSON. What must happen is
not decided here: no booking, no database, no JupyterHub.

It needs the verbs list, watch, patch and delete on pods of the managed namespaces, and list and watch on nodes; get and
patch on the Lease that several processes share, and on the Secret and the webhook configurations of the review whose
certificate it makes. For tools of projects, in their namespaces: list and watch on Services, and on single Secrets.
"""
