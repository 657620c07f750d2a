{{- /* The settings of maia serve and maia migrate, as maia_hub.deployed.settings reads them. */ -}}
{{- define "maia-hub.settings" -}}
{{- $projects := dict }}
{{- range $name, $terms := .Values.projects.quotas }}
{{- $told := dict }}
{{- range $key, $value := $terms }}
{{- $_ := set $told (snakecase $key) $value }}
{{- end }}
{{- $_ := set $projects $name $told }}
{{- end }}
{{- $settings := dict
  "database" (.Values.database.url | default "sqlite:////srv/maia/data/maia.sqlite")
  "hub_api_url" (printf "%s/hub/api" (include "maia-hub.hubUrl" .))
  "namespaces" (prepend .Values.workspaces.moreNamespaces (include "maia-hub.workspaceNamespace" .))
  "policy" .Values.service.policy
  "tolerated" .Values.service.toleratedTaints
  "alarm_after" .Values.service.alarmAfterSeconds
  "projects" $projects
  "groups" .Values.projects.groups
  "default_project" .Values.projects.default
  "zone" .Values.projects.timeZone
  "staff_entry" .Values.service.staffEntry
-}}
{{- if not (kindIs "invalid" .Values.service.drainSeconds) }}
{{- $_ := set $settings "drain" .Values.service.drainSeconds }}
{{- end }}
{{- with .Values.service.waitlist }}
{{- $told := dict }}
{{- range $key, $value := . }}
{{- $_ := set $told (snakecase $key) $value }}
{{- end }}
{{- $_ := set $settings "waitlist" $told }}
{{- end }}
{{- $_ := set $settings "limits" (include "maia-hub.limits" . | fromJson) }}
{{- if not (kindIs "invalid" .Values.service.retentionDays) }}
{{- $_ := set $settings "retention_days" (int .Values.service.retentionDays) }}
{{- end }}
{{- with .Values.service.unused }}
{{- if not (kindIs "invalid" .afterMinutes) }}
{{- $_ := set $settings "unused" (dict "after" .afterMinutes "warning" .warningMinutes) }}
{{- end }}
{{- end }}
{{- with .Values.service.idle }}
{{- if .prometheus }}
{{- $idle := dict "prometheus" .prometheus "below" .belowPercent "window" .windowMinutes "quiet" .quietMinutes }}
{{- if not (kindIs "invalid" .releaseMinutes) }}
{{- $_ := set $idle "release" .releaseMinutes }}
{{- end }}
{{- $_ := set $settings "idle" $idle }}
{{- end }}
{{- end }}
{{- with include "maia-hub.mail" . }}
{{- $_ := set $settings "mail" (fromJson .) }}
{{- end }}
{{- with .Values.notifications.webhooks.hosts }}
{{- $_ := set $settings "webhook_hosts" . }}
{{- end }}
{{- with include "maia-hub.address" . }}
{{- $_ := set $settings "address" . }}
{{- end }}
{{- if and .Values.hub.subdomainHost .Values.tools.enabled }}
{{- $_ := set $settings "door_origin" (include "maia-hub.doorOrigin" .) }}
{{- end }}
{{- if .Values.database.url }}
{{- $_ := set $settings "lease" (printf "%s/%s-controller" .Release.Namespace (include "maia-hub.fullname" .)) }}
{{- end }}
{{- if and (include "maia-hub.reviewed" .) (not .Values.admission.webhook.certManager.enabled) }}
{{- $_ := set $settings "review" (dict "namespace" .Release.Namespace "name" (printf "%s-admission" (include "maia-hub.fullname" .))) }}
{{- end }}
{{- toPrettyJson $settings }}
{{- end -}}

{{- /* How often one may ask. */ -}}
{{- define "maia-hub.limits" -}}
{{- $limits := dict "proxies" (ternary 2 1 (or .Values.ingress.enabled .Values.httpRoute.enabled)) }}
{{- range $key, $value := .Values.service.limits }}
{{- $_ := set $limits (snakecase $key) (ternary nil $value (and (ne $key "proxies") (eq (int $value) 0))) }}
{{- end }}
{{- toJson $limits }}
{{- end -}}

{{- /* The origin under which people reach the hub, as far as it is known here. */ -}}
{{- define "maia-hub.address" -}}
{{- if .Values.service.address -}}
{{- .Values.service.address -}}
{{- else if .Values.hub.subdomainHost -}}
{{- .Values.hub.subdomainHost -}}
{{- else if and .Values.ingress.enabled .Values.ingress.hosts -}}
{{- printf "http%s://%s" (ternary "s" "" (ne .Values.ingress.tlsSecret "")) (first .Values.ingress.hosts) -}}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
{{- printf "https://%s" (first .Values.httpRoute.hostnames) -}}
{{- end -}}
{{- end -}}
