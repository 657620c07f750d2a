{{- /* The settings of maia door, as maia_hub.deployed.tools reads them. */ -}}
{{- define "maia-hub.toolSettings" -}}
{{- $servers := prepend .Values.workspaces.moreNamespaces (include "maia-hub.workspaceNamespace" .) }}
{{- range $namespace, $_ := .Values.tools.namespaces }}
{{- if or (has $namespace $servers) (eq $namespace $.Release.Namespace) }}
{{- fail (printf "tools.namespaces: %s is the platform's own or that of everybody's servers; a project's tools need a namespace of their own" $namespace) }}
{{- end }}
{{- end }}
{{- $outside := dict }}
{{- range $project, $tools := .Values.tools.outside }}
{{- $named := dict }}
{{- range $name, $tool := $tools }}
{{- $told := omit $tool "existingSecret" }}
{{- with $tool.existingSecret }}
{{- $_ := set $told "secret_file" (printf "/etc/maia/credentials/%s/%s" $project $name) }}
{{- end }}
{{- $_ := set $named $name $told }}
{{- end }}
{{- $_ := set $outside $project $named }}
{{- end }}
{{- $settings := dict
  "hub_api_url" (printf "%s/hub/api" (include "maia-hub.hubUrl" .))
  "reached" (include "maia-hub.proxyUrl" .)
  "service_url" (include "maia-hub.serviceUrl" .)
  "groups" .Values.projects.groups
  "default_project" .Values.projects.default
  "limits" (include "maia-hub.limits" . | fromJson)
  "tools" $outside
  "namespaces" .Values.tools.namespaces
}}
{{- with .Values.hub.subdomainHost }}
{{- $_ := set $settings "apart" (dict "hub" . "door" (include "maia-hub.doorOrigin" $)) }}
{{- end }}
{{- toPrettyJson $settings }}
{{- end -}}

{{- /* The door's own origin, as maia_hub.hub.origins makes it. */ -}}
{{- define "maia-hub.doorOrigin" -}}
{{ regexReplaceAll "^(https?://)" .Values.hub.subdomainHost "${1}maia-tools--service." }}
{{- end -}}

{{- /* Hosts that lead to the proxy, with that of the door if it has one of its own; none are all. */ -}}
{{- define "maia-hub.hosts" -}}
{{- $hosts := .given }}
{{- if and $hosts .top.Values.hub.subdomainHost .top.Values.tools.enabled }}
{{- $door := include "maia-hub.doorOrigin" .top | trimPrefix "https://" | trimPrefix "http://" }}
{{- $hosts = append $hosts (regexReplaceAll ":[0-9]+$" $door "") | uniq }}
{{- end }}
{{- toJson $hosts }}
{{- end -}}

{{- /* Where users' servers reach the hub's proxy. */ -}}
{{- define "maia-hub.proxyUrl" -}}
{{- if .Values.tools.proxyUrl -}}
{{ .Values.tools.proxyUrl | trimSuffix "/" }}
{{- else -}}
http://{{ include "maia-hub.fullname" . }}-proxy.{{ .Release.Namespace }}.svc
{{- end -}}
{{- end -}}

{{- define "maia-hub.toolsUrl" -}}
http://{{ include "maia-hub.fullname" . }}-tools.{{ .Release.Namespace }}.svc:8080
{{- end -}}
