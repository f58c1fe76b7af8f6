{{/* Role and binding for a component's lease. Takes dict: context, component, values. */}}
{{- define "seamark.leaseRole" -}}
{{- $name := include "seamark.componentName" . -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}-lease
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
rules:
  # A name cannot be asked for when something is made.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [create]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [seamark-{{ .component }}]
    verbs: [get, update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}-lease
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "seamark.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}-lease
subjects:
  - kind: ServiceAccount
    name: {{ include "seamark.serviceAccountName" . }}
    namespace: {{ .context.Release.Namespace }}
{{- end -}}
