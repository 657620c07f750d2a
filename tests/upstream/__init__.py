"""KubeSpawner's own tests, with MaiaSpawner in its place: ``make upstream``.

They are in its repository alone, not in its packages: they run from a checkout of it, in an environment of their own
with the versions of pytest and of the Kubernetes client that they want.
"""
