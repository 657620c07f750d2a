"""The JupyterHub spawner: it asks the booking service for a grant, applies it, and reports what happened.

What may be here: traits, the spawn form, and how a grant becomes a process or a pod. What never may: a
decision about who gets what, and anything of the service but its HTTP client.
"""
