import type { Logger } from '@seamark/common/observability';

import { fileProblem } from '../../corefile/arguments/read-file-of.ts';
import { PolledFiles } from '../polled-files.ts';
import type { ZoneList } from '../zone-list.ts';
import { type HostEntry, HostsTable } from './hosts-table.ts';
import { type HostsLine, hostsLineProblem, readHostsLine } from './hosts-text.ts';

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

/** Lines that a warning names. */
const namedLines = 5;

/** The entries of a hosts file and of the Corefile together, kept as fresh as the file is looked at. */
export class HostsSource {
  table: HostsTable;
  private readonly options: HostsSourceOptions;
  private readonly file: PolledFiles;

  constructor(options: HostsSourceOptions) {
    const { path, intervalMs, logger } = options;
    this.options = options;
    this.table = this.tableOf('');
    this.file = new PolledFiles({
      paths: [path],
      intervalMs,
      onContent: ([text = ''], modifiedMs) => {
        const before = this.table;
        this.table = this.tableOf(text);
        options.onTable(this.table, before, modifiedMs);
      },
      onProblem: (error) =>
        logger.warn(`hosts cannot read its file any more: ${fileProblem(error)}; the entries that it has are kept`, { file: path }),
    });
  }

  /** Reads the file and goes on looking at it. Without the file, the lines of the Corefile are served alone. */
  async start(): Promise<void> {
    try {
      await this.file.start();
    } catch (error) {
      const { path, intervalMs, logger } = this.options;
      const until = intervalMs === 0 ? '' : ' until it can';
      logger.warn(`hosts cannot read its file: ${fileProblem(error)}; lines of the Corefile are served alone${until}`, { file: path });
    }
  }

  /** Ends the looking. */
  async stop(): Promise<void> {
    await this.file.stop();
  }

  private tableOf(text: string): HostsTable {
    const { path, zones, inline, withReverse, logger } = this.options;
    const problems: string[] = [];
    let ignored = 0;
    const lines = text.split('\n').map((line, at) => {
      const read = readHostsLine(line);
      const problem = hostsLineProblem(line, read);
      if (problem !== undefined && ++ignored <= namedLines) problems.push(`${path}:${at + 1}: ${problem}`);
      return read;
    });
    const more = ignored > namedLines ? `; and ${ignored - namedLines} more` : '';
    if (ignored > 0) logger.warn(`hosts ignores what is no entry: ${problems.join('; ')}${more}`);
    return new HostsTable(entriesOf([...lines, ...inline], zones), { withReverse });
  }
}

function* entriesOf(lines: readonly (HostsLine | undefined)[], zones: ZoneList): Generator<HostEntry> {
  for (const line of lines) {
    if (line === undefined) continue;
    for (const name of line.names) if (zones.match(name) !== undefined) yield { address: line.address, name };
  }
}
