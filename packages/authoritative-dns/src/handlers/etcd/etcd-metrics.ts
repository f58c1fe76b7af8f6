import type { SetupContext } from '../../chain/setup.ts';
import { registerCollected, type Sample } from '../../metrics/metric-registry.ts';
import type { EtcdSourceSettings } from './etcd-settings.ts';
import type { EtcdSource } from './etcd-source.ts';

interface MeasuredSource {
  readonly source: EtcdSource;
  readonly labels: Readonly<Record<string, string>>;
}

/** Exports how old the content of a source is and where it is from. */
export function measureSource(context: SetupContext, source: EtcdSource, { endpoints, prefix }: EtcdSourceSettings): void {
  const { metrics } = context;
  if (metrics === undefined) return;
  const sources = context.shared<MeasuredSource[]>('etcd metrics', () => {
    const made: MeasuredSource[] = [];
    for (const { name } of metricsOf(made)) metrics.removeSingleMetric(name); // of the Corefile before a reload
    registerCollected(metrics, metricsOf(made));
    return made;
  });
  if (sources.some((each) => each.source === source)) return;
  sources.push({ source, labels: { endpoint: endpoints.join(' '), path: prefix } });
}

function metricsOf(sources: readonly MeasuredSource[]) {
  const each = (value: (source: EtcdSource) => number) => (): readonly Sample[] =>
    sources.map(({ source, labels }) => ({ labels, value: value(source) }));
  return [
    {
      name: 'seamark_dns_etcd_stale_seconds',
      help: 'For how long etcd has not been heard of: 0 while it is followed, else the age of the answers.',
      type: 'gauge' as const,
      collect: each((source) => {
        const state = source.state();
        return state.phase === 'empty' ? 0 : state.staleMs / 1000;
      }),
    },
    {
      name: 'seamark_dns_etcd_content',
      help: 'Where the answers come from: 0 = there are none yet, 1 = a snapshot on disk, 2 = etcd.',
      type: 'gauge' as const,
      collect: each((source) => {
        const state = source.state();
        return state.phase === 'empty' ? 0 : state.from === 'snapshot' ? 1 : 2;
      }),
    },
  ];
}
