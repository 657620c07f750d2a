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
