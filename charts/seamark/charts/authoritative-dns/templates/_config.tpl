{{/* The configuration file as YAML. */}}
{{- define "seamark.authoritative-dns.config" -}}
{{- $process := include "seamark.process" (dict "context" . "values" .Values) | fromYaml -}}
{{- $corefile := include "seamark.corefile" . -}}
{{- if $corefile -}}
{{- /* Zones, etcd and addresses are the Corefile's. Its own lame duck comes after this one: together they last lameDuckSeconds. */ -}}
{{- $own := regexFind "lameduck\\s+[0-9]+s" $corefile | regexFind "[0-9]+" | default "0" | int -}}
{{- $rest := max 0 (sub (int ((.Values.config | default dict).lameDuckSeconds | default 0)) $own) -}}
{{- toYaml (dict "process" $process "authoritativeDns" (dict "lameDuckSeconds" $rest)) -}}
{{- else -}}
{{- $global := .Values.global | default dict -}}
{{- $section := deepCopy (.Values.config | default dict) -}}
{{- if and .Values.zones $section.zones (ne (toJson .Values.zones) (toJson $section.zones)) -}}
{{- fail "authoritative-dns.zones and authoritative-dns.config.zones are both given and differ: keep one of them" -}}
{{- end -}}
{{- with include "seamark.zones" . | fromJsonArray -}}
{{- $_ := set $section "zones" . -}}
{{- end -}}
{{- if not $section.prefix -}}
{{- $_ := set $section "prefix" (($global.etcd | default dict).prefix | default "/skydns/") -}}
{{- end -}}
{{- if not $section.listen -}}
{{- $_ := set $section "listen" (list (printf ":%d" (int .Values.dnsPort))) -}}
{{- end -}}
{{- toYaml (dict
  "process" $process
  "store" (include "seamark.etcd.storeConfig" (dict "context" . "component" "authoritative-dns") | fromYaml)
  "authoritativeDns" $section) -}}
{{- end -}}
{{- end -}}
