{{/*
The objects that all three components have in the same form. Each template takes a dict:
  context    root context of the subchart
  component  lb-controller, dns-sync or authoritative-dns: the command that is run, too
  values     the component's values
  config     its configuration file as a dict
  etcd, api  true when it needs etcd, the Kubernetes API
  ports      further container ports as YAML list items, may be absent
of a component with files beside its configuration file also
  files      name → text, beside seamark.yaml
  arguments  of the command, before extraArgs
  rolledText a change of which makes new pods
  egressPorts, terminationMessagePolicy
*/}}

{{- define "seamark.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "seamark.componentName" . }}
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
data:
  seamark.yaml: |
    {{- toYaml .config | nindent 4 }}
  {{- range $name, $text := .files }}
  {{ $name }}: |
    {{- $text | trimSuffix "\n" | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "seamark.serviceAccount" -}}
{{- $account := .values.serviceAccount | default dict -}}
{{- if ne (toString (get $account "create")) "false" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "seamark.serviceAccountName" . }}
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
    {{- with $account.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $account.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
# Pods that need a token ask for it themselves.
automountServiceAccountToken: false
{{- end -}}
{{- end -}}

{{- define "seamark.deployment" -}}
{{- $values := .values -}}
{{- $extraArgs := list -}}
{{- if kindIs "map" $values.extraArgs -}}
{{- range $name, $value := $values.extraArgs -}}
{{- range ternary $value (list $value) (kindIs "slice" $value) -}}
{{- $extraArgs = append $extraArgs (kindIs "invalid" . | ternary (printf "--%s" $name) (printf "--%s=%s" $name (toString .))) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $extraArgs = $values.extraArgs | default list -}}
{{- end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "seamark.componentName" . }}
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
  {{- with $values.deploymentAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  replicas: {{ $values.replicaCount }}
  revisionHistoryLimit: {{ $values.revisionHistoryLimit }}
  {{- if .hostPorts }}
  # A new pod cannot have the node's port before the old one has gone.
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 1
      maxSurge: 0
  {{- else }}
  strategy:
    {{- toYaml ($values.deploymentStrategy | default (dict "type" "RollingUpdate" "rollingUpdate" (dict "maxUnavailable" 0 "maxSurge" 1))) | nindent 4 }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "seamark.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "seamark.podLabels" . | nindent 8 }}
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        # A changed configuration makes new pods.
        checksum/config: {{ printf "%s%s" (toYaml .config) (.rolledText | default "") | sha256sum }}
        {{- if .etcd }}
        {{- with include "seamark.etcd.podAnnotations" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "seamark.serviceAccountName" . }}
      automountServiceAccountToken: {{ .api }}
      # Variables of Services called seamark-… would be read as settings.
      enableServiceLinks: false
      {{- with include "seamark.imagePullSecrets" .context | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with include "seamark.priorityClassName" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with $values.runtimeClassName }}
      runtimeClassName: {{ . }}
      {{- end }}
      {{- if $values.useHostNetwork }}
      hostNetwork: true
      {{- end }}
      dnsPolicy: {{ $values.dnsPolicy | default (empty $values.useHostNetwork | ternary "ClusterFirst" "ClusterFirstWithHostNet") }}
      {{- with $values.dnsConfig }}
      dnsConfig:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- if $values.podSecurityContext }}
        {{- toYaml (mergeOverwrite (include "seamark.podSecurityContext" .context | fromYaml) $values.podSecurityContext) | nindent 8 }}
        {{- else }}
        {{- include "seamark.podSecurityContext" .context | nindent 8 }}
        {{- end }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      affinity:
        {{- if $values.affinity }}
        {{- toYaml $values.affinity | nindent 8 }}
        {{- else }}
        # Zones by affinity: as a second spread constraint, nodes without that label would be left out of the first, too.
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 50
              podAffinityTerm:
                topologyKey: topology.kubernetes.io/zone
                labelSelector:
                  matchLabels:
                    {{- include "seamark.selectorLabels" . | nindent 20 }}
                matchLabelKeys:
                  - pod-template-hash
        {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- if kindIs "slice" $values.topologySpreadConstraints }}
        {{- toYaml $values.topologySpreadConstraints | nindent 8 }}
        {{- else }}
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "seamark.selectorLabels" . | nindent 14 }}
          {{- /* Without it the pods of a rolling update are spread over those they replace. */}}
          matchLabelKeys:
            - pod-template-hash
        {{- end }}
      {{- with $values.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "seamark.image" .context }}
          imagePullPolicy: {{ include "seamark.imagePullPolicy" .context }}
          args:
            - {{ .component }}
            - --config=/etc/seamark/seamark.yaml
            {{- range .arguments }}
            - {{ . }}
            {{- end }}
            {{- range $extraArgs }}
            - {{ . | quote }}
            {{- end }}
          {{- $env := list }}
          {{- if .etcd }}
          {{- $env = concat $env (include "seamark.etcd.env" . | fromYamlArray | default list) }}
          {{- end }}
          {{- $env = concat $env ($values.env | default list) }}
          {{- with $env }}
          env:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            {{- with .ports }}
            {{- . | nindent 12 }}
            {{- end }}
            - name: metrics
              containerPort: {{ $values.metricsPort }}
              protocol: TCP
          # Slow nodes may take their time; a process that is alive is never killed for what it waits for.
          startupProbe:
            {{- toYaml ($values.startupProbe | default (dict "httpGet" (dict "path" "/healthz" "port" "metrics") "periodSeconds" 1 "failureThreshold" 60)) | nindent 12 }}
          livenessProbe:
            {{- toYaml ($values.livenessProbe | default (dict "httpGet" (dict "path" "/healthz" "port" "metrics") "periodSeconds" 10 "timeoutSeconds" 5 "failureThreshold" 3)) | nindent 12 }}
          readinessProbe:
            {{- toYaml ($values.readinessProbe | default (dict "httpGet" (dict "path" "/readyz" "port" "metrics") "periodSeconds" 2 "timeoutSeconds" 2 "failureThreshold" 2)) | nindent 12 }}
          {{- with .terminationMessagePolicy }}
          # The reason of an end stands in the pod's status.
          terminationMessagePolicy: {{ . }}
          {{- end }}
          {{- with $values.preStopSeconds }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ . }}
          {{- end }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          securityContext:
            {{- if $values.securityContext }}
            {{- toYaml (mergeOverwrite (include "seamark.containerSecurityContext" .context | fromYaml) $values.securityContext) | nindent 12 }}
            {{- else }}
            {{- include "seamark.containerSecurityContext" .context | nindent 12 }}
            {{- end }}
          volumeMounts:
            - name: config
              mountPath: /etc/seamark
              readOnly: true
            {{- if .etcd }}
            {{- with include "seamark.etcd.volumeMounts" . | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- end }}
            {{- with $values.extraVolumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
        {{- with $values.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      volumes:
        - name: config
          configMap:
            name: {{ include "seamark.componentName" . }}
        {{- if .etcd }}
        {{- with include "seamark.etcd.volumes" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- with $values.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- end -}}

{{- define "seamark.podDisruptionBudget" -}}
{{- $budget := .values.podDisruptionBudget | default dict -}}
{{- if $budget.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "seamark.componentName" . }}
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
spec:
  {{- if hasKey $budget "minAvailable" }}
  minAvailable: {{ $budget.minAvailable }}
  {{- else }}
  maxUnavailable: {{ $budget.maxUnavailable }}
  {{- end }}
  # A pod that is not ready protects nothing: it must not hold up a drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "seamark.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* Also takes `open`: container ports that everybody may reach, as YAML list items of a policy's `ports`. */}}
{{- define "seamark.networkPolicy" -}}
{{- $policy := (.context.Values.global | default dict).networkPolicy | default dict -}}
{{- if $policy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "seamark.componentName" . }}
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "seamark.selectorLabels" . | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    {{- with .open }}
    - ports:
        {{- . | nindent 8 }}
    {{- end }}
    - ports:
        - port: metrics
          protocol: TCP
      {{- with $policy.metricsFrom }}
      from:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  egress:
    {{- if or .etcd .egressPorts }}
    # Names are looked up at the cluster's DNS, which may run on the nodes' own network.
    - ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
    - ports:
        {{- range .egressPorts | default (include "seamark.etcd.ports" .context | fromJsonArray) }}
        - port: {{ . }}
          protocol: TCP
        {{- end }}
      {{- if not (or .egressPorts (include "seamark.etcd.isOutside" .context)) }}
      to:
        - podSelector:
            matchLabels:
              {{- include "seamark.selectorLabels" (dict "context" .context "component" "etcd") | nindent 14 }}
      {{- end }}
    {{- end }}
    {{- if .api }}
    # API servers run on nodes or outside of the cluster: a policy can name them by address only.
    - ports:
        {{- range $policy.apiServer.ports }}
        - port: {{ . }}
          protocol: TCP
        {{- end }}
      {{- with $policy.apiServer.cidrs }}
      to:
        {{- range . }}
        - ipBlock:
            cidr: {{ . }}
        {{- end }}
      {{- end }}
    {{- end }}
    {{- with .values.networkPolicy }}
    {{- with .extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* `process` of every component's configuration, as YAML. */}}
{{- define "seamark.process" -}}
{{- $global := .context.Values.global | default dict -}}
logLevel: {{ .values.logLevel | default $global.logLevel | default "info" }}
logFormat: {{ .values.logFormat | default $global.logFormat | default "json" }}
httpListen: {{ printf ":%d" (int .values.metricsPort) | quote }}
{{- end -}}

{{/*
Takes values under the names of an original's chart into a section of the configuration. Takes a dict: section (changed),
values, names (name in values → key in the section), path (of the values, for messages).
*/}}
{{- define "seamark.adopt" -}}
{{- range $name, $key := .names -}}
{{- $value := get $.values $name -}}
{{- if and (hasKey $.values $name) (not (kindIs "invalid" $value)) -}}
{{- if and (hasKey $.section $key) (ne (toJson (get $.section $key)) (toJson $value)) -}}
{{- fail (printf "%s.%s and %s.config.%s are both given and differ: keep one of them" $.path $name $.path $key) -}}
{{- end -}}
{{- $_ := set $.section $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
