{{/* True (text) when the subchart of a component is part of this release; an outside etcd is not. Takes dict: context, component. */}}
{{- define "seamark.monitoring.has" -}}
{{- $values := get .context.Values .component | default dict -}}
{{- $outside := and (eq .component "etcd") (eq (include "seamark.etcd.isOutside" .context) "true") -}}
{{- or $outside (eq (toString (get $values "enabled")) "false") | ternary "" "true" -}}
{{- end -}}

{{/* Matchers that pick the series of this release. */}}
{{- define "seamark.monitoring.selector" -}}
{{- .Values.prometheus.prometheusRule.selector | default (printf "namespace=%q" .Release.Namespace) -}}
{{- end -}}

{{/*
One rule, as YAML. Takes dict: context, rule (as in files/alerts, changed), settings (what values say about it), threshold and below
(texts).
*/}}
{{- define "seamark.monitoring.rule" -}}
{{- $values := .context.Values.prometheus.prometheusRule -}}
{{- $labels := merge (dict) (.settings.labels | default dict) (.rule.labels | default dict) -}}
{{- $annotations := merge (dict) (.settings.annotations | default dict) .rule.annotations -}}
{{- $texts := dict -}}
{{- range $name, $text := $annotations -}}
{{- $_ := set $texts $name ($text | replace "THRESHOLD" $.threshold) -}}
{{- end -}}
{{- with $values.runbookUrl -}}
{{- $_ := set $texts "runbook_url" (printf "%s#%s" . (lower $.anchor)) -}}
{{- end -}}
{{- $expr := .rule.expr | replace "SELECTOR" (include "seamark.monitoring.selector" .context) | replace "WINDOW" $values.rateWindow -}}
{{- $expr = $expr | replace "THRESHOLD" .threshold | replace "BELOW" .below -}}
{{- dict "alert" .name "expr" $expr "for" (.settings.for | default .rule.for) "labels" (merge (dict) $labels ($values.ruleLabels | default dict)) "annotations" $texts | list | toYaml -}}
{{- end -}}

{{/* The pods that have metrics. */}}
{{- define "seamark.monitoring.podSelector" -}}
matchLabels:
  app.kubernetes.io/name: seamark
  app.kubernetes.io/instance: {{ .Release.Name }}
matchExpressions:
  - key: app.kubernetes.io/component
    operator: In
    values:
      - lb-controller
      - dns-sync
      - authoritative-dns
      - etcd
{{- end -}}

{{/* What PodMonitor and ServiceMonitor say alike about an endpoint. Takes the monitor's values. */}}
{{- define "seamark.monitoring.endpoint" -}}
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
