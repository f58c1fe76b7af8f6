{{/*
How components reach etcd: the one of this chart (subchart etcd), or an outside one when `global.etcd.endpoints` is given.
These templates are the umbrella's, because a subchart that is turned off has none.

Secrets of the chart's own etcd, made by `seamark etcd prepare-secrets` (NAME = seamark.etcd.serviceName):
  NAME-ca       the authority: tls.crt tls.key ca.crt
  NAME-member   certificate of the members, for clients and for each other
  NAME-root     user root:      username password ca.crt tls.crt tls.key
  NAME-CLIENT   each component: username password ca.crt tls.crt tls.key
*/}}

{{- define "seamark.etcd.global" -}}
{{- (.Values.global | default dict).etcd | default dict | toJson -}}
{{- end -}}

{{/* Client Service of the chart's own etcd, and what the names of its Secrets start with. */}}
{{- define "seamark.etcd.serviceName" -}}
{{- printf "%s-etcd" (include "seamark.fullname" .) -}}
{{- end -}}

{{/* Headless Service in which each member has a name of its own. */}}
{{- define "seamark.etcd.membersServiceName" -}}
{{- printf "%s-members" (include "seamark.etcd.serviceName" .) -}}
{{- end -}}

{{/* generated, certManager, existing or off: how TLS of the chart's own etcd is done. */}}
{{- define "seamark.etcd.tlsMode" -}}
{{- (((include "seamark.etcd.global" . | fromJson).tls) | default dict).mode | default "generated" -}}
{{- end -}}

{{- define "seamark.etcd.scheme" -}}
{{- eq (include "seamark.etcd.tlsMode" .) "off" | ternary "http" "https" -}}
{{- end -}}

{{/* "true" when the chart's own etcd has users. */}}
{{- define "seamark.etcd.hasUsers" -}}
{{- $auth := (include "seamark.etcd.global" . | fromJson).auth | default dict -}}
{{- if ne (toString (get $auth "enabled")) "false" -}}true{{- end -}}
{{- end -}}

{{/* Secret with user name and password of a client of the chart's own etcd. Takes dict: context, component (or root). */}}
{{- define "seamark.etcd.clientSecretName" -}}
{{- printf "%s-%s" (include "seamark.etcd.serviceName" .context) .component -}}
{{- end -}}

{{/* Secret with the certificate of a client of the chart's own etcd, or of its members. Takes dict: context, component (or root, member). */}}
{{- define "seamark.etcd.tlsSecretName" -}}
{{- $mode := include "seamark.etcd.tlsMode" .context -}}
{{- if eq $mode "existing" -}}
{{- ((include "seamark.etcd.global" .context | fromJson).tls).existingSecret -}}
{{- else if eq $mode "certManager" -}}
{{- include "seamark.etcd.clientSecretName" . }}-tls
{{- else -}}
{{- include "seamark.etcd.clientSecretName" . -}}
{{- end -}}
{{- end -}}

{{/* "true" when etcd is outside of this release. */}}
{{- define "seamark.etcd.isOutside" -}}
{{- if (include "seamark.etcd.global" . | fromJson).endpoints -}}true{{- end -}}
{{- end -}}

{{/* Endpoints with commas. */}}
{{- define "seamark.etcd.endpoints" -}}
{{- with (include "seamark.etcd.global" . | fromJson).endpoints -}}
{{- join "," . -}}
{{- else -}}
{{- printf "%s://%s.%s.svc:2379" (include "seamark.etcd.scheme" .) (include "seamark.etcd.serviceName" .) .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{/* The section `store` of a component's configuration, as YAML. Takes dict: context, component. */}}
{{- define "seamark.etcd.storeConfig" -}}
{{- $tls := (include "seamark.etcd.global" .context | fromJson).tls | default dict -}}
endpoints:
{{- range splitList "," (include "seamark.etcd.endpoints" .context) }}
  - {{ . }}
{{- end }}
{{- if include "seamark.etcd.isOutside" .context }}
{{- if and $tls.existingSecret $tls.caKey }}
caFile: /etc/seamark-etcd/ca.crt
{{- end }}
{{- if and $tls.existingSecret $tls.certKey }}
certFile: /etc/seamark-etcd/tls.crt
keyFile: /etc/seamark-etcd/tls.key
{{- end }}
{{- with $tls.serverName }}
serverName: {{ . | quote }}
{{- end }}
{{- if $tls.insecure }}
insecure: true
{{- end }}
{{- else if ne (include "seamark.etcd.tlsMode" .context) "off" }}
caFile: /etc/seamark-etcd/ca.crt
certFile: /etc/seamark-etcd/tls.crt
keyFile: /etc/seamark-etcd/tls.key
{{- end }}
{{- end -}}

{{/* Environment with the credentials, as list items. Takes dict: context, component. */}}
{{- define "seamark.etcd.env" -}}
{{- $auth := (include "seamark.etcd.global" .context | fromJson).auth | default dict -}}
{{- $secret := "" -}}
{{- $keys := list "username" "password" -}}
{{- if include "seamark.etcd.isOutside" .context -}}
{{- if and $auth.enabled $auth.existingSecret -}}
{{- $secret = $auth.existingSecret -}}
{{- $keys = list $auth.usernameKey $auth.passwordKey -}}
{{- end -}}
{{- else if include "seamark.etcd.hasUsers" .context -}}
{{- $secret = include "seamark.etcd.clientSecretName" . -}}
{{- end -}}
{{- if $secret }}
- name: ETCD_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ first $keys }}
- name: ETCD_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ last $keys }}
{{- end }}
{{- end -}}

