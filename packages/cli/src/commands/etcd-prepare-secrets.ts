import type { Config } from '@seamark/common/config';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { SeamarkError } from '@seamark/common/errors';
import { prepareSecrets } from '../etcd-secrets/prepare-secrets.ts';
import { print } from '../output/print.ts';

/** `seamark etcd prepare-secrets`: one line for each Secret. */
export async function etcdPrepareSecrets(config: Config, options: Readonly<Record<string, unknown>>): Promise<void> {
  await prepareSecrets({
    cluster: createKubernetesCluster({ kubeconfig: config.cluster.kubeconfig }),
    namespace: options['namespace'] as string,
    name: options['name'] as string,
    serverNames: options['serverName'] as readonly string[],
    clients: options['client'] as readonly string[],
    certificates: options['certificates'] as boolean,
    passwords: options['passwords'] as boolean,
    rotation: options['rotation'] as number,
    certificateDays: options['certificateDays'] as number,
    authorityDays: options['authorityDays'] as number,
    labels: Object.fromEntries((options['label'] as readonly string[]).map(label)),
    now: new Date(),
    report: print,
  });
}

function label(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new SeamarkError('SM_CONFIG_INVALID', `--label: "${text}" is not possible; allowed: NAME=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
