import {
  formatObjectRef,
  type Ingress,
  type IngressClass,
  type LoadBalancerIngress,
  tryParseAddress,
  type Workload,
} from '../../model/index.ts';
import { listInWords } from '../../reasons/index.ts';
import type { ObjectKey } from '../object-key.ts';

/** An ingress controller, as its Deployment or DaemonSet tells. */
export interface IngressController {
  /** `DaemonSet nginx-ingress/controller`. */
  readonly workload: string;
  /** Names of classes that it serves without an IngressClass object. */
  readonly classNames: readonly string[];
  /** What `spec.controller` of its IngressClasses says. */
  readonly controllerNames: readonly string[];
  /** The Service whose addresses it publishes as those of its Ingresses. */
  readonly publishedService: ObjectKey | undefined;
  /** Addresses that it publishes as given (`--publish-status-address`). */
  readonly publishedAddresses: readonly LoadBalancerIngress[];
}

/** Where the addresses of an Ingress come from; `problem` is a clause that follows `has no address: `. */
export type IngressAddressSource =
  | { readonly type: 'service'; readonly service: ObjectKey; readonly className: string | undefined }
  | { readonly type: 'addresses'; readonly addresses: readonly LoadBalancerIngress[] }
  | { readonly type: 'none'; readonly problem: string };

/** What one controller software is called and told with. Flags are in lower case and without dashes. */
interface Flavour {
  readonly isIt: (words: readonly string[], images: readonly string[]) => boolean;
  readonly className: string | undefined;
  readonly controllerNames: readonly string[];
}

const flavours: readonly Flavour[] = [
  {
    isIt: (words, images) =>
      words.includes('/nginx-ingress-controller') ||
      images.some((image) => /ingress-nginx\/controller|nginx-ingress-controller/.test(image)),
    className: 'nginx',
    controllerNames: ['k8s.io/ingress-nginx'],
  },
  {
    isIt: (words, images) =>
      words.some((word) => /^--?providers\.kubernetesingress/i.test(word)) || images.some((image) => /(^|\/)traefik(:|@|$)/.test(image)),
    className: 'traefik',
    controllerNames: ['traefik.io/ingress-controller'],
  },
  {
    isIt: (_words, images) => images.some((image) => /haproxytech\/kubernetes-ingress|haproxy-ingress/.test(image)),
    className: 'haproxy',
    controllerNames: ['haproxy.org/ingress-controller', 'haproxy.org/ingress-controller/haproxy', 'haproxy-ingress.github.io/controller'],
  },
  {
    // NGINX's own controller, beside the community's.
    isIt: (_words, images) => images.some((image) => /(^|\/)nginx-ingress(:|@|$)/.test(image)),
    className: 'nginx',
    controllerNames: ['nginx.org/ingress-controller'],
  },
];

const publishServiceFlags = ['publish-service', 'providers.kubernetesingress.ingressendpoint.publishedservice', 'external-service'];
const publishAddressFlags = [
  'publish-status-address',
  'providers.kubernetesingress.ingressendpoint.ip',
  'providers.kubernetesingress.ingressendpoint.hostname',
];
const classFlags = ['ingress-class', 'ingress.class', 'providers.kubernetesingress.ingressclass'];
const controllerFlags = ['controller-class', 'controller-class-name'];

/** The ingress controller that a workload runs; undefined when it runs none that is known or that has one of the usual flags. */
export function ingressControllerOf(workload: Workload): IngressController | undefined {
  const containers = workload.spec?.template?.spec?.containers ?? [];
  const words = containers
    .flatMap((container) => [...(container.command ?? []), ...(container.args ?? [])])
    .filter((word) => typeof word === 'string');
  const images = containers.flatMap((container) => container.image ?? []);
  const flags = readFlags(words);
  const one = (names: readonly string[]): string | undefined =>
    names.map((name) => flags.get(name)).find((value) => value !== undefined && value !== '');
  const flavour = flavours.find((each) => each.isIt(words, images));
  const className = one(classFlags);
  const controllerName = one(controllerFlags);
  const published = one(publishServiceFlags);
  if (flavour === undefined && className === undefined && controllerName === undefined && published === undefined) return undefined;
  const { namespace, name } = workload.metadata;
  return {
    workload: formatObjectRef({ kind: workload.kind, namespace, name }),
    classNames: className === undefined ? (flavour?.className === undefined ? [] : [flavour.className]) : [className],
    controllerNames: controllerName === undefined ? (flavour?.controllerNames ?? []) : [controllerName],
    publishedService: published === undefined ? undefined : serviceKeyOf(published, namespace ?? 'default'),
    publishedAddresses: publishAddressFlags.flatMap((flag) => flags.get(flag)?.split(',') ?? []).flatMap(addressOf),
  };
}

