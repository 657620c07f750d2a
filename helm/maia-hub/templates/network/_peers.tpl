{{- /* Peers of NetworkPolicies, as items of a list. Each takes a dict: top (the chart's root), component. */ -}}

{{- define "maia-hub.peer" -}}
- podSelector:
    matchLabels: {{- include "maia-hub.selector" . | nindent 6 }}
{{- end -}}

{{- /* Every server: all pods of the namespaces that hub and loops look after. */ -}}
{{- define "maia-hub.workspacePeers" -}}
- namespaceSelector:
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: In
        values: {{- prepend .Values.workspaces.moreNamespaces (include "maia-hub.workspaceNamespace" .) | toYaml | nindent 10 }}
{{- end -}}

{{- define "maia-hub.toDns" -}}
- to: {{- toYaml .Values.networkPolicies.dns | nindent 4 }}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end -}}

{{- /* No label selects the API server: it is known by its port, and by its address where the site says so. */ -}}
{{- define "maia-hub.toApiServer" -}}
- to:
    - ipBlock: {cidr: {{ .Values.networkPolicies.apiServer.cidr | quote }}}
  ports:
    {{- range .Values.networkPolicies.apiServer.ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end -}}

{{- define "maia-hub.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{- include "maia-hub.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels: {{- include "maia-hub.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end -}}

{{- define "maia-hub.toMail" -}}
{{- if .Values.notifications.smtp.host -}}
- to: {{- toYaml .Values.networkPolicies.smtp | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ .Values.notifications.smtp.port }}}
{{- end -}}
{{- end -}}

{{- define "maia-hub.toWebhooks" -}}
{{- if .Values.notifications.webhooks.hosts -}}
{{- $ports := dict -}}
{{- range .Values.notifications.webhooks.hosts -}}
{{- $_ := set $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default (ternary "80" "443" (hasPrefix "http://" .))) true -}}
{{- end -}}
- to: {{- toYaml .Values.networkPolicies.webhooks | nindent 4 }}
  ports:
    {{- range keys $ports | sortAlpha }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end -}}
{{- end -}}

{{- define "maia-hub.toPrometheus" -}}
{{- with .Values.service.idle.prometheus -}}
- to: {{- toYaml $.Values.networkPolicies.prometheus | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ (urlParse .).host | regexFind ":[0-9]+$" | trimPrefix ":" | default (ternary "80" "443" (hasPrefix "http://" .)) }}}
{{- end -}}
{{- end -}}

{{- /* Links are opened by browsers. */ -}}
{{- define "maia-hub.toOutsideTools" -}}
{{- $ports := dict -}}
{{- range .Values.tools.outside -}}
{{- range . -}}
{{- if ne .kind "link" -}}
{{- $_ := set $ports ((urlParse .address).host | regexFind ":[0-9]+$" | trimPrefix ":" | default (ternary "80" "443" (hasPrefix "http://" .address))) true -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $ports -}}
- to: {{- toYaml $.Values.networkPolicies.tools | nindent 4 }}
  ports:
    {{- range keys . | sortAlpha }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end -}}
{{- end -}}

{{- define "maia-hub.toDatabase" -}}
{{- if .Values.database.url -}}
- to: {{- toYaml .Values.networkPolicies.database | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ (urlParse .Values.database.url).host | regexFind ":[0-9]+$" | trimPrefix ":" | default "5432" }}}
{{- end -}}
{{- end -}}
