import type { Config } from '@seamark/common/config';
import { SeamarkError } from '@seamark/common/errors';
import { createEtcdAdmin } from '@seamark/kv-store-client/etcd';
import { etcdOptions } from '../compose/etcd-options.ts';
import { joinCluster } from '../etcd-member/join-cluster.ts';
import { memberConfig, readSharedConfig, writeMemberConfig } from '../etcd-member/member-config.ts';
import { openMemberDisk } from '../etcd-member/member-disk.ts';
import type { PeerTls } from '../etcd-member/peer-protocol.ts';
import { parseWantedMembers, type WantedMember } from '../etcd-member/wanted-member.ts';
import { print } from '../output/print.ts';

/** `seamark etcd join`: the configuration of this member is written when its etcd may start. */
export async function etcdJoin(config: Config, options: Readonly<Record<string, unknown>>): Promise<void> {
  const text = (name: string): string => options[name] as string;
  const wanted = parseWantedMembers(text('initialCluster'), text('clientUrls'), text('name'));
  const self = wanted.find(({ name }) => name === text('name')) as WantedMember;
  const shared = readSharedConfig(options['sharedConfig'] as string | undefined);
  const token = text('token');
  const dataDir = text('memberDataDir');
  const result = await joinCluster({
    self,
    wanted,
    token,
    disk: openMemberDisk(dataDir, Date.now),
    peerTls: peerTlsOf(options),
    openAdmin: (endpoints) => createEtcdAdmin(etcdOptions(config, endpoints)),
    timeoutMs: (options['timeout'] as number) * 1000,
    report: print,
  });
  writeMemberConfig(text('write'), memberConfig(shared, { self, dataDir, token, ...result }));
  print(`${self.name} may start: initial-cluster-state ${result.state}`);
}

function peerTlsOf(options: Readonly<Record<string, unknown>>): PeerTls | undefined {
  const { peerCaFile, peerCertFile, peerKeyFile } = options as Readonly<Record<string, string | undefined>>;
  if (peerCaFile === undefined && peerCertFile === undefined && peerKeyFile === undefined) return undefined;
  if (peerCaFile === undefined || peerCertFile === undefined || peerKeyFile === undefined)
    throw new SeamarkError('SM_CONFIG_INVALID', '--peer-ca-file, --peer-cert-file and --peer-key-file are given together, or none of them');
  return { caFile: peerCaFile, certFile: peerCertFile, keyFile: peerKeyFile };
}
