import {
  apiVersionOf,
  bfdProfileKind,
  bgpAdvertisementKind,
  bgpPeerKind,
  type Cluster,
  communityKind,
  type Kind,
  l2AdvertisementKind,
  type ObjectView,
} from '@seamark/common/cluster';
import type { NamedObject, ObjectRef } from '@seamark/common/model';
import type { ReasonStream } from '@seamark/common/reasons';

const announcementKinds: readonly { readonly kind: Kind<NamedObject>; readonly what: string }[] = [
  { kind: l2AdvertisementKind, what: 'this version does not announce addresses by layer 2 (ARP, NDP)' },
  { kind: bgpAdvertisementKind, what: 'this version does not announce addresses by BGP' },
  { kind: bgpPeerKind, what: 'this version opens no BGP session' },
  { kind: bfdProfileKind, what: 'this version opens no BFD session' },
  { kind: communityKind, what: 'this version announces no BGP community' },
];

/** Views of the objects that tell a speaker what to announce. To be opened before the cluster starts. */
export function openAnnouncementViews(cluster: Cluster, namespaces: readonly string[]): readonly ObjectView<NamedObject>[] {
  // Existence is all that matters: no field beyond the names is kept.
  return announcementKinds.map(({ kind }) => cluster.view(kind, { namespaces, fields: [] }));
}

/** Reports each of these objects as not acted on for as long as it exists, so that nobody waits for an announcement. */
export function reportUnannounced(views: readonly ObjectView<NamedObject>[], reasons: ReasonStream): Disposable {
  const stack = new DisposableStack();
  for (const [index, view] of views.entries()) {
    const { kind, what } = announcementKinds[index] as (typeof announcementKinds)[number];
    const refOf = ({ metadata: { namespace, name, uid } }: NamedObject): ObjectRef => ({
      kind: kind.kind,
      namespace,
      name,
      uid,
      apiVersion: apiVersionOf(kind),
    });
    stack.use(
      view.subscribe((change) => {
        if (change.type === 'deleted') reasons.end(refOf(change.object), 'object');
        else reasons.report({ code: 'OBJECT_NOT_ACTED_ON', object: refOf(change.object), topic: 'object', params: { what } });
      }),
    );
  }
  return stack;
}
