import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  apiServerRequirement,
  etcdRequirement,
  eventually,
  findProgram,
  freePort,
  programRequirement,
  startProcess,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartFolder, helmRequirement, renderTemplate } from '../world/chart.ts';
import { askDns } from '../world/dns-question.ts';
import { compactNow, deleteKey, deleteKeys, putKey, readKeys } from '../world/etcd-gateway.ts';
import { inParallel } from '../world/in-parallel.ts';
import { type MonitoredSystem, startMonitoredSystem } from '../world/monitored-system.ts';
import { dnsEndpoint, pool, service, type TestObject } from '../world/objects.ts';
import { type PrometheusServer, startPrometheus } from '../world/prometheus.ts';

const hostname = 'external-dns.kubernetes.io/hostname';
/** Of the etcd under test; small, so that it can be filled. */
const quotaBytes = 8_000_000;
const alertFiles = readdirSync(join(chartFolder, 'files/alerts'));
const alertNames = alertFiles.flatMap((file) =>
  [...readFileSync(join(chartFolder, 'files/alerts', file), 'utf8').matchAll(/^ {2}- alert: (\w+)$/gm)].map((match) => match[1] ?? ''),
);

/** The rules as the chart renders them; `short`: with times that a test can wait for. */
function renderRules(short: boolean): string {
  const waiting = Object.fromEntries(
    alertNames.map((name) => [name.replace('Seamark', '').replace(/^./, (first) => first.toLowerCase()), { for: '1s' }]),
  );
  // Every answer is slower than that; none is asked for but where the test does.
  const settings = { ...waiting, dnsSlow: { for: '1s', threshold: 0.0001 }, rateWindow: '3s' };
  const rendered = renderTemplate('monitoring/prometheus-rule.yaml', {
    prometheus: { prometheusRule: { enabled: true, ...(short ? settings : {}) } },
  });
  return rendered.slice(rendered.indexOf('\nspec:\n') + '\nspec:\n'.length).replaceAll(/^ {2}/gm, '');
}

const tools = [helmRequirement(), programRequirement('promtool', 'prometheus')];

