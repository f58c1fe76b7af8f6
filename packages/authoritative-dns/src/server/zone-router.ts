import type { Handler, Next } from '../chain/handler.ts';
import type { DnsRequest } from '../chain/request.ts';
import { emptyResponse, type Outcome } from '../chain/response.ts';
import { keyOf } from '../handlers/zone-list.ts';
import { dnsNameToWire } from '@seamark/common/model';
import { extendedErrors, responseCodes } from '../wire/protocol-codes.ts';
import { recordTypes } from '../wire/record-type.ts';

/** One zone and the chain that answers for it. */
export interface Route {
  /** Lower case with the final dot. */
  readonly zone: string;
  readonly chain: Next;
  /** The handlers of the chain in order, for whoever can answer without asking them. */
  readonly handlers: readonly Handler[];
}

const refused = emptyResponse('', responseCodes.REFUSED, { extendedErrors: [{ code: extendedErrors.notAuthoritative }] });

/**
 * Gives each question to the chain of the longest zone that it belongs to; REFUSED outside all of them. A DS record belongs to the
 * parent of the name that it stands at (RFC 4035 3.1.4.1): when that is a zone here as well, the question goes there.
 */
export class ZoneRouter {
  private readonly routes = new Map<string, Route>();
  private pending = 0;
  private drained: (() => void) | undefined;

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.routes.set(keyOf(dnsNameToWire(route.zone)), route);
  }

  /** Answers one question. */
  readonly ask: Next = (request) => {
    const route = this.find(request);
    if (route === undefined) return refused;
    const outcome = route.chain(request);
    return outcome instanceof Promise ? this.later(outcome, route) : labelled(outcome, route);
  };

  /** Resolves when no question is under way any more. */
  drain(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => (this.drained = resolve));
  }

  /** The route of the longest zone that a name in lower-case wire form is in. */
  routeOf(name: Uint8Array): Route | undefined {
    for (let at = 0; at < name.length; at += (name[at] as number) + 1) {
      const route = this.routes.get(keyOf(name, at));
      if (route !== undefined) return route;
    }
    return undefined;
  }

  private find(request: DnsRequest): Route | undefined {
    const { name } = request;
    let apex: Route | undefined;
    for (let at = 0; at < name.length; at += (name[at] as number) + 1) {
      const route = this.routes.get(keyOf(name, at));
      if (route === undefined) continue;
      if (request.type !== recordTypes.DS || at > 0 || name.length === 1) return route;
      apex = route;
    }
    return apex;
  }

  private async later(outcome: Promise<Outcome>, route: Route): Promise<Outcome> {
    this.pending++;
    try {
      return labelled(await outcome, route);
    } finally {
      if (--this.pending === 0) this.drained?.();
    }
  }
}

/** The metrics' label is the zone of the server block, as CoreDNS has it, whatever zone of it answered. */
function labelled(outcome: Outcome, { zone }: Route): Outcome {
  return outcome.zone === zone ? outcome : { ...outcome, zone };
}
