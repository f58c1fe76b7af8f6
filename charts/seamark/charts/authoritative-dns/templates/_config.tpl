{{/* The configuration file as YAML. */}}
{{- define "seamark.authoritative-dns.config" -}}
{{- range list "servers" "zoneFiles" -}}
{{- if get $.Values . -}}
{{- fail (printf "authoritative-dns.%s: Corefiles and zone files are not read by this version; give authoritative-dns.config.zones and global.etcd.prefix instead" .) -}}
{{- end -}}
{{- end -}}
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
  "process" (include "seamark.process" (dict "context" . "values" .Values) | fromYaml)
  "store" (include "seamark.etcd.storeConfig" (dict "context" . "component" "authoritative-dns") | fromYaml)
  "authoritativeDns" $section) -}}
{{- end -}}
