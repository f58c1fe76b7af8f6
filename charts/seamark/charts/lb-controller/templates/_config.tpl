{{/* The component's values: those under `controller`, as MetalLB's chart has them, go before the plain ones. As YAML. */}}
{{- define "seamark.lb-controller.values" -}}
{{- toYaml (mergeOverwrite (deepCopy (omit .Values "controller" "global")) (deepCopy (.Values.controller | default dict))) -}}
{{- end -}}

{{/* Namespaces that pools are read from, as JSON. */}}
{{- define "seamark.lb-controller.namespaces" -}}
{{- $namespaces := .Values.configNamespaces | default list -}}
{{- append $namespaces .Release.Namespace | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The configuration file as YAML. */}}
{{- define "seamark.lb-controller.config" -}}
{{- if .Values.speaker -}}
{{- fail "lb-controller.speaker: addresses are not announced by this version; leave speaker.* out, and bring the pool's addresses to the nodes by a route (see the chart's README)" -}}
{{- end -}}
{{- $values := include "seamark.lb-controller.values" . | fromYaml -}}
{{- $section := deepCopy (.Values.config | default dict) -}}
{{- include "seamark.adopt" (dict "section" $section "values" $values "path" "lb-controller" "names" (dict "loadBalancerClass" "loadBalancerClass")) -}}
{{- $process := include "seamark.process" (dict "context" . "values" $values) | fromYaml -}}
{{- $_ := set $process "configNamespaces" (include "seamark.lb-controller.namespaces" . | fromJsonArray) -}}
{{- toYaml (dict
  "process" $process
  "cluster" (dict "leaderElect" true "leaseNamespace" .Release.Namespace)
  "lbController" $section) -}}
{{- end -}}
