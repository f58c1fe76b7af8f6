import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, findProgram, freePort, startProcess, temporaryFolder, type TestProcess } from '@seamark/testkit';
import { expect } from 'vitest';

/** What is scraped, with the labels that a PodMonitor would give. */
export interface ScrapeTarget {
  readonly port: number;
  readonly pod: string;
  readonly container: string;
}

/** A firing alert, without the labels that all of them have. */
export interface FiringAlert {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One series of an answer of Prometheus. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus on 127.0.0.1 that scrapes five times a second. */
export interface PrometheusServer extends AsyncDisposable {
  /** Replaces what is scraped. */
  scrape(targets: readonly ScrapeTarget[]): void;
  firing(): Promise<readonly FiringAlert[]>;
  query(expression: string): Promise<readonly Sample[]>;
  /** Waits until exactly these alerts fire, and returns them. Each is `Name; pod=a` with the labels that matter. */
  expectFiring(expected: readonly string[]): Promise<readonly FiringAlert[]>;
}

/** Namespace that every target is labelled with. */
export const scrapedNamespace = 'seamark';

interface Answer<T> {
  readonly data: T;
}

/** Starts Prometheus with a rule file; resolves when it answers. */
export async function startPrometheus(rules: string): Promise<PrometheusServer> {
  const program = findProgram('prometheus');
  if (program === undefined) throw new Error('prometheus is not installed');
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder('prometheus'));
  const path = (name: string): string => join(folder.path, name);
  mkdirSync(path('targets'));
  writeFileSync(path('rules.yaml'), rules);
  const scrape = (targets: readonly ScrapeTarget[]): void => {
    const groups = targets.map(({ port, pod, container }) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { namespace: scrapedNamespace, pod, container },
    }));
    // Renamed into place: Prometheus looks at the file whenever it changes, also half written.
    writeFileSync(path('targets.part'), JSON.stringify(groups));
    renameSync(path('targets.part'), path('targets/all.json'));
  };
  scrape([]);
  const settings = {
    global: { scrape_interval: '300ms', scrape_timeout: '250ms', evaluation_interval: '300ms' },
    rule_files: [path('rules.yaml')],
    scrape_configs: [{ job_name: 'seamark', file_sd_configs: [{ files: [path('targets/*.json')], refresh_interval: '1s' }] }],
  };
  writeFileSync(path('prometheus.yaml'), JSON.stringify(settings));
  const port = await freePort();
  const server: TestProcess = startProcess(program, [
    `--config.file=${path('prometheus.yaml')}`,
    `--storage.tsdb.path=${path('data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
  starting.defer(async () => void (await server.end('SIGKILL')));
  const ask = async <T>(route: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/${route}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${route}: ${response.status} ${text}`);
    return (JSON.parse(text) as Answer<T>).data;
  };
  const ready = async (): Promise<void> => {
    if (!existsSync(path('data'))) throw new Error(server.output());
    const { ok } = await fetch(`http://127.0.0.1:${port}/-/ready`);
    if (!ok) throw new Error(server.output());
  };
  await eventually(ready, { timeoutMs: 20_000, everyMs: 100 });
  const firing = async (): Promise<FiringAlert[]> => {
    const { alerts } = await ask<{
      alerts: readonly { state: string; labels: Record<string, string>; annotations: Record<string, string> }[];
    }>('api/v1/alerts');
    return alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels: { alertname = '', ...labels }, annotations }) => ({ name: alertname, labels, annotations }));
  };
  const cleanup = starting.move();
  return {
    scrape,
    firing,
    async query(expression) {
      const { result } = await ask<{
        result: readonly { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
      }>(`api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value, values }) => ({ metric, value: Number((value ?? values?.at(-1))?.[1]) }));
    },
    expectFiring: (expected) =>
      eventually(
        async () => {
          const alerts = await firing();
          expect(alerts.map((alert) => described(alert, expected)).sort()).toEqual([...expected].sort());
          for (const { annotations } of alerts)
            expect(`${annotations['summary']} ${annotations['description']}`).not.toMatch(/undefined|no value|error/);
          return alerts;
        },
        { timeoutMs: 25_000, everyMs: 200 },
      ),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

/** The alert in the words of the expectation that it meets; with all its labels when it meets none. */
function described({ name, labels }: FiringAlert, expected: readonly string[]): string {
  const met = expected.find((text) => {
    const [wanted, ...pairs] = text.split('; ');
    return wanted === name && pairs.every((pair) => labels[pair.slice(0, pair.indexOf('='))] === pair.slice(pair.indexOf('=') + 1));
  });
  return met ?? `${name}; ${JSON.stringify(labels)}`;
}
