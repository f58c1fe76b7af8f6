{{/* Here and not in the subchart: the notes use them too, and a subchart that is off has no templates. */}}

{{/* Zones that are answered for, as JSON. */}}
{{- define "seamark.zones" -}}
{{- $config := .Values.config | default dict -}}
{{- $given := .Values.zones | default $config.zones | default (.Values.global | default dict).zones -}}
{{- $zones := list -}}
{{- range $given -}}
{{- $zone := kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "zone") . -}}
{{- $zones = append $zones ($zone | trimSuffix "." | default ".") -}}
{{- end -}}
{{- toJson $zones -}}
{{- end -}}

{{/* Full names of the zones' name servers that lie in a zone of ours, so that their addresses are ours to publish; as JSON. */}}
{{- define "seamark.nameServers" -}}
{{- $names := list -}}
{{- $zones := include "seamark.zones" . | fromJsonArray -}}
{{- $servers := (.Values.config | default dict).nameServers | default (list "ns1") -}}
{{- range $zone := $zones -}}
{{- range $server := $servers -}}
{{- $name := trimSuffix "." $server -}}
{{- if and (not (contains "." $name)) (not (hasSuffix "." $server)) (ne $zone ".") -}}
{{- $names = append $names (printf "%s.%s" $name $zone) -}}
{{- else -}}
{{- range $inside := $zones -}}
{{- if or (eq $inside ".") (hasSuffix (printf ".%s" $inside) $name) -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson (uniq $names) -}}
{{- end -}}

{{/* "true" when dns-sync publishes the DNSEndpoint that helm test makes: source crd is on, and no filter of annotations or labels leaves it out. */}}
{{- define "seamark.canVerify" -}}
{{- $sync := index .Values "dns-sync" -}}
{{- $config := $sync.config | default dict -}}
{{- $sources := $sync.sources | default $config.sources | default (list "crd") -}}
{{- $filters := list $sync.annotationFilter $config.annotationFilter $sync.labelFilter $config.labelFilter -}}
{{- $given := $sync.extraArgs | default list | toString -}}
{{- if and .Values.tests.enabled $sync.enabled (index .Values "authoritative-dns").enabled (has "crd" $sources) (not (compact $filters)) -}}
{{- if not (regexMatch "annotation-filter|label-filter" $given) -}}true{{- end -}}
{{- end -}}
{{- end -}}
