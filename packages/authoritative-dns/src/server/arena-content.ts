import { dnsNameToWire } from '@seamark/common/model';

import { type AnswerPolicy, type ArenaContent, type CompilableZones, policyInChain } from '../arena/index.ts';
import type { Handler } from '../chain/handler.ts';
import { keyOf } from '../handlers/zone-list.ts';
import type { Route, ZoneRouter } from './zone-router.ts';

/** Who answers for a name and all below it that nobody else claims; without zones JavaScript does. */
interface Claim {
  readonly apex: Uint8Array;
  /** Zone of the route. */
  readonly route: string;
  readonly zones: CompilableZones | undefined;
  readonly policy: AnswerPolicy | undefined;
}

/**
 * What of a listener's zones is answered without its chains: in each chain the zones of handlers that can be compiled, as far as
 * every handler before them can be passed. All else is asked, and what is in no route is refused as by the router
 * unless that limits it.
 */
export function arenaContent(routes: readonly Route[], router: ZoneRouter): ArenaContent {
  const claims = new Map<string, Claim>();
  for (const route of routes) claimZones(route, router, claims);
  const asks: Uint8Array[] = [];
  for (const { zone } of routes) {
    const apex = dnsNameToWire(zone);
    if (claims.has(keyOf(apex))) continue;
    claims.set(keyOf(apex), { apex, route: zone, zones: undefined, policy: undefined });
    asks.push(apex);
  }
  const sources = new Set([...claims.values()].flatMap(({ zones }) => (zones === undefined ? [] : [zones])));
  return {
    sources: [...sources].map((zones) => ({
      zones,
      policyOf: ({ apex }) => {
        const claim = claims.get(keyOf(apex));
        return claim?.zones === zones ? claim.policy : undefined;
      },
      labelOf: ({ apex, label }) => claims.get(keyOf(apex))?.route ?? label,
      ...(ownsAll(zones, claims) ? {} : { owns: (name: Uint8Array) => longestClaim(claims, name)?.zones === zones }),
    })),
    asks,
    refusesOthers: !router.limitsEarly,
  };
}

function claimZones(route: Route, router: ZoneRouter, claims: Map<string, Claim>): void {
  /** Zones of handlers further ahead, which get the questions first. */
  const ahead = new Set<string>();
  const passed: Handler[] = [];
  for (const handler of route.handlers) {
    const { compilable } = handler;
    const policy = compilable === undefined ? undefined : policyInChain([...passed, handler], handler);
    if (compilable === undefined || policy === undefined) {
      passed.push(handler);
      continue;
    }
    const own: string[] = [];
    for (const zones of compilable) {
      for (const zone of zones.zones()) {
        const { apex } = zone;
        const key = keyOf(apex);
        own.push(key);
        // Questions reach the chain of the longest route only, and not those outside of it.
        if (claims.has(key) || router.routeOf(apex) !== route || isWithin(apex, ahead)) continue;
        claims.set(key, { apex, route: route.zone, zones, policy: { ...policy, ...zones.asked(zone) } });
      }
    }
    for (const key of own) ahead.add(key);
  }
}

/** Whether nobody else claims anything at or below the zones. */
function ownsAll(zones: CompilableZones, claims: ReadonlyMap<string, Claim>): boolean {
  const apexes = new Set<string>();
  for (const { apex } of zones.zones()) {
    apexes.add(keyOf(apex));
    if (claims.get(keyOf(apex))?.zones !== zones) return false;
  }
  return [...claims.values()].every((claim) => claim.zones === zones || !isWithin(claim.apex, apexes));
}

function isWithin(name: Uint8Array, zones: ReadonlySet<string>): boolean {
  for (let at = 0; at < name.length; at += (name[at] as number) + 1) if (zones.has(keyOf(name, at))) return true;
  return false;
}

function longestClaim(claims: ReadonlyMap<string, Claim>, name: Uint8Array): Claim | undefined {
  for (let at = 0; at < name.length; at += (name[at] as number) + 1) {
    const claim = claims.get(keyOf(name, at));
    if (claim !== undefined) return claim;
  }
  return undefined;
}
