{{- /* One value chooses: without database.url it is an SQLite file on a volume. */ -}}
{{- define "maia-hub.databaseMounts" -}}
{{- if not .Values.database.url -}}
- {name: data, mountPath: /srv/maia/data}
{{- end -}}
{{- end -}}

{{- define "maia-hub.databaseVolumes" -}}
{{- if not .Values.database.url -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "maia-hub.fullname" . }}-database
{{- end -}}
{{- end -}}

{{- /* The password, as a source of a projected volume. */ -}}
{{- define "maia-hub.databaseSecret" -}}
{{- with .Values.database.existingSecret.name -}}
- secret:
    name: {{ . }}
    items:
      - {key: {{ $.Values.database.existingSecret.key }}, path: database}
{{- end -}}
{{- end -}}
