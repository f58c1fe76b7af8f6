// Argo CD and Flux: only the CRDs of their modules are taken, for the schemas that examples/gitops is checked against.
module seamark/e2e/tools/gitops-crds

go 1.26.0

require (
	github.com/argoproj/argo-cd/v3 v3.5.7
	github.com/fluxcd/helm-controller v1.6.4
	github.com/fluxcd/source-controller v1.9.5
)
