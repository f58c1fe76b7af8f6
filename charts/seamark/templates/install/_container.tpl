{{/* What the containers of short-lived pods have in common: image, security, resources. */}}
{{- define "seamark.install.container" -}}
image: {{ include "seamark.image" . }}
imagePullPolicy: {{ include "seamark.imagePullPolicy" . }}
securityContext:
  {{- include "seamark.containerSecurityContext" . | nindent 2 }}
resources:
  requests:
    cpu: 20m
    memory: 64Mi
  limits:
    memory: 256Mi
{{- end -}}
