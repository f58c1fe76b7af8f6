import type { Handler, Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { emptyResponse, type Outcome } from '../../chain/response.ts';
import { classIn, responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { sameName } from '../same-name.ts';

/** Seen once when it is asked and once more by chance of a retry; the third time it goes in circles. */
const mostSightings = 2;

/** What comes back while sockets, or the upstreams of directives further on, are not open yet. */
const unanswered: ReadonlySet<number> = new Set([responseCodes.SERVFAIL, responseCodes.REFUSED]);

/** Options of {@link LoopProbe}. */
export interface LoopProbeOptions {
  /** A name that nobody else asks for, another one each time; lower-case wire form. */
  readonly randomName: () => Uint8Array;
  readonly ask: Next;
  /** Pause after the first question that nobody could answer, as while sockets are not open yet; each further one is twice as long. */
  readonly firstRetryMs: number;
  readonly mostRetryMs: number;
  /** How long questions are tried that nobody can answer, without the time that they take themselves. */
  readonly giveUpMs: number;
  /** Called once, with the name that came back. */
  readonly onLoop: (name: Uint8Array) => void;
}

/** Asks the server a question that only it knows, and watches for it coming back from outside. */
export class LoopProbe implements Handler {
  readonly name = 'loop';
  readonly transparent = true; // its questions are for names that do not exist
  private readonly options: LoopProbeOptions;
  private probe: Uint8Array | undefined;
  private sightings = 0;
  private found = false;

  constructor(options: LoopProbeOptions) {
    this.options = options;
  }

  handle(request: DnsRequest, next: Next): Outcome | Promise<Outcome> {
    if (this.probe === undefined || request.type !== recordTypes.HINFO || !sameName(request.name, this.probe)) return next(request);
    this.sightings++;
    if (this.sightings <= mostSightings) return next(request);
    if (!this.found) this.options.onLoop(this.probe);
    this.found = true;
    return emptyResponse('loop', responseCodes.SERVFAIL);
  }

  /** Asks until somebody answers, a loop shows, or time is up; resolves then. Asks no more once `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { firstRetryMs, mostRetryMs, giveUpMs } = this.options;
    let pauseMs = firstRetryMs;
    for (let waitedMs = 0; waitedMs <= giveUpMs && !signal.aborted && !this.found; waitedMs += pauseMs) {
      if (waitedMs > 0) {
        await pause(pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, mostRetryMs);
      }
      if (!signal.aborted && (await this.askOnce())) break;
    }
    this.probe = undefined;
  }

  /** True when somebody answered: nothing is to be found out any more. */
  private async askOnce(): Promise<boolean> {
    this.probe = this.options.randomName();
    this.sightings = 0;
    try {
      const outcome = await this.options.ask(questionFor(this.probe));
      // What this probe did not see was answered by somebody before it, such as the version of the server that a reload replaces.
      return this.sightings > 0 && !('drop' in outcome) && !unanswered.has(outcome.responseCode);
    } catch {
      return false;
    }
  }
}

function questionFor(name: Uint8Array): DnsRequest {
  return {
    id: 0,
    name,
    nameAsAsked: name,
    type: recordTypes.HINFO,
    class: classIn,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client: { transport: 'udp', address: Uint8Array.of(127, 0, 0, 1), port: 0, localAddress: undefined, localPort: 0 },
    octets: 0,
  };
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, durationMs);
    timer.unref();
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
