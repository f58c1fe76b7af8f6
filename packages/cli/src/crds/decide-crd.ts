import { type Crd, crdVersionOf } from './crd.ts';

/** What happens to one definition; `why` completes the line `CRD NAME: `. */
export interface CrdDecision {
  readonly action: 'apply' | 'leave' | 'refuse';
  readonly why: string;
}

/**
 * Decides about one definition by what is installed under its name. Nothing newer is ever replaced, nobody else's is ever changed, and no
 * version that objects are stored in is ever taken away.
 */
export function decideCrd(ours: Crd, installed: Crd | undefined): CrdDecision {
  if (installed === undefined) return { action: 'apply', why: 'created' };
  const present = crdVersionOf(installed);
  const version = crdVersionOf(ours) ?? 0;
  if (present === undefined) {
    const missing = servedVersions(ours).filter((name) => !servedVersions(installed).includes(name));
    const owner = ownerOf(installed);
    if (missing.length === 0) return { action: 'leave', why: `of ${owner}, left alone: it serves ${servedVersions(ours).join(', ')}` };
    return { action: 'refuse', why: `of ${owner}, and it does not serve ${missing.join(', ')}` };
  }
  if (present > version) return { action: 'leave', why: `version ${present} is newer than ${version}, left alone` };
  const names = new Set((ours.spec?.versions ?? []).map(({ name }) => name));
  const lost = (installed.status?.storedVersions ?? []).filter((name) => !names.has(name));
  if (lost.length > 0)
    return { action: 'refuse', why: `objects are stored in version ${lost.join(', ')}, which version ${version} of it no longer has` };
  return { action: 'apply', why: present === version ? 'unchanged' : `upgraded from version ${present} to ${version}` };
}

function servedVersions(crd: Crd): readonly string[] {
  return (crd.spec?.versions ?? []).filter(({ served }) => served).map(({ name }) => name);
}

/** Who installed a definition, as far as it can be told: Helm's release, the chart's labels, or who wrote it. */
export function ownerOf(crd: Crd): string {
  const { annotations = {}, labels = {} } = crd.metadata;
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${annotations['meta.helm.sh/release-namespace'] ?? ''}/${release}`;
  const product = labels['app.kubernetes.io/name'] ?? labels['app.kubernetes.io/part-of'] ?? labels['app'];
  if (product !== undefined) return product;
  const origin = crd.metadata.name.endsWith('.metallb.io') ? 'MetalLB' : 'ExternalDNS';
  const managers = (crd.metadata as { readonly managedFields?: readonly { readonly manager?: string; readonly subresource?: string }[] })
    .managedFields;
  const writer = managers?.find(({ subresource }) => subresource === undefined)?.manager;
  return writer === undefined ? origin : `${origin} (written by ${writer})`;
}
