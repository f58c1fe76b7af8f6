/** How long answers took. */
export interface Latencies {
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
  readonly p999Microseconds: number;
  readonly maxMicroseconds: number;
}

/** Part of a run in which dnsperf catches up with its own start. */
const startPart = 0.1;

/**
 * Reads the lines `> NOERROR host-1.bench.test A 0.000128` of dnsperf's verbose output, those of its start left out. Throws when there are
 * none.
 */
export function readLatencies(output: string): Latencies {
  const samples: number[] = [];
  for (const [, seconds] of output.matchAll(/^> .* ([0-9]+\.[0-9]{6})$/gm)) samples.push(Math.round(Number(seconds) * 1e6));
  if (samples.length === 0) throw new Error(`dnsperf gave no latencies:\n${output.slice(0, 1_000)}`);
  const sorted = Float64Array.from(samples.slice(Math.floor(samples.length * startPart))).sort();
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] as number;
  return { p50Microseconds: at(0.5), p99Microseconds: at(0.99), p999Microseconds: at(0.999), maxMicroseconds: at(1) };
}
