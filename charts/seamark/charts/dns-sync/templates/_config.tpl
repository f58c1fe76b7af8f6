{{/* Namespaces that objects are read from, as JSON; empty = all. */}}
{{- define "seamark.dns-sync.namespaces" -}}
{{- $namespaces := (.Values.config | default dict).namespaces | default list -}}
{{- if .Values.namespaced -}}
{{- $namespaces = $namespaces | default (list .Release.Namespace) -}}
{{- end -}}
{{- toJson $namespaces -}}
{{- end -}}

{{/* The configuration file as YAML. */}}
{{- define "seamark.dns-sync.config" -}}
{{- $provider := kindIs "map" .Values.provider | ternary (get (kindIs "map" .Values.provider | ternary .Values.provider dict) "name") .Values.provider | default "coredns" -}}
{{- if not (has $provider (list "coredns" "skydns" "etcd")) -}}
{{- fail (printf "dns-sync.provider.name: %q is not part of this version; allowed: coredns (records go to etcd)" $provider) -}}
{{- end -}}
{{- if and (kindIs "map" .Values.provider) .Values.provider.webhook -}}
{{- fail "dns-sync.provider.webhook: webhook providers are not part of this version; allowed: provider.name coredns" -}}
{{- end -}}
{{- $global := .Values.global | default dict -}}
{{- $section := deepCopy (.Values.config | default dict) -}}
{{- include "seamark.adopt" (dict "section" $section "values" .Values "path" "dns-sync" "names" (dict
  "sources" "sources" "policy" "policy" "registry" "registry" "domainFilters" "domainFilters" "excludeDomains" "excludeDomains"
  "regexDomainFilter" "regexDomainFilter" "regexDomainExclusion" "regexDomainExclusion"
  "txtOwnerId" "txtOwnerId" "txtPrefix" "txtPrefix" "txtSuffix" "txtSuffix" "managedRecordTypes" "managedRecordTypes"
  "excludeRecordTypes" "excludeRecordTypes" "labelFilter" "labelFilter" "annotationFilter" "annotationFilter")) -}}
{{- with .Values.annotationPrefix -}}
{{- $_ := set $section "annotationPrefixes" (list .) -}}
{{- end -}}
{{- if and $section.txtPrefix $section.txtSuffix -}}
{{- fail "dns-sync.txtSuffix: allowed: txtPrefix or txtSuffix, not both" -}}
{{- end -}}
{{- $namespaces := include "seamark.dns-sync.namespaces" . | fromJsonArray -}}
{{- if $namespaces -}}
{{- $_ := set $section "namespaces" $namespaces -}}
{{- end -}}
{{- if and $global.zones (not $section.domainFilters) (not $section.regexDomainFilter) -}}
{{- $_ := set $section "domainFilters" $global.zones -}}
{{- end -}}
{{- if not $section.prefix -}}
{{- $_ := set $section "prefix" (($global.etcd | default dict).prefix | default "/skydns/") -}}
{{- end -}}
{{- toYaml (dict
  "process" (include "seamark.process" (dict "context" . "values" .Values) | fromYaml)
  "cluster" (dict "leaderElect" true "leaseNamespace" .Release.Namespace)
  "store" (include "seamark.etcd.storeConfig" (dict "context" . "component" "dns-sync") | fromYaml)
  "dnsSync" $section) -}}
{{- end -}}
