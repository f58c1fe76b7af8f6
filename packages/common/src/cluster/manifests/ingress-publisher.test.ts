import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IngressClass, Workload } from '../../model/index.ts';
import { ingressAddressProblem } from '../ingress-address-problem.ts';
import { ingressKind, serviceKind } from '../kind.ts';
import { createIngressPublisher } from './index.ts';
import { addressSourceOf, ingressControllerOf } from './ingress-controllers.ts';
import { type ManifestFolder, manifestFolder, serviceText } from './testing/manifest-folder.ts';

const workload = (args: readonly string[], image = 'example.org/controller:1'): Workload => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'controller', namespace: 'nginx-ingress' },
  spec: { template: { spec: { containers: [{ image, args }] } } },
});

describe('ingressControllerOf', () => {
  test.each<[args: string[], image: string, expected: { classNames: string[]; service: string | undefined }]>([
    [
      ['/nginx-ingress-controller', '--publish-service=$(POD_NAMESPACE)/nginx'],
      '',
      { classNames: ['nginx'], service: 'nginx-ingress/nginx' },
    ],
    [['--publish-service=other/nginx', '--ingress-class=internal'], '', { classNames: ['internal'], service: 'other/nginx' }],
    [
      ['--publish-service', 'other/nginx', '--election-id=x'],
      'registry.k8s.io/ingress-nginx/controller:v1.15.0',
      { classNames: ['nginx'], service: 'other/nginx' },
    ],
    [['/nginx-ingress-controller'], '', { classNames: ['nginx'], service: undefined }],
    [
      ['--providers.kubernetesingress', '--providers.kubernetesIngress.ingressEndpoint.publishedService=traefik/traefik'],
      'docker.io/traefik:v3.6',
      { classNames: ['traefik'], service: 'traefik/traefik' },
    ],
    [
      ['--configmap=haproxy/haproxy', '--publish-service=haproxy/haproxy', '--ingress.class=haproxy'],
      'haproxytech/kubernetes-ingress:3.2',
      { classNames: ['haproxy'], service: 'haproxy/haproxy' },
    ],
    [
      ['-ingress-class=nginx', '-external-service=nginx-ingress'],
      'nginx/nginx-ingress:5',
      { classNames: ['nginx'], service: 'nginx-ingress/nginx-ingress' },
    ],
  ])('reads %j of image %s', (args, image, { classNames, service }) => {
    const controller = ingressControllerOf(workload(args, image));
    expect(controller?.classNames).toEqual(classNames);
    expect(controller?.publishedService && `${controller.publishedService.namespace}/${controller.publishedService.name}`).toBe(service);
  });

  test('takes other workloads for what they are', () => {
    expect(ingressControllerOf(workload(['--port=80', 'serve'], 'nginx:1.29'))).toBeUndefined();
    expect(ingressControllerOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } })).toBeUndefined();
  });

  test('knows addresses that are published as given', () => {
    expect(
      ingressControllerOf(workload(['--ingress-class=nginx', '--publish-status-address=192.0.2.9,lb.example.org']))?.publishedAddresses,
    ).toEqual([{ ip: '192.0.2.9' }, { hostname: 'lb.example.org' }]);
  });
});

describe('addressSourceOf', () => {
  const nginx = ingressControllerOf(workload(['/nginx-ingress-controller', '--publish-service=a/nginx'])) ?? expect.unreachable();
  const mute = { ...nginx, workload: 'Deployment a/mute', publishedService: undefined };
  const internal =
    ingressControllerOf(
      workload(['--controller-class=example.org/internal', '--ingress-class=internal', '--publish-service=a/internal']),
    ) ?? expect.unreachable();
  const ingressClass = (name: string, controller: string, isDefault = false): [string, IngressClass] => [
    name,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name, annotations: isDefault ? { 'ingressclass.kubernetes.io/is-default-class': 'true' } : {} },
      spec: { controller },
    },
  ];
  const ingress = (className?: string, legacy?: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      namespace: 'demo',
      ...(legacy === undefined ? {} : { annotations: { 'kubernetes.io/ingress.class': legacy } }),
    },
    spec: className === undefined ? {} : { ingressClassName: className },
  });

  test.each([
    ['by class name alone', ingress('nginx'), [nginx, internal], [], 'a/nginx'],
    ['by the legacy annotation', ingress(undefined, 'internal'), [nginx, internal], [], 'a/internal'],
    ['by an IngressClass of another name', ingress('fast'), [nginx, internal], [ingressClass('fast', 'k8s.io/ingress-nginx')], 'a/nginx'],
    ['by the default class', ingress(), [nginx, internal], [ingressClass('internal', 'example.org/internal', true)], 'a/internal'],
    ['by being the only one', ingress(), [nginx], [], 'a/nginx'],
    ['that publishes rather than one that does not', ingress('nginx'), [mute, nginx], [], 'a/nginx'],
  ] as const)('finds the controller %s', (_how, object, controllers, classes, service) => {
    const source = addressSourceOf(object, controllers, new Map(classes));
    expect(source.type === 'service' && `${source.service.namespace}/${source.service.name}`).toBe(service);
  });

  test.each([
    ['controller of class nginx publishes none', ingress('nginx'), [mute], []],
    ['the manifests hold no controller of class other', ingress('other'), [nginx], []],
    [
      'the manifests hold no controller of class fast (example.org/fast)',
      ingress('fast'),
      [nginx],
      [ingressClass('fast', 'example.org/fast')],
    ],
    ['it names no ingress class, and the manifests hold no ingress controller', ingress(), [], []],
    [
      'it names no ingress class, none is the default, and there are 2 ingress controllers (DaemonSet nginx-ingress/controller and DaemonSet nginx-ingress/controller)',
      ingress(),
      [nginx, internal],
      [],
    ],
  ] as const)('says "%s"', (problem, object, controllers, classes) => {
    expect(addressSourceOf(object, controllers, new Map(classes))).toEqual({ type: 'none', problem });
  });
});

