import { readFileSync } from 'node:fs';
import type { KubernetesObject, Service } from '@seamark/common/model';
import type { ReasonCode } from '@seamark/common/reasons';
import { describe, expect, it } from 'vitest';
import { createLbLab, type LbLab } from './testing/lb-lab.ts';

interface Expectation {
  readonly ips: readonly string[] | null;
  readonly pool: string | null;
  readonly error: string | null;
  readonly errorClass?: string;
  readonly warnings?: readonly string[];
}

interface Step {
  readonly op: 'apply' | 'delete' | 'restartController' | 'resync';
  readonly object?: KubernetesObject;
  readonly ref?: { readonly kind: string; readonly name: string; readonly namespace?: string };
}

interface Case {
  readonly id: string;
  readonly controllerLoadBalancerClass?: string;
  readonly manifests: readonly KubernetesObject[];
  readonly steps?: readonly Step[];
  readonly expect: {
    readonly services: Readonly<Record<string, Expectation>>;
    readonly poolStatus?: Readonly<
      Record<
        string,
        { readonly assignedIPv4: number; readonly assignedIPv6: number; readonly availableIPv4: number; readonly availableIPv6: number }
      >
    >;
    readonly rejected?: Readonly<Record<string, string>>;
  };
}

/** MetalLB's classes of failure and the reasons that stand for them. */
const reasonsOfClass: Readonly<Record<string, readonly ReasonCode[]>> = {
  NO_IPS: ['NO_FREE_ADDRESS', 'POOL_FULL', 'ADDRESS_POOL_FAMILY'],
  IP_NOT_IN_POOLS: ['ADDRESS_NOT_IN_POOLS', 'ADDRESS_AVOIDED'],
  POOL_MISMATCH: ['ADDRESS_POOL_MISMATCH'],
  UNKNOWN_POOL: ['POOL_UNKNOWN'],
  INVALID_IP: ['ADDRESS_INVALID'],
  BOTH_REQUESTED: ['ADDRESS_REQUESTED_TWICE'],
  FAMILY_MISMATCH: ['ADDRESS_FAMILY_MISMATCH'],
  DUAL_STACK_CLUSTERIP: ['CLUSTER_IPS_MISSING'],
  SHARING_CONFLICT: ['ADDRESS_TAKEN'],
};

const cases = JSON.parse(readFileSync(new URL('./fixtures/ipam.json', import.meta.url), 'utf8')) as readonly Case[];

describe('MetalLB’s recorded behaviour', () => {
  it.each(cases)('$id', async (recorded) => {
    await using lab = await createLbLab({ loadBalancerClass: recorded.controllerLoadBalancerClass });
    const objects = recorded.manifests.filter((object) => object.kind !== 'Namespace');
    const isPresent = (object: KubernetesObject): boolean => object.kind !== 'Service' || (object as Service).status !== undefined;
    for (const object of objects.filter(isPresent)) {
      await lab.apply(object);
      const { status } = object as Service;
      if (object.kind === 'Service' && status !== undefined) await lab.preset(object.metadata.name, status);
    }
    await lab.startController();
    for (const object of objects) if (!isPresent(object)) await lab.apply(object);
    for (const step of recorded.steps ?? []) {
      if (step.op === 'restartController') await lab.startController();
      if (step.op === 'apply' && step.object !== undefined) await lab.apply(step.object);
      if (step.op === 'delete' && step.ref !== undefined)
        await lab.delete(step.ref.kind, step.ref.namespace ?? 'metallb-system', step.ref.name);
    }
    for (const [key, expected] of Object.entries(recorded.expect.services)) await checkService(lab, key, expected);
    for (const [pool, status] of Object.entries(recorded.expect.poolStatus ?? {})) expect(await countsOf(lab, pool)).toEqual(status);
    for (const rejected of Object.keys(recorded.expect.rejected ?? {})) {
      expect(['POOL_INVALID', 'POOL_OVERLAPS']).toContain(lab.decisions('IPAddressPool', rejected.split('/')[1] ?? '')['pool']?.code);
    }
  });
});

async function checkService(lab: LbLab, key: string, expected: Expectation): Promise<void> {
  const shown = await lab.service(key);
  const decisions = lab.decisions('Service', key.split('/')[1] ?? '');
  const refusal = decisions['address']?.severity === 'warning' ? decisions['address'].code : undefined;
  expect({ ips: new Set(shown.ips), pool: shown.pool ?? null }).toEqual({ ips: new Set(expected.ips ?? []), pool: expected.pool });
  if (expected.errorClass === undefined) expect(refusal).toBeUndefined();
  else {
    expect(reasonsOfClass[expected.errorClass]).toContain(refusal);
    expect(shown.condition).toMatchObject({ status: 'False', reason: refusal, message: decisions['address']?.message });
  }
  for (const warning of expected.warnings ?? []) {
    expect(Object.values(decisions).map((decision) => decision.message)).toContainEqual(expect.stringContaining(warning));
  }
}

async function countsOf(lab: LbLab, pool: string): Promise<Record<string, number>> {
  const read = async (family: string, of: string): Promise<number> =>
    (await lab.metric(`metallb_allocator_${family}_${of}_total`, { pool })) ?? Number.NaN;
  const [assignedIPv4, assignedIPv6] = [await read('ipv4', 'addresses_in_use'), await read('ipv6', 'addresses_in_use')];
  const [totalIPv4, totalIPv6] = [await read('ipv4', 'addresses'), await read('ipv6', 'addresses')];
  return { assignedIPv4, assignedIPv6, availableIPv4: totalIPv4 - assignedIPv4, availableIPv6: totalIPv6 - assignedIPv6 };
}
