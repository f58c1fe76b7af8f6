import { dnsNameLabels, normalizeDnsName, type Address, parseAddress } from '@seamark/common/model';

/**
 * Which zones are answered for: names, and `auto` for a zone of each stored name's last two labels that no listed zone contains.
 * A zone called "auto" is written `auto.`.
 */
export type ZonesOption = readonly string[] | 'auto';

/** The SOA record of every zone; times in seconds. The defaults pass Zonemaster's checks of refresh, retry and expire. */
export interface SoaOptions {
  /** Default 14400. */
  readonly refreshSeconds?: number;
  /** Default 3600. */
  readonly retrySeconds?: number;
  /** Default 1209600. */
  readonly expireSeconds?: number;
  /** How long resolvers may keep "no such name" (RFC 2308): MINIMUM, and the TTL of SOA in negative answers. Default 5. */
  readonly negativeTtlSeconds?: number;
  /** TTL of SOA and NS themselves. Default 3600. */
  readonly ttlSeconds?: number;
  /** Primary name server: absolute, one label below each zone, or labels below it (`ns.dns.@`). Default: the first of the name servers. */
  readonly mname?: string;
  /** Mailbox of the person in charge as a name, given like `mname`. Default `hostmaster`. */
  readonly rname?: string;
}

/** A name server of every zone. */
export interface NameServerOption {
  /** Absolute (`ns1.example.net`), or below each zone: one label (`ns1`), or labels with `@` (`ns1.dns.@`). */
  readonly name: string;
  /** Its addresses, served when the name lies in a zone of ours and has no stored addresses. */
  readonly addresses?: readonly string[];
}

/** {@link SoaOptions} with every default filled in. */
export interface ZoneDefaults {
  readonly soa: Required<Omit<SoaOptions, 'mname'>> & { readonly mname: string };
  readonly nameServers: readonly { readonly name: string; readonly addresses: readonly Address[] }[];
}

/** The name server of zones for which none is named. */
export const defaultNameServer = 'ns1';

/** Fills in the defaults. Throws SM_ADDRESS_INVALID for an address that is none. */
export function zoneDefaults(soa: SoaOptions = {}, nameServers: readonly NameServerOption[] = []): ZoneDefaults {
  const servers = nameServers.length === 0 ? [{ name: defaultNameServer }] : nameServers;
  return {
    soa: {
      refreshSeconds: soa.refreshSeconds ?? 14_400,
      retrySeconds: soa.retrySeconds ?? 3_600,
      expireSeconds: soa.expireSeconds ?? 1_209_600,
      negativeTtlSeconds: soa.negativeTtlSeconds ?? 5,
      ttlSeconds: soa.ttlSeconds ?? 3_600,
      mname: soa.mname ?? (servers[0] as NameServerOption).name,
      rname: soa.rname ?? 'hostmaster',
    },
    nameServers: servers.map(({ name, addresses = [] }: NameServerOption) => ({ name, addresses: addresses.map(parseAddress) })),
  };
}

/**
 * A name of the options for one zone: a single label, or a name that ends in `.@`, stands below it, anything else is absolute. Throws
 * SM_NAME_INVALID.
 */
export function nameInZone(name: string, zone: string): string {
  if (name.endsWith('.@')) return normalizeDnsName(zone === '.' ? name.slice(0, -2) : `${name.slice(0, -1)}${zone}`);
  const normal = normalizeDnsName(name);
  return dnsNameLabels(normal).length === 1 && !name.endsWith('.') && zone !== '.' ? normalizeDnsName(`${normal}.${zone}`) : normal;
}

/** Splits {@link ZonesOption}; the names normalised, parents before children. Throws SM_NAME_INVALID. */
export function readZonesOption(zones: ZonesOption): { readonly names: readonly string[]; readonly auto: boolean } {
  if (zones === 'auto') return { names: [], auto: true };
  const names = zones.filter((zone) => zone !== 'auto').map(normalizeDnsName);
  return {
    names: [...new Set(names)].toSorted((a, b) => dnsNameLabels(a).length - dnsNameLabels(b).length),
    auto: zones.includes('auto'),
  };
}

/** The last `count` labels of a name in wire form; `undefined` when it has fewer. */
export function lastLabels(name: Uint8Array, count: number): Uint8Array | undefined {
  const starts: number[] = [];
  for (let at = 0; name[at] !== 0; at += (name[at] as number) + 1) starts.push(at);
  return starts.length < count ? undefined : name.subarray(starts[starts.length - count] ?? name.length - 1);
}
