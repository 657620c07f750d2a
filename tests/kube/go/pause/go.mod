module maia-hub/tests/kube/pause

go 1.26.0
