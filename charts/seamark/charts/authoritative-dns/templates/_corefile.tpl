{{/*
The Corefile as text: value `corefile`, or the one that `servers` makes as CoreDNS's chart does; nothing without either. A port of a
server counts for all of its zones.
*/}}
{{- define "seamark.corefile" -}}
{{- if and .Values.corefile .Values.servers -}}
{{- fail "authoritative-dns.corefile and authoritative-dns.servers are both given: keep one of them" -}}
{{- end -}}
{{- $lines := list -}}
{{- range $index, $server := .Values.servers -}}
{{- $lines = append $lines (printf "%s {" (include "seamark.corefile.keys" $server)) -}}
{{- range $server.plugins -}}
{{- $line := printf "    %s" .name -}}
{{- if not (kindIs "invalid" .parameters) -}}
{{- $line = printf "%s %s" $line (toString .parameters) -}}
{{- end -}}
{{- if .configBlock -}}
{{- $lines = concat $lines (list (printf "%s {" $line) (.configBlock | trim | indent 8) "    }") -}}
{{- else -}}
{{- $lines = append $lines $line -}}
{{- end -}}
{{- end -}}
{{- $lines = append $lines "}" -}}
{{- end -}}
{{- if .Values.corefile -}}
{{- printf "%s\n" (.Values.corefile | trim) -}}
{{- else if $lines -}}
{{- printf "%s\n" (join "\n" $lines) -}}
{{- else if .Values.zoneFiles -}}
{{- fail "authoritative-dns.zoneFiles: nothing serves them; give authoritative-dns.servers or authoritative-dns.corefile with the directive file" -}}
{{- end -}}
{{- end -}}

{{/* What one server is for, as the first line of its block. Takes an item of `servers`. */}}
{{- define "seamark.corefile.keys" -}}
{{- $port := empty .port | ternary "" (printf ":%d" (int .port)) -}}
{{- $keys := list -}}
{{- range .zones | default (list dict) -}}
{{- $keys = append $keys (printf "%s%s%s" (.scheme | default "") (.zone | default ".") $port) -}}
{{- end -}}
{{- join " " $keys -}}
{{- end -}}

{{/*
What the chart has to know of a Corefile, as JSON: `ports`, each with `port` and `protocols`, in the order of the blocks, and the names of
the `directives`. Takes dict: text, dnsPort. It does not judge: what is no Corefile is refused by the program.
*/}}
{{- define "seamark.corefile.outline" -}}
{{- $keys := list -}}
{{- $directives := list -}}
{{- $depth := 0 -}}
{{- range $line := splitList "\n" .text -}}
{{- $words := without (regexSplit "[\\s,]+" (regexReplaceAll "(^|\\s)#.*$" $line "") -1) "" -}}
{{- $isKeys := not (regexMatch "^\\s*(import\\s|\\()" $line) -}}
{{- $isFirst := true -}}
{{- range $words -}}
{{- if eq . "{" -}}
{{- $depth = add $depth 1 -}}
{{- else if eq . "}" -}}
{{- $depth = sub $depth 1 -}}
{{- else if and (eq (int $depth) 0) $isKeys -}}
{{- $keys = append $keys . -}}
{{- else if and (eq (int $depth) 1) $isFirst -}}
{{- $directives = append $directives . -}}
{{- end -}}
{{- $isFirst = eq . "{" -}}
{{- end -}}
{{- end -}}
{{- $protocols := dict -}}
{{- $order := list -}}
{{- range $key := $keys -}}
{{- $scheme := regexFind "^[a-z0-9]+://" $key | trimSuffix "://" | default "dns" -}}
{{- $port := regexFind ":[0-9]+$" $key | trimPrefix ":" | default (get (dict "tls" "853" "https" "443") $scheme | default (toString (int $.dnsPort))) -}}
{{- $order = append $order $port -}}
{{- $own := ternary (list "UDP" "TCP") (list "TCP") (eq $scheme "dns") -}}
{{- $_ := set $protocols $port (concat $own (get $protocols $port | default list) | uniq) -}}
{{- end -}}
{{- $ports := list -}}
{{- range uniq $order -}}
{{- $ports = append $ports (dict "port" (int .) "protocols" (get $protocols .)) -}}
{{- end -}}
{{- toJson (dict "ports" $ports "directives" (uniq $directives)) -}}
{{- end -}}

