{{/*
Names and labels. Subcharts are rendered together with the umbrella, so every template here may be used by all of them; each takes
the root context (`.`) unless its comment says otherwise. What all components share is under `.Values.global`.
*/}}

{{/* Version of the product: a subchart sees only its own Chart.yaml. A test compares it with the umbrella's. */}}
{{- define "seamark.version" -}}
0.1.0
{{- end -}}

{{/* Prefix of every object's name: the release's name, with "seamark" in it. */}}
{{- define "seamark.fullname" -}}
{{- $global := .Values.global | default dict -}}
{{- if $global.fullnameOverride -}}
{{- $global.fullnameOverride | trunc 42 | trimSuffix "-" -}}
{{- else if contains "seamark" .Release.Name -}}
{{- .Release.Name | trunc 42 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-seamark" .Release.Name | trunc 42 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of a component's objects. Takes dict: context, component. */}}
{{- define "seamark.componentName" -}}
{{- printf "%s-%s" (include "seamark.fullname" .context) .component -}}
{{- end -}}

{{/* Labels that pods are selected by; they never change. Takes dict: context, component. */}}
{{- define "seamark.selectorLabels" -}}
app.kubernetes.io/name: seamark
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object. Takes dict: context, component. */}}
{{- define "seamark.labels" -}}
{{ include "seamark.selectorLabels" . }}
app.kubernetes.io/version: {{ include "seamark.version" .context | quote }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
app.kubernetes.io/part-of: seamark
helm.sh/chart: {{ printf "seamark-%s" (include "seamark.version" .context) | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with (.context.Values.global | default dict).commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of pods: without the chart's version, so that a new chart with the same image and configuration restarts nothing. */}}
{{- define "seamark.podLabels" -}}
{{ include "seamark.selectorLabels" . }}
app.kubernetes.io/part-of: seamark
{{- with (.context.Values.global | default dict).commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Reference of Seamark's image, by digest when one is given. */}}
{{- define "seamark.image" -}}
{{- $image := (.Values.global | default dict).image | default dict -}}
{{- $name := printf "%s/%s" ($image.registry | default "ghcr.io") ($image.repository | default "seamark-dns/seamark") -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default (include "seamark.version" .)) -}}
{{- end -}}
{{- end -}}

{{- define "seamark.imagePullPolicy" -}}
{{- ((.Values.global | default dict).image | default dict).pullPolicy | default "IfNotPresent" -}}
{{- end -}}

{{/* `imagePullSecrets:` of a pod, or nothing. Names and {name: …} are both taken. */}}
{{- define "seamark.imagePullSecrets" -}}
{{- with (.Values.global | default dict).imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Pod security of level `restricted`; the image's user. */}}
{{- define "seamark.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "seamark.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{/* Priority class of the pods, or nothing. Takes dict: context, values (those of the component). */}}
{{- define "seamark.priorityClassName" -}}
{{- with .values.priorityClassName | default (.context.Values.global | default dict).priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Name of a component's ServiceAccount. Takes dict: context, component, values. */}}
{{- define "seamark.serviceAccountName" -}}
{{- $account := .values.serviceAccount | default dict -}}
{{- if eq (toString (get $account "create")) "false" -}}
{{- $account.name | default "default" -}}
{{- else -}}
{{- $account.name | default (include "seamark.componentName" .) -}}
{{- end -}}
{{- end -}}

{{/* Name of the Service that answers DNS. */}}
{{- define "seamark.dnsServiceName" -}}
{{- printf "%s-dns" (include "seamark.fullname" .) -}}
{{- end -}}

{{/* Labels of the pods that answer DNS. */}}
{{- define "seamark.dnsSelectorLabels" -}}
{{- include "seamark.selectorLabels" (dict "context" . "component" "authoritative-dns") -}}
{{- end -}}
