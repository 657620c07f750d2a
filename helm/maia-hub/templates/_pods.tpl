{{- /* What all pods of the platform have in common. Each takes a dict: top (the chart's root), component. */ -}}

{{- define "maia-hub.selector" -}}
app.kubernetes.io/name: {{ .top.Chart.Name }}
app.kubernetes.io/instance: {{ .top.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "maia-hub.metadata" -}}
name: {{ include "maia-hub.fullname" .top }}-{{ .name | default .component }}
namespace: {{ .namespace | default .top.Release.Namespace }}
labels:
  {{- include "maia-hub.labels" .top | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "maia-hub.image" -}}
{{- $image := .top.Values.image -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ index $image.names .component }}:{{ $image.tag | default .top.Chart.AppVersion }}
{{- end -}}

{{- define "maia-hub.podSpec" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .top.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .top.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .top.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "maia-hub.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "maia-hub.disruptionBudget" -}}
{{- if .top.Values.disruptionBudgets }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "maia-hub.metadata" . | nindent 2 }}
spec:
  # Of one pod a drain may take that one: it starts again elsewhere, and sessions go on meanwhile.
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "maia-hub.selector" . | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "maia-hub.claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "maia-hub.metadata" . | nindent 2 }}
  annotations:
    helm.sh/resource-policy: keep
    {{- with .annotations }}{{- toYaml . | nindent 4 }}{{- end }}
spec:
  accessModes: [ReadWriteOnce]
  {{- if not (kindIs "invalid" .volume.storageClass) }}
  storageClassName: {{ .volume.storageClass | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ .volume.size }}
{{- end -}}

{{- /* Our own secret is made once and never changes; one that somebody else keeps may. */ -}}
{{- define "maia-hub.secretsChecksum" -}}
{{- $name := include "maia-hub.secretName" . -}}
{{- $data := dict -}}
{{- if .Values.secrets.existingSecret -}}
{{- $data = (lookup "v1" "Secret" .Release.Namespace $name).data | default dict -}}
{{- end -}}
{{- dict "name" $name "data" $data | toJson | sha256sum -}}
{{- end -}}