{{/*
Ports that questions come in by, as a JSON list of items: `name` and `port` in the container, `protocol`, and `servicePort`, `nodePort`,
`hostPort` (0 = none). The first one is called dns-udp and dns-tcp, and `service.port` stands before it.
*/}}
{{- define "seamark.authoritative-dns.listeners" -}}
{{- $service := .Values.service | default dict -}}
{{- $text := include "seamark.corefile" . -}}
{{- $ports := list (dict "port" (int .Values.dnsPort) "protocols" (list "UDP" "TCP")) -}}
{{- if $text -}}
{{- $ports = (include "seamark.corefile.outline" (dict "text" $text "dnsPort" .Values.dnsPort) | fromJson).ports -}}
{{- end -}}
{{- $given := dict -}}
{{- range $server := .Values.servers -}}
{{- $keys := include "seamark.corefile.keys" $server -}}
{{- range (include "seamark.corefile.outline" (dict "text" $keys "dnsPort" $.Values.dnsPort) | fromJson).ports -}}
{{- $before := get $given (toString (int .port)) | default dict -}}
{{- $_ := set $given (toString (int .port)) (merge (pick $server "servicePort" "nodePort" "hostPort") $before) -}}
{{- end -}}
{{- end -}}
{{- $listeners := list -}}
{{- range $index, $item := $ports -}}
{{- $own := get $given (toString (int .port)) | default dict -}}
{{- range $protocol := .protocols -}}
{{- $name := ternary (printf "dns-%s" (lower $protocol)) (printf "%s-%d" (lower $protocol) (int $item.port)) (eq $index 0) -}}
{{- $listeners = append $listeners (dict
  "name" $name "port" (int $item.port) "protocol" $protocol
  "servicePort" (int ($own.servicePort | default (ternary $service.port $item.port (eq $index 0))))
  "nodePort" (int ($own.nodePort | default (ternary $service.nodePort 0 (eq $index 0)) | default 0))
  "hostPort" (int ($own.hostPort | default (ternary $.Values.hostPort 0 (eq $index 0)) | default 0))) -}}
{{- end -}}
{{- end -}}
{{- toJson $listeners -}}
{{- end -}}

{{/* The values with what a Corefile's pods have besides: volumes, variables, and leave to open ports below 1024. Takes dict: context, text, listeners. */}}
{{- define "seamark.corefile.podValues" -}}
{{- $values := deepCopy (.context.Values | toJson | fromJson) -}}
{{- /* CoreDNS's chart has Corefile and zone files there, and paths in a Corefile may say so. */ -}}
{{- $mounts := list (dict "name" "config" "mountPath" "/etc/coredns" "readOnly" true) -}}
{{- $volumes := list -}}
{{- range $values.extraSecrets -}}
{{- $volumes = append $volumes (dict "name" .name "secret" (dict "secretName" .name "defaultMode" (int (.defaultMode | default 288)))) -}}
{{- $mounts = append $mounts (dict "name" .name "mountPath" .mountPath "readOnly" true) -}}
{{- end -}}
{{- $_ := set $values "extraVolumeMounts" (concat $mounts ($values.extraVolumeMounts | default list)) -}}
{{- $_ := set $values "extraVolumes" (concat $volumes ($values.extraVolumes | default list)) -}}
{{- if contains "{$ETCD_ENDPOINT}" .text -}}
{{- $endpoint := include "seamark.etcd.endpoints" .context | splitList "," | first -}}
{{- $_ := set $values "env" (prepend ($values.env | default list) (dict "name" "ETCD_ENDPOINT" "value" $endpoint)) -}}
{{- end -}}
{{- $isPrivileged := false -}}
{{- range .listeners -}}
{{- if lt (int .port) 1024 -}}{{- $isPrivileged = true -}}{{- end -}}
{{- end -}}
{{- if and $isPrivileged $values.useHostNetwork (not $values.podSecurityContext) -}}
{{- fail "authoritative-dns.useHostNetwork: the Corefile has a port below 1024, which the node opens for root only; give authoritative-dns.servers[].hostPort instead, or another port" -}}
{{- end -}}
{{- if and $isPrivileged (not $values.useHostNetwork) -}}
{{- $sysctl := dict "sysctls" (list (dict "name" "net.ipv4.ip_unprivileged_port_start" "value" "0")) -}}
{{- $_ := set $values "podSecurityContext" (merge (deepCopy ($values.podSecurityContext | default dict)) $sysctl) -}}
{{- end -}}
{{- toYaml $values -}}
{{- end -}}

{{/* Ports that a Corefile's endpoints and upstreams have, as a JSON list. Takes dict: context, text. */}}
{{- define "seamark.corefile.egressPorts" -}}
{{- $ports := include "seamark.etcd.ports" .context | fromJsonArray -}}
{{- range regexFindAll "(?m)^\\s*(endpoint|forward)\\s.*$" .text -1 -}}
{{- range regexFindAll ":[0-9]+" . -1 -}}
{{- $ports = append $ports (trimPrefix ":" . | int) -}}
{{- end -}}
{{- if contains "tls://" . -}}{{- $ports = append $ports 853 -}}{{- end -}}
{{- end -}}
{{- $numbers := list -}}
{{- range $ports -}}{{- $numbers = append $numbers (int .) -}}{{- end -}}
{{- without (uniq $numbers) 53 | toJson -}}
{{- end -}}