describe('createIngressPublisher', () => {
  let folder: ManifestFolder;
  beforeEach(() => {
    folder = manifestFolder();
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const controllerText = (args: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx, namespace: ingress}\nspec: {template: {spec: {containers: [{name: c, image: c, args: [/nginx-ingress-controller${args}]}]}}}\n`;
  const ingressText = (name: string, more = ''): string =>
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: ${name}, namespace: demo}\nspec: {ingressClassName: nginx, rules: [{host: ${name}.example.org}]}\n${more}`;

  const run = async (options: Parameters<ManifestFolder['cluster']>[0] = {}) => {
    const cluster = folder.cluster(options);
    const publisher = createIngressPublisher({ cluster });
    const view = cluster.view(ingressKind);
    const { stop } = await folder.start(cluster);
    await publisher.start(new AbortController().signal);
    const addresses = (name: string): (string | undefined)[] | undefined =>
      view.get({ namespace: 'demo', name })?.status?.loadBalancer?.ingress?.map((entry) => entry.ip ?? entry.hostname);
    const problem = (name: string): string | undefined => {
      const object = view.get({ namespace: 'demo', name });
      return object === undefined ? undefined : ingressAddressProblem(object);
    };
    const setAddress = async (ip: string | null): Promise<void> => {
      await cluster.patchStatus(
        serviceKind,
        { namespace: 'ingress', name: 'nginx' },
        { status: { loadBalancer: { ingress: ip === null ? null : [{ ip, ipMode: 'VIP' }] } } },
      );
    };
    return {
      cluster,
      view,
      addresses,
      problem,
      setAddress,
      stop: async () => {
        await publisher.stop();
        await stop();
      },
    };
  };

  test('publishes the addresses of the controller’s Service and follows every change of it', async () => {
    folder.write('controller.yaml', controllerText(', --publish-service=$(POD_NAMESPACE)/nginx'));
    folder.write('web.yaml', ingressText('web'));
    const { addresses, problem, setAddress, stop } = await run();
    await eventually(() =>
      expect(problem('web')).toBe('controller of class nginx publishes those of Service ingress/nginx, which does not exist'),
    );
    folder.write('service.yaml', serviceText('nginx', { namespace: 'ingress' }));
    await eventually(() =>
      expect(problem('web')).toBe('controller of class nginx publishes those of Service ingress/nginx, which has none yet'),
    );
    await setAddress('192.0.2.1');
    await eventually(() => expect(addresses('web')).toEqual(['192.0.2.1']));
    expect(problem('web')).toBeUndefined();
    await setAddress('192.0.2.2');
    await eventually(() => expect(addresses('web')).toEqual(['192.0.2.2']));
    folder.write('later.yaml', ingressText('later'));
    await eventually(() => expect(addresses('later')).toEqual(['192.0.2.2']));
    await setAddress(null);
    await eventually(() => expect(addresses('web')).toBeUndefined());
    await stop();
  });

  test('says that a controller publishes none, gives addresses when it does, and takes them back', async () => {
    folder.write('controller.yaml', controllerText(''));
    folder.write('service.yaml', serviceText('nginx', { namespace: 'ingress' }));
    folder.write('web.yaml', ingressText('web'));
    const { addresses, problem, setAddress, stop } = await run();
    await setAddress('192.0.2.1');
    await eventually(() => expect(problem('web')).toBe('controller of class nginx publishes none'));
    folder.write('controller.yaml', controllerText(', --publish-service=ingress/nginx'));
    await eventually(() => expect(addresses('web')).toEqual(['192.0.2.1']));
    expect(problem('web')).toBeUndefined();
    rmSync(join(folder.path, 'controller.yaml'));
    await eventually(() => expect(problem('web')).toBe('the manifests hold no controller of class nginx'));
    expect(addresses('web')).toBeUndefined();
    await stop();
  });

  test('leaves a status that stands in the manifest while it has no better one', async () => {
    folder.write('web.yaml', ingressText('web', 'status: {loadBalancer: {ingress: [{ip: 192.0.2.77}]}}\n'));
    folder.write('other.yaml', ingressText('other'));
    const { addresses, problem, stop } = await run();
    await eventually(() => expect(problem('other')).toBe('the manifests hold no controller of class nginx'));
    expect(addresses('web')).toEqual(['192.0.2.77']);
    expect(problem('web')).toBeUndefined();
    await stop();
  });

  test('comes to rest: a restart writes nothing anew', async () => {
    const state = join(folder.besides, 'state.log');
    folder.write('controller.yaml', controllerText(', --publish-service=ingress/nginx'));
    folder.write('service.yaml', serviceText('nginx', { namespace: 'ingress' }));
    for (let index = 0; index < 20; index += 1) folder.write(`w${index}.yaml`, ingressText(`w${index}`));
    const first = await run({ state });
    await first.setAddress('192.0.2.1');
    await eventually(() =>
      expect([...first.view.list()].filter((object) => object.status?.loadBalancer?.ingress !== undefined)).toHaveLength(20),
    );
    await first.stop();
    const second = await run({ state });
    const changes: string[] = [];
    second.view.subscribe((change) => void changes.push(change.type));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(changes).toEqual(Array(20).fill('added'));
    await second.stop();
  });
});