{{/* The volume of TLS files as a list item, or nothing. Takes dict: context, component. */}}
{{- define "seamark.etcd.volumes" -}}
{{- $tls := (include "seamark.etcd.global" .context | fromJson).tls | default dict -}}
{{- $secret := "" -}}
{{- $keys := dict "ca.crt" "ca.crt" "tls.crt" "tls.crt" "tls.key" "tls.key" -}}
{{- if include "seamark.etcd.isOutside" .context -}}
{{- $secret = $tls.existingSecret -}}
{{- $keys = dict "ca.crt" $tls.caKey "tls.crt" $tls.certKey "tls.key" (empty $tls.certKey | ternary "" $tls.keyKey) -}}
{{- else if ne (include "seamark.etcd.tlsMode" .context) "off" -}}
{{- $secret = include "seamark.etcd.tlsSecretName" . -}}
{{- end -}}
{{- if $secret }}
- name: etcd-tls
  secret:
    secretName: {{ $secret }}
    defaultMode: 0440
    items:
      {{- range $path, $key := $keys }}
      {{- if $key }}
      - key: {{ $key }}
        path: {{ $path }}
      {{- end }}
      {{- end }}
{{- end }}
{{- end -}}

{{/* Its mount as a list item, or nothing. Takes dict: context, component. */}}
{{- define "seamark.etcd.volumeMounts" -}}
{{- if include "seamark.etcd.volumes" . | trim }}
- name: etcd-tls
  mountPath: /etc/seamark-etcd
  readOnly: true
{{- end }}
{{- end -}}

{{/* Annotations that make new pods when the passwords are new. Takes dict: context, component. */}}
{{- define "seamark.etcd.podAnnotations" -}}
{{- if and (not (include "seamark.etcd.isOutside" .context)) (include "seamark.etcd.hasUsers" .context) }}
seamark.dev/etcd-rotation: {{ ((include "seamark.etcd.global" .context | fromJson).auth | default dict).rotation | default 1 | int | quote }}
{{- end }}
{{- end -}}

{{/* Ports of etcd for egress rules, as a list of numbers in JSON. */}}
{{- define "seamark.etcd.ports" -}}
{{- $ports := list -}}
{{- range (include "seamark.etcd.global" . | fromJson).endpoints -}}
{{- $ports = append $ports (regexFind ":[0-9]+/?$" . | trimPrefix ":" | trimSuffix "/" | default "2379" | int) -}}
{{- end -}}
{{- $ports | default (list 2379) | uniq | toJson -}}
{{- end -}}

{{/* "true" when Secrets of etcd have to be made. */}}
{{- define "seamark.etcd.needsSecrets" -}}
{{- if or (eq (include "seamark.etcd.tlsMode" .) "generated") (include "seamark.etcd.hasUsers" .) -}}true{{- end -}}
{{- end -}}

{{/* Names of the Secrets that are made, as list items. */}}
{{- define "seamark.etcd.secretNames" -}}
{{- range list "ca" "member" "root" "dns-sync" "authoritative-dns" }}
- {{ include "seamark.etcd.clientSecretName" (dict "context" $ "component" .) }}
{{- end }}
{{- end -}}

{{/* Rules of a Role that may make the Secrets: creating has no names, everything else does. */}}
{{- define "seamark.etcd.secretRules" -}}
- apiGroups: ['']
  resources: [secrets]
  verbs: [create]
- apiGroups: ['']
  resources: [secrets]
  resourceNames:
    {{- include "seamark.etcd.secretNames" . | trim | nindent 4 }}
  verbs: [get, patch]
{{- end -}}

{{/* Arguments of `seamark etcd prepare-secrets`, as list items. Takes dict: context, etcd (the values of the subchart). */}}
{{- define "seamark.etcd.prepareArgs" -}}
{{- $name := include "seamark.etcd.serviceName" .context -}}
{{- $members := include "seamark.etcd.membersServiceName" .context -}}
{{- $namespace := .context.Release.Namespace -}}
{{- $domain := .etcd.clusterDomain | default "cluster.local" -}}
{{- $names := list "localhost" "127.0.0.1" "::1" -}}
{{- range list $name (printf "*.%s" $members) -}}
{{- $names = concat $names (list . (printf "%s.%s" . $namespace) (printf "%s.%s.svc" . $namespace) (printf "%s.%s.svc.%s" . $namespace $domain)) -}}
{{- end -}}
{{- /* One by one as well: a member checks by these that another one comes from the address that its name has. */ -}}
{{- range $index := until 3 -}}
{{- $member := printf "%s-%d.%s.%s.svc" $name $index $members $namespace -}}
{{- $names = concat $names (list $member (printf "%s.%s" $member $domain)) -}}
{{- end -}}
{{- $tls := .etcd.tls | default dict -}}
- etcd
- prepare-secrets
- --name={{ $name }}
- --namespace={{ $namespace }}
- --server-name={{ join "," $names }}
- --client=dns-sync,authoritative-dns
- --rotation={{ ((include "seamark.etcd.global" .context | fromJson).auth | default dict).rotation | default 1 | int }}
{{- if ne (include "seamark.etcd.tlsMode" .context) "generated" }}
- --no-certificates
{{- end }}
{{- if not (include "seamark.etcd.hasUsers" .context) }}
- --no-passwords
{{- end }}
- --certificate-days={{ $tls.certificateDays | default 365 | int }}
- --authority-days={{ $tls.authorityDays | default 3650 | int }}
- --label=app.kubernetes.io/name=seamark,app.kubernetes.io/instance={{ .context.Release.Name }},app.kubernetes.io/component=etcd,app.kubernetes.io/part-of=seamark
{{- end -}}
