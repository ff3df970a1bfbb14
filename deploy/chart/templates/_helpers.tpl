{{- define "fairway.name" -}}
{{- if contains "fairway" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-fairway" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "fairway.selector" -}}
app.kubernetes.io/name: fairway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "fairway.labels" -}}
{{ include "fairway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "fairway.host" -}}
{{ (urlParse .Values.publicUrl).host }}
{{- end }}

{{- /* No container may gain anything: both the proxy and Fairway run so. */ -}}
{{- define "fairway.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "fairway.environment" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.secret }}
      key: {{ .Values.database.key }}
- name: FAIRWAY_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
- name: FAIRWAY_LISTEN
  value: 127.0.0.1:3000
- name: FAIRWAY_METRICS_LISTEN
  value: 0.0.0.0:9464
{{- if not (hasKey .Values.environment "FAIRWAY_TRUSTED_PROXIES") }}
# The proxy of the pod, and the ingress where the chart makes one: limits and the trail are about people's addresses, not theirs.
- name: FAIRWAY_TRUSTED_PROXIES
  value: {{ ternary "2" "1" .Values.ingress.enabled | quote }}
{{- end }}
- name: FAIRWAY_DATA_DIR
  value: /var/lib/fairway
- name: FAIRWAY_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .Values.keys.secret }}
      key: keys
      optional: true
{{- range $variable, $key := dict "FAIRWAY_GITHUB_WEBHOOK_SECRET" "webhook-secret" "FAIRWAY_GITHUB_WEBHOOK_SECRET_OTHER" "webhook-secret-other" "FAIRWAY_GITHUB_TOKEN" "token" "FAIRWAY_GITHUB_APP_ID" "app-id" "FAIRWAY_GITHUB_APP_PRIVATE_KEY" "app-private-key" "FAIRWAY_GITHUB_CLIENT_ID" "client-id" "FAIRWAY_GITHUB_CLIENT_SECRET" "client-secret" }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.github.secret }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- range $variable, $key := dict "FAIRWAY_OIDC_CLIENT_ID" "client-id" "FAIRWAY_OIDC_CLIENT_SECRET" "client-secret" }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.oidc.secret }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- range $variable, $key := dict "FAIRWAY_SMTP_URL" "smtp-url" "FAIRWAY_SMTP_FROM" "smtp-from" }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.mail.secret }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- range $name, $value := .Values.environment }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
