import { describe, expect, test } from 'vitest';
import { apiServerRequirement, etcdRequirement, startApiServer, unmet } from '@seamark/testkit';
import { connectKubeconfigCluster } from '../cluster/kubeconfig-cluster.ts';

describe.skipIf(unmet('a cluster by kubeconfig', apiServerRequirement(), etcdRequirement()))('a cluster by kubeconfig', () => {
  test('tells what it can do and why it cannot do the rest, and is left alone', async () => {
    await using api = await startApiServer();
    const sentences: string[] = [];
    const report = (sentence: string): void => void sentences.push(sentence);
    {
      await using cluster = await connectKubeconfigCluster({ kubeconfigFile: api.kubeconfigPath, report });
      expect([...cluster.capabilities]).toEqual(['dual-stack']);
      expect(cluster.client).toBeUndefined();
      expect(cluster.faults).toBeUndefined();
      expect(sentences.join('\n')).toMatch(
        /images cannot be loaded: the context test is of none of kind, k3d and minikube[^]*no client host[^]*--pool/,
      );
      await expect(cluster.loadImage('image.tar')).rejects.toThrow('images cannot be loaded into test');
    }
    await using cluster = await connectKubeconfigCluster({
      kubeconfigFile: api.kubeconfigPath,
      pools: { ipv4: '10.1.0.1-10.1.0.9' },
      report,
    });
    expect([...cluster.capabilities]).toEqual(['dual-stack', 'client-host']);
    expect((await cluster.client!.run('echo', ['here'])).stdout).toBe('here\n');
    expect(await cluster.kubectl(['get', 'services', '-o', 'name'])).not.toContain('probe');
  });

  test('that does not exist says so', async () => {
    await expect(connectKubeconfigCluster({ kubeconfigFile: '/nowhere/kubeconfig' })).rejects.toThrow(
      'there is no kubeconfig /nowhere/kubeconfig',
    );
  });
});
