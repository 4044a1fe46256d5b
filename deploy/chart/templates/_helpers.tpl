{{- define "flagfall.namespace" -}}
{{ if .Values.namespace.create }}{{ .Values.namespace.name }}{{ else }}{{ .Release.Namespace }}{{ end }}
{{- end }}
{{- define "flagfall.labels" -}}
app.kubernetes.io/name: flagfall
{{- end }}