/** Finds who gives an Ingress its addresses. `classes` are the IngressClass objects by name. */
export function addressSourceOf(
  ingress: Ingress,
  controllers: readonly IngressController[],
  classes: ReadonlyMap<string, IngressClass>,
): IngressAddressSource {
  const named = ingress.spec?.ingressClassName || ingress.metadata.annotations?.['kubernetes.io/ingress.class'] || undefined;
  const className = named ?? defaultClass(classes);
  if (className === undefined) {
    const [only, ...others] = controllers;
    if (only === undefined) return { type: 'none', problem: 'it names no ingress class, and the manifests hold no ingress controller' };
    if (others.length === 0) return publishedBy(only, only.classNames[0]);
    return {
      type: 'none',
      problem: `it names no ingress class, none is the default, and there are ${controllers.length} ingress controllers (${listInWords(controllers.map((each) => each.workload))})`,
    };
  }
  const declared = classes.get(className)?.spec?.controller;
  const serving = controllers.filter(
    (each) =>
      (declared !== undefined && each.controllerNames.includes(declared)) ||
      (declared === undefined && each.classNames.includes(className)),
  );
  // Two controllers of one software share the name that an IngressClass declares; the one told this very class is meant.
  const told = serving.filter((each) => each.classNames.includes(className));
  const candidates = told.length > 0 ? told : serving;
  const found = candidates.find((each) => each.publishedService !== undefined || each.publishedAddresses.length > 0) ?? candidates[0];
  if (found === undefined)
    return {
      type: 'none',
      problem: `the manifests hold no controller of class ${className}${declared === undefined ? '' : ` (${declared})`}`,
    };
  return publishedBy(found, className);
}

function publishedBy(controller: IngressController, className: string | undefined): IngressAddressSource {
  if (controller.publishedAddresses.length > 0) return { type: 'addresses', addresses: controller.publishedAddresses };
  if (controller.publishedService !== undefined) return { type: 'service', service: controller.publishedService, className };
  return { type: 'none', problem: `controller of class ${className ?? 'unknown'} publishes none` };
}

function defaultClass(classes: ReadonlyMap<string, IngressClass>): string | undefined {
  const marked = [...classes.values()].filter(
    (each) => each.metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true',
  );
  // Of several the API server takes the newest; by name is as good for manifests, which have no age, and it is stable.
  return marked.map((each) => each.metadata.name).sort()[0];
}

/** `--flag=value`, `--flag value` and the forms with one dash, by the flag's name in lower case. */
function readFlags(words: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [, name, value] = /^--?([a-z][a-z0-9.-]*)(?:=(.*))?$/is.exec(word) ?? [];
    if (name === undefined) continue;
    const next = words[index + 1];
    flags.set(name.toLowerCase(), value ?? (next === undefined || next.startsWith('-') ? '' : next));
  }
  return flags;
}

function serviceKeyOf(text: string, own: string): ObjectKey {
  const slash = text.indexOf('/');
  if (slash < 0) return { namespace: own, name: text };
  const namespace = text.slice(0, slash);
  // $(POD_NAMESPACE), from the downward API: a pod's namespace is its workload's.
  return { namespace: namespace === '' || namespace.startsWith('$(') ? own : namespace, name: text.slice(slash + 1) };
}

function addressOf(text: string): LoadBalancerIngress[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return [tryParseAddress(trimmed).ok ? { ip: trimmed } : { hostname: trimmed }];
}
