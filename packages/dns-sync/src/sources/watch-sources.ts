import {
  type Change, type Cluster, type Kind, type ObjectView, dnsEndpointKind, httpRouteKind, ingressKind, serviceKind,
} from '@seamark/common/cluster'; // prettier-ignore
import { type KubernetesObject, type ObjectRef, type Service, objectRefKey } from '@seamark/common/model';
import type { Logger } from '@seamark/common/observability';
import { deriveDnsEndpoint, dnsEndpointFields } from './crd.ts';
import { type Derivation, emptyDerivation, refOf } from './derivation.ts';
import { deriveIngress, ingressFields } from './ingress.ts';
import { deriveService, serviceFields } from './service.ts';
import type { ResolvedSourceOptions, SourceName } from './source-options.ts';
import { type ObservedSource, deriveUnused } from './unused-source.ts';

/** What an object gives now; an empty derivation when it is gone or gives nothing any more. */
export interface SourceChange {
  readonly source: ObservedSource;
  readonly object: ObjectRef;
  /** {@link objectRefKey} of the object. */
  readonly key: string;
  readonly derivation: Derivation;
}

/** Options of {@link watchSources}. */
export interface WatchSourcesOptions {
  readonly cluster: Cluster;
  /** Sources that are on. */
  readonly sources: readonly SourceName[];
  readonly options: ResolvedSourceOptions;
  /** Only these namespaces; absent or empty = all. */
  readonly namespaces?: readonly string[];
  /** Also look at the objects of sources that are off, to say so. Needs permission to list them. */
  readonly observeUnused: boolean;
  readonly logger: Logger;
}

/** The views behind the sources, declared but not yet listened to. */
export interface WatchedSources {
  /** Resolves when every source that is on has delivered all its objects. */
  readonly synced: Promise<void>;
  /** Sources that are not synced, for readiness. */
  unsynced(): readonly string[];
  /** Starts delivery: what is there first, then each change. An object that cannot be derived keeps what it gave before. */
  subscribe(listener: (change: SourceChange) => void): Disposable;
}

interface Watched {
  readonly source: ObservedSource;
  readonly isOn: boolean;
  readonly view: ObjectView<KubernetesObject>;
  readonly derive: (object: KubernetesObject) => Derivation;
}

/** Declares the views of all sources; call it before the cluster starts, so that components share reflectors. */
export function watchSources(options: WatchSourcesOptions): WatchedSources {
  const { cluster, logger } = options;
  const on = new Set<ObservedSource>(options.sources);
  const namespaces = options.namespaces !== undefined && options.namespaces.length > 0 ? { namespaces: options.namespaces } : {};
  const watched: Watched[] = [];
  const watch = (source: ObservedSource, kind: Kind, fields: readonly string[], derive: (object: KubernetesObject) => Derivation): void => {
    const isOn = on.has(source);
    if (!isOn && !options.observeUnused) return;
    const unused = (object: KubernetesObject): Derivation =>
      deriveUnused(source, object, options.sources, options.options.annotationPrefixes);
    watched.push({ source, isOn, view: cluster.view(kind, { ...namespaces, fields }), derive: isOn ? derive : unused });
  };
  watch('service', serviceKind, serviceFields, (object) => deriveService(object as Service, options.options));
  watch('ingress', ingressKind, ingressFields, (object) => deriveIngress(object, options.options));
  watch('crd', dnsEndpointKind, dnsEndpointFields, (object) => deriveDnsEndpoint(object, options.options));
  watch('gateway-httproute', httpRouteKind, ['spec.hostnames'], () => emptyDerivation);

  const deliver = ({ source, derive }: Watched, change: Change<KubernetesObject>, listener: (change: SourceChange) => void): void => {
    const object = refOf(change.object);
    let derivation = emptyDerivation;
    if (change.type !== 'deleted') {
      try {
        derivation = derive(change.object);
      } catch (error) {
        logger.error(`source ${source} cannot read ${object.kind} ${object.namespace}/${object.name}`, { err: error });
        return;
      }
    }
    listener({ source, object, key: objectRefKey(object), derivation });
  };
  const active = watched.filter((each) => each.isOn);
  return {
    synced: Promise.all(active.map((each) => each.view.synced)).then(() => undefined),
    unsynced: () => active.filter((each) => !each.view.isSynced).map((each) => each.source),
    subscribe(listener) {
      const subscriptions = watched.map((each) => each.view.subscribe((change) => deliver(each, change, listener)));
      return {
        [Symbol.dispose]() {
          for (const subscription of subscriptions) subscription[Symbol.dispose]();
        },
      };
    },
  };
}