describe.skipIf(unmet('alert rules', ...tools))('alert rules', () => {
  it('are rules that Prometheus takes, and each has a summary, a description and its part of the guide', () => {
    using folder = temporaryFolder('rules');
    const file = join(folder.path, 'rules.yaml');
    writeFileSync(file, renderRules(false));
    const checked = promtool(['check', 'rules', file]);
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
    const guide = readFileSync(join(chartFolder, '../../docs/guide/alerts.md'), 'utf8');
    expect(new Set([...guide.matchAll(/^## (Seamark\w+)$/gm)].map((match) => match[1]))).toEqual(new Set(alertNames));
    const rules = readFileSync(file, 'utf8').split('    - alert: ').slice(1);
    for (const rule of rules) for (const part of ['summary:', 'description:', 'runbook_url:', 'severity:']) expect(rule).toContain(part);
    expect(rules.join('')).not.toMatch(/SELECTOR|WINDOW|THRESHOLD|BELOW|<no value>/);
  });

  it('fire on what cannot be caused here, and not on what is no trouble', () => {
    using folder = temporaryFolder('rules');
    writeFileSync(join(folder.path, 'rules.yaml'), renderRules(false));
    const cases = readFileSync(join(import.meta.dirname, '../world/alert-cases.yaml'));
    writeFileSync(join(folder.path, 'cases.yaml'), cases);
    const tested = promtool(['test', 'rules', join(folder.path, 'cases.yaml')]);
    expect(tested.status, tested.stdout + tested.stderr).toBe(0);
  });
});

describe.skipIf(unmet('monitors and dashboard', helmRequirement()))('monitors and dashboard', () => {
  it('the dashboard has a query, a data source and a place of its own in every panel, and reaches Grafana as it is', () => {
    const source = readFileSync(join(chartFolder, 'files/dashboards/seamark.json'), 'utf8');
    const dashboard = JSON.parse(source) as Dashboard;
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'job']);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const places = new Set<string>();
    for (const { type, title, gridPos, targets = [] } of dashboard.panels) {
      if (type !== 'row') expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr, datasource } of targets) {
        expect(expr, title).toContain('{namespace="$namespace",job=~"$job"');
        expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
      }
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x < 24 && !places.has(`${x},${y}`), `${title} lies on another panel`).toBe(true);
          places.add(`${x},${y}`);
        }
      }
    }
    const rendered = renderTemplate('monitoring/dashboard.yaml', { grafana: { dashboard: { enabled: true } } });
    expect(rendered).toContain('grafana_dashboard: "1"');
    expect(JSON.parse(rendered.slice(rendered.indexOf('seamark.json: |-') + 'seamark.json: |-'.length))).toEqual(JSON.parse(source));
  });

  it('a monitor takes what people set, and two of them at once are refused', () => {
    const monitor = {
      enabled: true,
      interval: '10s',
      additionalLabels: { release: 'prometheus' },
      relabelings: [{ action: 'labeldrop', regex: 'x' }],
      metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
    };
    for (const name of ['podMonitor', 'serviceMonitor']) {
      const file = name === 'podMonitor' ? 'pod-monitor' : 'service-monitor';
      const rendered = renderTemplate(`monitoring/${file}.yaml`, { prometheus: { [name]: monitor } });
      for (const text of [
        'interval: 10s',
        'release: prometheus',
        'regex: nodejs_.*',
        'action: labeldrop',
        'jobLabel: app.kubernetes.io/name',
      ])
        expect(rendered).toContain(text);
    }
    const both = { prometheus: { podMonitor: monitor, serviceMonitor: monitor } };
    expect(() => renderTemplate('monitoring/service-monitor.yaml', both)).toThrow('scraped twice');
  });

  it('an alert is left out with its component, and set under its name', () => {
    const rules = (prometheusRule: object, rest: object = {}): string =>
      renderTemplate('monitoring/prometheus-rule.yaml', { prometheus: { prometheusRule: { enabled: true, ...prometheusRule } }, ...rest });
    expect(rules({}, { 'dns-sync': { enabled: false } })).not.toMatch(/SeamarkDnsSyncDown|SeamarkStoreUnreachable|SeamarkEtcdNoSpace/);
    expect(rules({ noLeader: { enabled: false } })).not.toContain('SeamarkNoLeader');
    const changed = rules({
      ruleLabels: { team: 'network' },
      selector: 'cluster="home"',
      noLeader: { for: '7m', labels: { severity: 'page' }, annotations: { summary: 'Mine' } },
      addressPoolUsage: { thresholds: [{ percent: 60 }] },
      extraAlerts: [{ alert: 'Own', expr: 'vector(1)' }],
    });
    for (const text of [
      'for: 7m',
      'severity: page',
      'summary: Mine',
      'team: network',
      'cluster="home"',
      'AddressPoolUsage60Percent',
      'alert: Own',
    ])
      expect(changed).toContain(text);
    expect(changed).not.toMatch(/namespace="seamark"|AddressPoolUsage75Percent/);
  });
});

/** Runs promtool. */
function promtool(args: readonly string[]) {
  return spawnSync(findProgram('promtool') ?? 'promtool', args, { encoding: 'utf8' });
}

const servers = [...tools, apiServerRequirement(), etcdRequirement(), programRequirement('prometheus', 'prometheus')];

