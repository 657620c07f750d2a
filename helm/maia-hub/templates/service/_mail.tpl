{{- /* The mail server as maia_hub.outward reads it; nothing without a host. */ -}}
{{- define "maia-hub.mail" -}}
{{- with .Values.notifications.smtp -}}
{{- if .host -}}
{{- $mail := dict "host" .host "port" .port "security" .security "sender" .sender -}}
{{- if .user -}}
{{- $_ := set $mail "user" .user -}}
{{- $_ := set $mail "password_file" "/etc/maia/secrets/smtp" -}}
{{- end -}}
{{- if .ca.configMap -}}
{{- $_ := set $mail "ca_file" "/etc/maia/smtp-ca/ca.crt" -}}
{{- end -}}
{{- toJson $mail -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Its password, as a source of a projected volume. */ -}}
{{- define "maia-hub.mailSecret" -}}
{{- with .Values.notifications.smtp -}}
{{- if and .host .user -}}
- secret:
    name: {{ required "notifications.smtp.existingSecret.name: the Secret with the password of notifications.smtp.user" .existingSecret.name }}
    items:
      - {key: {{ .existingSecret.key }}, path: smtp}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "maia-hub.mailMounts" -}}
{{- if and .Values.notifications.smtp.host .Values.notifications.smtp.ca.configMap -}}
- {name: smtp-ca, mountPath: /etc/maia/smtp-ca, readOnly: true}
{{- end -}}
{{- end -}}

{{- define "maia-hub.mailVolumes" -}}
{{- with .Values.notifications.smtp -}}
{{- if and .host .ca.configMap -}}
- name: smtp-ca
  configMap:
    name: {{ .ca.configMap }}
    items:
      - {key: {{ .ca.key }}, path: ca.crt}
{{- end -}}
{{- end -}}
{{- end -}}
