"""The platform on Kubernetes: the same service and loops as on one machine, with pods for processes and nodes for GPUs.

What may be here: putting the rooms below together for a cluster, and the settings that this takes. No decision about a
booking, and no Kubernetes call of its own: those are the desk's and the cluster adapter's.
"""
