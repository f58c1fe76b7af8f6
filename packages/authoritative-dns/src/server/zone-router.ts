import type { Handler, LimitEarly, Next } from '../chain/handler.ts';
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
  /** Limits what belongs to no route, and what has no question to tell its route by. */
  private readonly limitOthers: LimitEarly | undefined;
  private pending = 0;
  private drained: (() => void) | undefined;

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.routes.set(keyOf(dnsNameToWire(route.zone)), route);
    const limiting = routes.filter(({ handlers }) => limitOf(handlers) !== undefined);
    const [widest] = limiting.toSorted((one, other) => labelsOf(one.zone) - labelsOf(other.zone));
    this.limitOthers = widest === undefined ? undefined : limitOf(widest.handlers);
  }

  /** Whether answers that no chain is asked for are limited, of one route at least. */
  get limitsEarly(): boolean {
    return this.limitOthers !== undefined;
  }

  /** Answers one question of the server's own, which no limit holds for outside of the chains. */
  readonly ask: Next = (request) => this.askRoute(request) ?? refused;

  /** Answers one question of a client. */
  readonly answer: Next = (request) => this.askRoute(request) ?? this.limitEarly(request, refused);

  /**
   * What becomes of an answer that was given before the chain: the handler of the route that the question belongs to limits it, if it has
   * one. Without a question, or outside all routes, that of the route with the fewest labels that has one does, and the first of equal ones.
   */
  readonly limitEarly: LimitEarly = (question, response) => {
    const { client, validCookie = false, name, type = 0 } = question;
    const route = name === undefined ? undefined : this.find({ name, type });
    if (route !== undefined) return limitOf(route.handlers)?.(question, response) ?? response;
    return this.limitOthers?.({ client, validCookie }, response) ?? response;
  };

  private askRoute(request: DnsRequest): Outcome | Promise<Outcome> | undefined {
    const route = this.find(request);
    if (route === undefined) return undefined;
    const outcome = route.chain(request);
    return outcome instanceof Promise ? this.later(outcome, route) : labelled(outcome, route);
  }

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

  private find({ name, type }: Pick<DnsRequest, 'name' | 'type'>): Route | undefined {
    let apex: Route | undefined;
    for (let at = 0; at < name.length; at += (name[at] as number) + 1) {
      const route = this.routes.get(keyOf(name, at));
      if (route === undefined) continue;
      if (type !== recordTypes.DS || at > 0 || name.length === 1) return route;
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

function limitOf(handlers: readonly Handler[]): LimitEarly | undefined {
  return handlers.find(({ limitEarly }) => limitEarly !== undefined)?.limitEarly;
}

function labelsOf(zone: string): number {
  const wire = dnsNameToWire(zone);
  let labels = 0;
  for (let at = 0; (wire[at] as number) > 0; at += (wire[at] as number) + 1) labels++;
  return labels;
}

/** The metrics' label is the zone of the server block, as CoreDNS has it, whatever zone of it answered. */
function labelled(outcome: Outcome, { zone }: Route): Outcome {
  return outcome.zone === zone ? outcome : { ...outcome, zone };
}
