import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SeamarkError, messageOf } from '@seamark/common/errors';
import { dump, load } from 'js-yaml';
import type { InitialCluster } from './decide-join.ts';
import type { WantedMember } from './wanted-member.ts';

/** What differs between members and between starts; the rest of etcd's configuration is the same for all. */
export interface MemberStart {
  readonly self: WantedMember;
  readonly dataDir: string;
  readonly state: 'new' | 'existing';
  readonly initialCluster: InitialCluster;
  /** etcd's `initial-cluster-token`. */
  readonly token: string;
}

/** Reads the part of etcd's configuration that all members share. Throws SM_CONFIG_UNREADABLE. */
export function readSharedConfig(file: string | undefined): Readonly<Record<string, unknown>> {
  if (file === undefined) return {};
  try {
    const content = load(readFileSync(file, 'utf8'));
    if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error('it does not hold keys and values');
    return content as Record<string, unknown>;
  } catch (cause) {
    throw new SeamarkError('SM_CONFIG_UNREADABLE', `${file}: ${messageOf(cause)}`, { cause });
  }
}

/** etcd's configuration file (`--config-file`) of one member. What belongs to the member wins over `shared`. */
export function memberConfig(shared: Readonly<Record<string, unknown>>, start: MemberStart): string {
  return dump({
    ...shared,
    name: start.self.name,
    'data-dir': start.dataDir,
    'initial-advertise-peer-urls': start.self.peerUrl,
    'advertise-client-urls': start.self.clientUrl,
    'initial-cluster': start.initialCluster.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(','),
    'initial-cluster-state': start.state,
    'initial-cluster-token': start.token,
  });
}

/** Writes the file whole or not at all. */
export function writeMemberConfig(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
