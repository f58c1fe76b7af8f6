import { decode } from 'dns-packet';

import { query, type UdpAsker } from './udp-asker.ts';

/** What a load of questions saw. */
export interface LoadReport {
  readonly asked: number;
  /** Answers that were not the expected one, and questions without any; none when all went well. */
  readonly failures: readonly string[];
}

/** A question whose answer stays the same while the load runs: sorted data of records of the type asked for. */
export interface SteadyQuestion {
  readonly name: string;
  readonly type: string;
  readonly data: readonly string[];
}

/** Asks these questions in turn, one each `everyMs`, until it is stopped. */
export function startLoad(asker: UdpAsker, questions: readonly SteadyQuestion[], everyMs = 4): { stop(): Promise<LoadReport> } {
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  let asked = 0;
  const ask = async ({ name, type, data }: SteadyQuestion): Promise<void> => {
    const reply = await asker.exchange(query(name, type), 10_000);
    const found = reply === undefined ? 'no answer' : seen(reply, type);
    if (found !== ['NOERROR', ...data].join(' ')) failures.push(`${name} ${type}: ${found}`);
  };
  const timer = setInterval(() => {
    const run = ask(questions[asked++ % questions.length] as SteadyQuestion).finally(() => pending.delete(run));
    pending.add(run);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return { asked, failures };
    },
  };
}

/** Response code and sorted data of records of one type. */
export function seen(reply: Buffer, type: string): string {
  const { rcode, answers = [] } = decode(reply) as ReturnType<typeof decode> & { readonly rcode: string };
  const data = answers.filter((answer) => answer.type === type).map((answer) => ('data' in answer ? textOf(answer.data) : ''));
  return [rcode, ...data.toSorted()].join(' ');
}

function textOf(data: unknown): string {
  if (Array.isArray(data)) return data.map(String).join('');
  return typeof data === 'string' ? data : JSON.stringify(data);
}