describe.skipIf(unmet('alerts, caused', ...servers))('alerts, caused', () => {
  const parts = new AsyncDisposableStack();
  let system: MonitoredSystem;
  let prometheus: PrometheusServer;

  const send = async (method: string, path: string, body?: unknown): Promise<void> => {
    const { status, text } = await system.apiServer.request(
      method,
      path,
      body,
      method === 'PATCH' ? 'application/apply-patch+yaml' : undefined,
    );
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
  };
  const apply = (path: string, body: unknown): Promise<void> => send('PATCH', `${path}?fieldManager=test&force=true`, body);
  const put = (...objects: readonly TestObject[]): Promise<void> => inParallel(objects, 8, (object) => apply(pathOf(object), object));
  const remove = (...objects: readonly TestObject[]): Promise<void> => inParallel(objects, 8, (object) => send('DELETE', pathOf(object)));
  const untilStored = (prefix: string): Promise<void> =>
    eventually(async () => expect((await readKeys(system.etcd.endpoint, prefix)).entries.size).toBeGreaterThan(0), { timeoutMs: 20_000 });
  /** Nothing may fire any more. */
  const expectSilence = async (): Promise<void> => void (await prometheus.expectFiring([]));

  beforeAll(async () => {
    // Side by side: Prometheus looks at new targets every five seconds only.
    const [started, server] = await Promise.allSettled([
      startMonitoredSystem([`--quota-backend-bytes=${quotaBytes}`, '--max-request-bytes=8000']),
      startPrometheus(renderRules(true)),
    ]);
    if (started.status === 'fulfilled') system = parts.use(started.value);
    if (server.status === 'fulfilled') prometheus = parts.use(server.value);
    for (const { status, ...rest } of [started, server]) if (status === 'rejected') throw (rest as PromiseRejectedResult).reason;
    prometheus.scrape(system.targets());
    for (const name of ['metallb-system', 'web'])
      await apply(`/api/v1/namespaces/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await put(pool('lan', ['192.0.2.0/24', '2001:db8::/120']), service('web/web', { [hostname]: 'web.example.org' }));
    await untilStored('/skydns/org/example/web/');
  });
  afterAll(() => parts.disposeAsync());

  it('nothing fires on a healthy system', async () => {
    await eventually(async () => expect(await prometheus.query('min(up)')).toMatchObject([{ value: 1 }]), { timeoutMs: 10_000 });
    await expectSilence();
    // Longer than every `for`.
    await pause(2_000);
    expect(await prometheus.firing()).toEqual([]);
  });

  /** While something is refused, so that there is something to show. */
  const expectDataInEveryPanel = async (): Promise<void> => {
    const { panels, annotations } = JSON.parse(readFileSync(join(chartFolder, 'files/dashboards/seamark.json'), 'utf8')) as Dashboard;
    await askDns(system.dns[0].dnsPort, 'web.example.org');
    const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(expressions.length).toBeGreaterThan(30);
    await eventually(
      async () => {
        const empty: string[] = [];
        for (const { title, expr } of expressions)
          if ((await prometheus.query(filled(expr))).length === 0) empty.push(`${title}: ${filled(expr)}`);
        expect(empty).toEqual([]);
      },
      { timeoutMs: 10_000, everyMs: 500 },
    );
    // These may have nothing to say, and must be understood.
    for (const { expr } of annotations.list) if (expr !== undefined) await prometheus.query(filled(expr));
  };

  it('what objects ask for and cannot have: each is named, and the dashboard shows it', async () => {
    const named = (name: string, count: number): TestObject[] =>
      Array.from({ length: count }, (_, index) => service(`web/${name}-${index}`, { 'metallb.io/address-pool': name }));
    const pools = [
      pool('broken', ['198.51.100.9-198.51.100.1']),
      pool('full', ['198.51.100.32/31'], { autoAssign: false }),
      pool('p80', ['198.51.100.40-198.51.100.44'], { autoAssign: false }),
      pool('p90', ['198.51.100.50-198.51.100.59'], { autoAssign: false }),
      pool('p97', ['198.51.100.64/27'], { autoAssign: false }),
      pool('single', ['198.51.100.99/32'], { autoAssign: false }),
    ];
    const services = [...named('full', 2), ...named('p80', 4), ...named('p90', 9), ...named('p97', 31), ...named('single', 1)];
    const waiting = service('web/waiting', { 'metallb.io/loadBalancerIPs': '203.0.113.7' });
    const claimed = dnsEndpoint('web/claimed', 'web.example.org', 'A', ['203.0.113.9']);
    await put(...pools, ...services, waiting, claimed);
    await putKey(system.etcd.endpoint, '/skydns/org/example/junk', '{"host":7}');
    await prometheus.expectFiring([
      'SeamarkStaleConfig; object=IPAddressPool metallb-system/broken',
      'SeamarkAddressPoolExhausted; pool=full; family=IPv4',
      'SeamarkAddressPoolUsage75Percent; pool=p80',
      'SeamarkAddressPoolUsage85Percent; pool=p90',
      'SeamarkAddressPoolUsage95Percent; pool=p97',
      'SeamarkServiceWithoutAddress; object=Service web/waiting; reason=ADDRESS_NOT_IN_POOLS',
      'SeamarkRecordRefused; object=DNSEndpoint web/claimed; reason=NAME_CLAIMED_TWICE',
      'SeamarkStoredValueUnreadable; object=Key /skydns/org/example/junk',
    ]);
    await expectDataInEveryPanel();
    await deleteKey(system.etcd.endpoint, '/skydns/org/example/junk');
    await remove(claimed, waiting, ...services);
    await remove(...pools);
    await expectSilence();
  });

  it('a DNS server over the wrong etcd, a certificate that ends soon, and a member of etcd without a leader', async () => {
    using folder = temporaryFolder('certificate');
    const ca = join(folder.path, 'ca.pem');
    const made = spawnSync('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -days 3'.split(' '),
      '-keyout',
      `${ca}.key`,
      '-out',
      ca,
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
    const wrong = await system.startDns('dns-3', system.apiServer.etcdEndpoint, ['--etcd-ca-file', ca]);
    const metricsPort = await freePort();
    await using alone = startLoneMember(metricsPort, await freePort(), await freePort(), folder.path);
    prometheus.scrape([...system.targets(), wrong.target, { port: metricsPort, pod: 'etcd-1', container: 'etcd' }]);
    await prometheus.expectFiring(['SeamarkDnsReplicasDiffer', 'SeamarkCertificateExpires; pod=dns-3', 'SeamarkEtcdNoLeader; pod=etcd-1']);
    await wrong.kill();
    await alone.end('SIGKILL');
    prometheus.scrape(system.targets());
    await expectSilence();
  });

  it('writes that are refused: by the API server, and by etcd', async () => {
    const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/no-status';
    const binding = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/no-status';
    await apply(policy, noServiceStatus);
    await apply(binding, noServiceStatusBinding);
    // More than one request to this etcd may hold.
    const large = dnsEndpoint(
      'web/large',
      'large.example.org',
      'TXT',
      Array.from({ length: 40 }, (_, index) => `${index}${'x'.repeat(240)}`),
    );
    await put(large);
    // A policy works from some moment after it was made, and a write that failed is tried again later and later.
    const refused: TestObject[] = [];
    const trying = new AbortController();
    const tried = (async () => {
      while (!trying.signal.aborted) {
        refused.push(service(`web/refused-${refused.length}`));
        await put(...refused.slice(-1));
        await pause(300);
      }
    })();
    await prometheus.expectFiring(['SeamarkStatusWriteErrors; pod=lb-1', 'SeamarkRecordWriteErrors; pod=sync-1']);
    trying.abort();
    await tried;
    await send('DELETE', binding);
    await send('DELETE', policy);
    await remove(large, ...refused);
    await expectSilence();
  });

  it('the API server is away for one, one kind cannot be watched by another, and etcd is away for two', async () => {
    system.apiProxy.refuse();
    system.watchGateway.refuse('ingresses');
    system.syncProxy.refuse();
    system.dnsProxy.refuse();
    await prometheus.expectFiring([
      'SeamarkApiServerUnreachable; pod=lb-1',
      'SeamarkWatchStalled; pod=sync-1; resource=ingresses',
      'SeamarkStoreUnreachable; pod=sync-1',
      'SeamarkDnsStale; pod=dns-1',
    ]);
    system.apiProxy.accept();
    system.watchGateway.accept();
    system.syncProxy.accept();
    system.dnsProxy.accept();
    await expectSilence();
  });

  it('somebody else holds the Lease', async () => {
    const lease = `${leases}/seamark-dns-sync`;
    await apply(lease, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'seamark-dns-sync', namespace: 'kube-system' },
      spec: { holderIdentity: 'somebody-else', leaseDurationSeconds: 60 },
    });
    await prometheus.expectFiring(['SeamarkNoLeader; name=dns-sync']);
    await send('DELETE', lease);
    await expectSilence();
  });

  it('etcd fills up: first that it is nearly full, then that it takes no writes', async () => {
    const { endpoint } = system.etcd;
    const value = 'x'.repeat(7_000);
    const fill = (from: number, count: number): Promise<void> =>
      inParallel(
        Array.from({ length: count }, (_, index) => from + index),
        16,
        (index) => putKey(endpoint, `/fill/${index}`, value),
      );
    for (let filled = 0; Number((await maintain(endpoint, 'status', {})).dbSize) < 0.82 * quotaBytes; filled += 50) await fill(filled, 50);
    await prometheus.expectFiring(['SeamarkEtcdDatabaseNearQuota; pod=etcd-0']);
    await fill(10_000, 400).catch(() => undefined);
    const late = service('web/late', { [hostname]: 'late.example.org' });
    await put(late);
    await prometheus.expectFiring(['SeamarkEtcdDatabaseNearQuota; pod=etcd-0', 'SeamarkEtcdNoSpace']);
    await deleteKeys(endpoint, '/fill/');
    await compactNow(endpoint);
    await maintain(endpoint, 'defragment', {});
    const { alarms = [] } = await maintain(endpoint, 'alarm', { action: 'GET' });
    for (const alarm of alarms) await maintain(endpoint, 'alarm', { action: 'DEACTIVATE', ...alarm });
    await untilStored('/skydns/org/example/late/');
    await remove(late);
    await expectSilence();
  });

  it('everything is down; then a DNS server comes before its etcd', async () => {
    const replicas = [system.lbController, system.dnsSync, ...system.dns];
    await Promise.all([...replicas.map((replica) => replica.kill()), system.etcd.kill()]);
    const down = (pods: readonly string[]): string[] => pods.map((pod) => `SeamarkReplicaDown; pod=${pod}`);
    const others = ['SeamarkLbControllerDown', 'SeamarkDnsSyncDown', 'SeamarkEtcdDown', ...down(['lb-1', 'sync-1', 'dns-2', 'etcd-0'])];
    await prometheus.expectFiring(['SeamarkDnsDown', ...others, ...down(['dns-1'])]);

    const [first] = system.dns;
    await first.start();
    const asking = new AbortController();
    const asked = (async () => {
      while (!asking.signal.aborted) {
        await askDns(first.dnsPort, 'web.example.org').catch(() => undefined);
        await pause(50);
      }
    })();
    await prometheus.expectFiring([...others, 'SeamarkDnsServfail; pod=dns-1', 'SeamarkDnsSlow; pod=dns-1', 'SeamarkDnsStale; pod=dns-1']);
    asking.abort();
    await asked;

    await system.etcd.restart();
    // As if they had run out: the dead cannot give them back, and fifteen seconds are long for a test.
    for (const name of ['seamark-lb-controller', 'seamark-dns-sync']) await send('DELETE', `${leases}/${name}`);
    await Promise.all(replicas.filter((replica) => replica !== first).map((replica) => replica.start()));
    await expectSilence();
  });
});

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

/** A panel's query as Grafana would ask it. */
function filled(expression: string): string {
  return expression
    .replaceAll('$namespace', 'seamark')
    .replaceAll('$job', 'seamark')
    .replaceAll('$__rate_interval', '3s')
    .replaceAll('$__range', '60s');
}

/** One member of etcd out of two: it never gets a leader, and its metrics say so. */
function startLoneMember(metricsPort: number, clientPort: number, peerPort: number, folder: string) {
  const peer = `http://127.0.0.1:${peerPort}`;
  return startProcess(findProgram('etcd') ?? 'etcd', [
    '--name=a',
    `--data-dir=${join(folder, 'lone')}`,
    `--listen-client-urls=http://127.0.0.1:${clientPort}`,
    `--advertise-client-urls=http://127.0.0.1:${clientPort}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=a=${peer},b=http://127.0.0.1:1`,
    `--listen-metrics-urls=http://127.0.0.1:${metricsPort}`,
    '--log-level=error',
  ]);
}

interface MaintenanceAnswer {
  readonly alarms?: readonly object[];
  readonly dbSize?: string;
}

async function maintain(endpoint: string, action: string, body: object): Promise<MaintenanceAnswer> {
  const response = await fetch(`${endpoint}/v3/maintenance/${action}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`etcd ${action}: ${text}`);
  return JSON.parse(text) as MaintenanceAnswer;
}

const noServiceStatus = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'no-status' },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['services/status'] }],
    },
    validations: [{ expression: 'false', message: 'no status today' }],
  },
};

const noServiceStatusBinding = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'no-status' },
  spec: { policyName: 'no-status', validationActions: ['Deny'] },
};

function pathOf({ apiVersion, kind, metadata }: TestObject): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${base}/namespaces/${metadata.namespace ?? 'default'}/${kind.toLowerCase()}s/${metadata.name}`;
}
