import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEtcdAdmin, type EtcdAdmin, type EtcdStoreOptions } from '@seamark/kv-store-client/etcd';
import { freePort, startProcess, temporaryFolder, type TestProcess } from '@seamark/testkit';
import { joinCluster, type JoinResult } from '../join-cluster.ts';
import { memberConfig } from '../member-config.ts';
import { openMemberDisk } from '../member-disk.ts';
import type { PeerTls } from '../peer-protocol.ts';
import type { WantedMember } from '../wanted-member.ts';

/** Options of {@link makeMemberSet}. */
export interface MemberSetOptions {
  readonly program: string;
  readonly count: number;
  /** TLS among members and to clients, with one pair of files for both. */
  readonly tls?: PeerTls;
  /** How the members administer their cluster, besides endpoints. */
  readonly admin?: Omit<EtcdStoreOptions, 'endpoints'>;
}

/** Members of one etcd cluster on 127.0.0.1, each with a disk of its own, as a StatefulSet has them. */
export interface MemberSet extends AsyncDisposable {
  readonly members: readonly WantedMember[];
  /** What the member with this index said while it joined. */
  said(index: number): readonly string[];
  /** Joins as one of the first `of` members (default: all) and starts etcd. */
  start(index: number, of?: number, timeoutMs?: number): Promise<JoinResult>;
  /** Starts several at once. */
  startAll(indexes: readonly number[], of?: number): Promise<void>;
  kill(index: number): Promise<void>;
  /** Empties the disk of a member that does not run. */
  wipe(index: number): void;
  admin(indexes?: readonly number[], extra?: Omit<EtcdStoreOptions, 'endpoints'>): EtcdAdmin;
  output(index: number): string;
}

/** Prepares the members; nothing runs yet. */
export async function makeMemberSet(options: MemberSetOptions): Promise<MemberSet> {
  const folder = temporaryFolder('etcd-members');
  const scheme = options.tls === undefined ? 'http' : 'https';
  const members: WantedMember[] = [];
  for (let index = 0; index < options.count; index += 1) {
    const name = `etcd-${index}`;
    members.push({
      name,
      peerUrl: `${scheme}://127.0.0.1:${await freePort()}`,
      clientUrl: `${scheme}://127.0.0.1:${await freePort()}`,
    });
  }
  const running = new Map<number, TestProcess>();
  const sentences = new Map<number, string[]>();
  const diskOf = (index: number): string => join(folder.path, `disk-${index}`);
  const openAdmin = (endpoints: readonly string[], extra = options.admin): EtcdAdmin =>
    createEtcdAdmin({
      endpoints,
      ...(options.tls === undefined ? {} : { caFile: options.tls.caFile }),
      ...extra,
    });

  const start: MemberSet['start'] = async (index, of = options.count, timeoutMs = 20_000) => {
    const self = members[index] as WantedMember;
    const wanted = members.slice(0, of);
    const dataDir = join(diskOf(index), 'data');
    const said: string[] = [];
    sentences.set(index, said);
    const result = await joinCluster({
      self,
      wanted,
      token: 'test',
      disk: openMemberDisk(dataDir, Date.now),
      peerTls: options.tls,
      host: '127.0.0.1',
      openAdmin: (endpoints) => openAdmin(endpoints),
      timeoutMs,
      pauseMs: 50,
      report: (sentence) => said.push(sentence),
    });
    const config = memberConfig(sharedConfig(self, options.tls), { self, dataDir, token: 'test', ...result });
    const file = join(folder.path, `${self.name}.yaml`);
    writeFileSync(file, config);
    running.set(index, startProcess(options.program, ['--config-file', file]));
    return result;
  };
  const kill = async (index: number): Promise<void> => {
    await running.get(index)?.end('SIGKILL');
    running.delete(index);
  };
  return {
    members,
    said: (index) => sentences.get(index) ?? [],
    start,
    async startAll(indexes, of) {
      await Promise.all(indexes.map((index) => start(index, of)));
    },
    kill,
    wipe: (index) => rmSync(diskOf(index), { recursive: true, force: true }),
    admin: (indexes = members.map((_, index) => index), extra = options.admin) =>
      openAdmin(
        indexes.map((index) => (members[index] as WantedMember).clientUrl),
        extra,
      ),
    output: (index) => running.get(index)?.output() ?? '',
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((process_) => process_.end('SIGKILL').catch(() => undefined)));
      folder[Symbol.dispose]();
    },
  };
}

function sharedConfig(self: WantedMember, tls: PeerTls | undefined): Record<string, unknown> {
  const security = tls && {
    'cert-file': tls.certFile,
    'key-file': tls.keyFile,
    'trusted-ca-file': tls.caFile,
    'client-cert-auth': true,
  };
  return {
    'listen-peer-urls': self.peerUrl,
    'listen-client-urls': self.clientUrl,
    'heartbeat-interval': 20,
    'election-timeout': 200,
    'log-level': 'error',
    ...(security === undefined ? {} : { 'client-transport-security': security, 'peer-transport-security': security }),
  };
}
