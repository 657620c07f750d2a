{{- /* CEL: does the container `c` ask for a GPU? */ -}}
{{- define "maia-hub.asksForGpu" -}}
{{- $tests := list -}}
{{- range .Values.admission.gpuResources -}}
{{- $tests = append $tests (printf "k.startsWith(%s)" (toJson .)) -}}
{{- end -}}
(c.?resources.?limits.orValue({}).exists(k, {{ join " || " $tests }}) || c.?resources.?requests.orValue({}).exists(k, {{ join " || " $tests }}))
{{- end -}}

{{- /* Pods of managed namespaces, and nothing else. */ -}}
{{- define "maia-hub.managedNamespaces" -}}
namespaceSelector:
  matchLabels:
    {{ .Values.managedNamespaces.label }}: "true"
{{- end -}}

{{- /* CEL: does the pod `object` ask for a GPU? */ -}}
{{- define "maia-hub.podAsksForGpu" -}}
{{- $asks := include "maia-hub.asksForGpu" . -}}
(object.spec.containers.exists(c, {{ $asks }}) || object.spec.?initContainers.orValue([]).exists(c, {{ $asks }}) || [object.spec].exists(c, {{ $asks }}))
{{- end -}}

{{- /* CEL: does one of Kubernetes' own controllers ask, or one that the site names? What it makes was looked at when
somebody made the object that it works for. */ -}}
{{- define "maia-hub.byController" -}}
(request.userInfo.username == "system:kube-controller-manager" || (request.userInfo.username.startsWith("system:serviceaccount:kube-system:") && request.userInfo.username.endsWith("-controller")) || request.userInfo.username in {{ .Values.admission.webhook.controllers | toJson }})
{{- end -}}

{{- /* Is there a review? It asks the service's database. */ -}}
{{- define "maia-hub.reviewed" -}}
{{- if and .Values.admission.webhook.enabled .Values.service.enabled -}}true{{- end -}}
{{- end -}}
