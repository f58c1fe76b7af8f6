import type { Logger } from '@seamark/common/observability';

import { PolledFile } from '../polled-file.ts';
import type { ZoneList } from '../zone-list.ts';
import { type HostEntry, HostsTable } from './hosts-table.ts';
import { type HostsLine, readHostsLine } from './hosts-text.ts';

/** Options of {@link HostsSource}. */
export interface HostsSourceOptions {
  readonly path: string;
  /** How often the file is looked at; 0 = only at the start. */
  readonly intervalMs: number;
  /** Names outside are left out. */
  readonly zones: ZoneList;
  readonly withReverse: boolean;
  /** Lines of the Corefile. */
  readonly inline: readonly HostsLine[];
  readonly logger: Logger;
  /** Called with each new table, the one before it, and when the file was changed last. */
  readonly onTable: (table: HostsTable, before: HostsTable, modifiedMs: number) => void;
}

/** The entries of a hosts file and of the Corefile together, kept as fresh as the file is looked at. */
export class HostsSource {
  table: HostsTable;
  private readonly options: HostsSourceOptions;
  private readonly file: PolledFile;

  constructor(options: HostsSourceOptions) {
    const { path, intervalMs, logger } = options;
    this.options = options;
    this.table = this.tableOf('');
    this.file = new PolledFile({
      path,
      intervalMs,
      onContent: (text, modifiedMs) => {
        const before = this.table;
        this.table = this.tableOf(text);
        options.onTable(this.table, before, modifiedMs);
      },
      onProblem: (err) => logger.warn('hosts cannot read its file any more and keeps the entries that it has', { file: path, err }),
    });
  }

  /** Reads the file and goes on looking at it. Without the file, the lines of the Corefile are served alone. */
  async start(): Promise<void> {
    try {
      await this.file.start();
    } catch (err) {
      this.options.logger.warn('hosts cannot read its file', { file: this.options.path, retryMs: this.options.intervalMs, err });
    }
  }

  /** Ends the looking. */
  async stop(): Promise<void> {
    await this.file.stop();
  }

  private tableOf(text: string): HostsTable {
    const { zones, inline, withReverse } = this.options;
    return new HostsTable(entriesOf([...text.split('\n').map((line) => readHostsLine(line)), ...inline], zones), { withReverse });
  }
}

function* entriesOf(lines: readonly (HostsLine | undefined)[], zones: ZoneList): Generator<HostEntry> {
  for (const line of lines) {
    if (line === undefined) continue;
    for (const name of line.names) if (zones.match(name) !== undefined) yield { address: line.address, name };
  }
}
