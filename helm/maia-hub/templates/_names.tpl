{{- /* Every name that more than one template uses. */ -}}

{{- define "maia-hub.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "maia-hub.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* The service accounts that may write maia.io/* on pods, as the API server names them. */ -}}
{{- define "maia-hub.platformUsers" -}}
{{- $own := list -}}
{{- range list "hub" "controller" -}}
{{- $own = append $own (printf "system:serviceaccount:%s:%s-%s" $.Release.Namespace (include "maia-hub.fullname" $) .) -}}
{{- end -}}
{{- concat $own .Values.admission.platformUsers | toJson -}}
{{- end -}}

{{- /* Names that hub, proxy, service and workspaces find each other by. */ -}}
{{- define "maia-hub.hubUrl" -}}
{{- if .Values.hub.enabled -}}
http://{{ include "maia-hub.fullname" . }}-hub.{{ .Release.Namespace }}.svc:8081
{{- else -}}
{{ .Values.hub.externalUrl | trimSuffix "/" }}
{{- end -}}
{{- end -}}

{{- define "maia-hub.serviceUrl" -}}
http://{{ include "maia-hub.fullname" . }}-service.{{ .Release.Namespace }}.svc:8080
{{- end -}}

{{- define "maia-hub.secretName" -}}
{{ .Values.secrets.existingSecret | default (printf "%s-secrets" (include "maia-hub.fullname" .)) }}
{{- end -}}

{{- define "maia-hub.workspaceNamespace" -}}
{{ .Values.workspaces.namespace | default (printf "%s-workspaces" .Release.Namespace) }}
{{- end -}}
