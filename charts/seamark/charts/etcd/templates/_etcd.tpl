
{{- define "etcd.image" -}}
{{- $image := .Values.image -}}
{{- $name := printf "%s/%s" $image.registry $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default (printf "v%s" .Chart.AppVersion)) -}}
{{- end -}}
{{- end -}}

{{/* URLs of all members in the form of etcd's initial-cluster. Takes dict: context, port. */}}
{{- define "etcd.memberUrls" -}}
{{- $name := include "seamark.etcd.serviceName" .context -}}
{{- $urls := list -}}
{{- range $index := until (int .context.Values.replicas) -}}
{{- $host := printf "%s-%d.%s.%s.svc" $name $index (include "seamark.etcd.membersServiceName" $.context) $.context.Release.Namespace -}}
{{- $urls = append $urls (printf "%s-%d=%s://%s:%d" $name $index (include "seamark.etcd.scheme" $.context) $host (int $.port)) -}}
{{- end -}}
{{- join "," $urls -}}
{{- end -}}

{{/* A quantity of Kubernetes (2Gi, 500M) in bytes. */}}
{{- define "etcd.bytes" -}}
{{- $factors := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- $text := toString . -}}
{{- mul (regexFind "^[0-9]+" $text | int64) (get $factors (regexReplaceAll "^[0-9]+" $text "") | int64) -}}
{{- end -}}

{{/* What all members' configuration files have in common. */}}
{{- define "etcd.sharedConfig" -}}
{{- $scheme := include "seamark.etcd.scheme" . -}}
listen-peer-urls: {{ $scheme }}://0.0.0.0:2380
listen-client-urls: {{ $scheme }}://0.0.0.0:2379
# Health and metrics only, without TLS: for the kubelet and Prometheus.
listen-metrics-urls: http://0.0.0.0:2381
quota-backend-bytes: {{ include "etcd.bytes" .Values.quota }}
auto-compaction-mode: {{ .Values.autoCompaction.mode }}
auto-compaction-retention: {{ .Values.autoCompaction.retention | quote }}
strict-reconfig-check: true
enable-grpc-gateway: false
logger: zap
log-level: {{ .Values.logLevel }}
{{- if ne $scheme "http" }}
{{- range list "client-transport-security" "peer-transport-security" }}
{{ . }}:
  cert-file: /etc/etcd-tls/tls.crt
  key-file: /etc/etcd-tls/tls.key
  trusted-ca-file: /etc/etcd-tls/ca.crt
  client-cert-auth: true
{{- end }}
{{- end }}
{{- end -}}

{{/* Secret with the certificate of the members. */}}
{{- define "etcd.memberSecretName" -}}
{{- if and (eq (include "seamark.etcd.tlsMode" .) "existing") .Values.tls.memberSecret -}}
{{- .Values.tls.memberSecret -}}
{{- else -}}
{{- include "seamark.etcd.tlsSecretName" (dict "context" . "component" "member") -}}
{{- end -}}
{{- end -}}

{{/* A volume of TLS files. Takes dict: name, secret. */}}
{{- define "etcd.tlsVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      {{- range list "ca.crt" "tls.crt" "tls.key" }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end -}}

{{/* Environment of those who administer etcd as root. */}}
{{- define "etcd.rootEnv" -}}
{{- $secret := include "seamark.etcd.clientSecretName" (dict "context" . "component" "root") -}}
- name: ETCD_USERNAME
  value: root
- name: ETCD_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: password
{{- end -}}
