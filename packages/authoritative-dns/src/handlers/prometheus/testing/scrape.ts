/** One sample of a scrape: labels in alphabetical order. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A scrape by metric: `_bucket`, `_sum` and `_count` belong to their histogram. */
export type Scrape = ReadonlyMap<string, { readonly type: string; readonly samples: readonly ScrapedSample[] }>;

/** Reads the text of /metrics. */
export function parseScrape(text: string): Scrape {
  const families = new Map<string, { type: string; samples: ScrapedSample[] }>();
  for (const line of text.split('\n')) {
    const [, declared, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (declared !== undefined && type !== undefined) families.set(declared, { type, samples: [] });
    const [, name, labelText = '', value] = /^([a-z_A-Z0-9:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const labels = [...labelText.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text] as const);
    const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
    family?.samples.push({ name, labels: Object.fromEntries(labels.toSorted(([a], [b]) => (a < b ? -1 : 1))), value: Number(value) });
  }
  return families;
}

/**
 * How two scrapes differ, one line for each difference: metrics that only one has, types, names of labels, bounds of buckets, series that
 * only one has, and values. Of values those that say how long something took or when it was are not compared.
 */
export function differencesOf(theirs: Scrape, ours: Scrape): string[] {
  const differences: string[] = [];
  for (const name of [...new Set([...theirs.keys(), ...ours.keys()])].toSorted()) {
    const [their, our] = [theirs.get(name), ours.get(name)];
    if (our === undefined) differences.push(`${name}: only CoreDNS`);
    else if (their === undefined) differences.push(`${name}: only ours`);
    else if (their.type !== our.type) differences.push(`${name}: ${our.type} instead of ${their.type}`);
    else differences.push(...familyDifferences(name, their.samples, our.samples));
  }
  return differences;
}

function familyDifferences(name: string, theirs: readonly ScrapedSample[], ours: readonly ScrapedSample[]): string[] {
  const labelNames = (samples: readonly ScrapedSample[]): string =>
    [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].toSorted().join(',');
  const bounds = (samples: readonly ScrapedSample[]): string =>
    [...new Set(samples.flatMap(({ labels: { le } }) => (le === undefined ? [] : [Number(le.replace('+Inf', 'Infinity'))])))].join(' ');
  if (theirs.length > 0 && ours.length > 0) {
    if (labelNames(theirs) !== labelNames(ours)) return [`${name}: labels ${labelNames(ours)} instead of ${labelNames(theirs)}`];
    if (bounds(theirs) !== bounds(ours)) return [`${name}: buckets ${bounds(ours)} instead of ${bounds(theirs)}`];
  }
  const [their, our] = [valuesOf(name, theirs), valuesOf(name, ours)];
  return [...new Set([...their.keys(), ...our.keys()])].toSorted().flatMap((series) => {
    const [theirValue, ourValue] = [their.get(series), our.get(series)];
    if (ourValue === undefined) return [`${series}: only CoreDNS, ${theirValue}`];
    if (theirValue === undefined) return [`${series}: only ours, ${ourValue}`];
    return theirValue === ourValue || isTime(name) ? [] : [`${series}: ${ourValue} instead of ${theirValue}`];
  });
}

/** Values by series; a histogram of sizes with its buckets, one of times with its count alone. */
function valuesOf(name: string, samples: readonly ScrapedSample[]): Map<string, number> {
  const wanted = samples.filter((sample) => sample.name === name || sample.name === `${name}_count` || name.endsWith('_bytes'));
  return new Map(
    wanted.map((sample) => {
      const labels = Object.entries(sample.labels).map(([key, value]) => `${key}="${value}"`);
      return [`${sample.name}{${labels.join()}}`, sample.value];
    }),
  );
}

/** Depends on when it is looked at. */
function isTime(name: string): boolean {
  return /^process_|timestamp|^coredns_health_|healthcheck_failures/.test(name);
}

/** A scrape with the series of one metric added up over a label. */
export function withoutLabel(scrape: Scrape, name: string, label: string): Scrape {
  const family = scrape.get(name);
  if (family === undefined) return scrape;
  const sums = new Map<string, ScrapedSample>();
  for (const { labels, value } of family.samples) {
    const { [label]: _dropped, ...others } = labels;
    const key = JSON.stringify(others);
    sums.set(key, { name, labels: others, value: value + (sums.get(key)?.value ?? 0) });
  }
  return new Map([...scrape, [name, { type: family.type, samples: [...sums.values()] }]]);
}
