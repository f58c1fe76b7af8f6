import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { startBenchLab } from '../cluster/bench-lab.ts';
import { installSeamark, releaseImages, removeSeamark } from '../cluster/seamark-release.ts';
import { percentile } from '../measure/percentile.ts';
import { installPeers, peerImages } from '../peers/cluster/install-peers.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const installations = 3;

/** From `helm install` to every pod Ready, in a running lab with the images loaded. */
export const clusterInstall: Figure = {
  name: 'cluster-install',
  async measure(context) {
    const secondsOfEach = await measureOurs(context);
    const peer = peersAreBuilt() ? await measurePeer(context) : null;
    const ours = percentile(secondsOfEach, 50);
    return {
      ours,
      peer,
      unit: 's from helm install to all pods Ready, median',
      target: '≤ 25 s',
      met: ours <= 25,
      details: { secondsOfEach: secondsOfEach.map(rounded) },
    };
  },
};

async function measureOurs({ progress }: FigureContext): Promise<readonly number[]> {
  await using cluster = await startBenchLab(releaseImages, progress);
  const seconds: number[] = [];
  for (let turn = 1; turn <= installations; turn++) {
    if (turn > 1) await removeSeamark(cluster);
    seconds.push((await installSeamark(cluster)) / 1_000);
    progress(`installation ${turn}: ${rounded(seconds.at(-1) ?? 0)} s`);
  }
  return seconds;
}

async function measurePeer({ progress }: FigureContext): Promise<number> {
  await using cluster = await startBenchLab(peerImages, progress);
  const seconds = (await installPeers(cluster)) / 1_000;
  progress(`MetalLB, ExternalDNS, etcd and CoreDNS: ${rounded(seconds)} s`);
  return seconds;
}
