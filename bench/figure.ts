/** What a figure measured. In every figure smaller is better. */
export interface Measurement {
  readonly ours: number;
  /** The same measurement of the peer in the same run; null where there is no peer or it is not installed. */
  readonly peer: number | null;
  readonly unit: string;
  /** What is promised, in words. */
  readonly target: string;
  /** Whether ours keeps it. */
  readonly met: boolean;
  /** Further members of the line, which say more about the same measurement. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What every figure gets. */
export interface FigureContext {
  /** A line of progress on standard error: standard output belongs to the figures. */
  readonly progress: (text: string) => void;
  /** Measure no longer than shows that everything works; only the figures of DNS can. */
  readonly quick: boolean;
}

/** A figure: its name on the command line, and how it is measured. */
export interface Figure {
  readonly name: string;
  readonly measure: (context: FigureContext) => Promise<Measurement>;
}

/** The line that is printed. `ratio` is ours / peer: below 1 means that ours is smaller. */
export function toLine(name: string, measurement: Measurement): string {
  const { ours, peer, unit, target, met, details } = measurement;
  const ratio = ratioOf(ours, peer ?? undefined);
  return JSON.stringify({
    figure: name,
    ours: rounded(ours),
    peer: peer === null ? null : rounded(peer),
    ratio,
    unit,
    target,
    met,
    ...details,
  });
}

/** ours / peer, or null where one of them is not there. */
export function ratioOf(ours: number | undefined, peer: number | undefined): number | null {
  return ours === undefined || peer === undefined || peer === 0 ? null : rounded(ours / peer);
}

/** Three significant digits, whole numbers kept. */
export function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}
