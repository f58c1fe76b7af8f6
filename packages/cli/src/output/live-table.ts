import { stripVTControlCharacters } from 'node:util';
import { formatObjectRef } from '@seamark/common';
import { formatDecision, type ReasonStream } from '@seamark/common/reasons';
import pc from 'picocolors';
import { type RowRecord, rowsOf, type ServiceRow } from './service-row.ts';
import { textTable } from './text-table.ts';

/** Looks a name up in the running name server: what a client would be answered. */
export type AnswerLookup = (name: string, type: string) => readonly string[];

/** Options of {@link showLiveTable}. */
export interface LiveTableOptions {
  readonly reasons: ReasonStream;
  readonly answer: AnswerLookup;
  /** First lines, such as where DNS is answered. */
  readonly header: readonly string[];
  readonly output: NodeJS.WriteStream;
}

/** Redraws the table in place at most ten times a second, and only when a decision changed: an idle system draws nothing. */
export function showLiveTable(options: LiveTableOptions): Disposable {
  const { output } = options;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    // A terminal that does not know its size says 0.
    const height = Math.max((output.rows || 24) - 1, 5);
    const width = output.columns || 80;
    const { table, warnings } = renderRows(rowsOf(options.reasons), options.answer, width);
    const shown = fitHeight([...options.header, ''], table, warnings, height);
    // Clear what lies below and right of each line instead of the screen: no flicker.
    output.write(`\u001b[H${shown.map((line) => `${clip(line, width)}\u001b[K`).join('\n')}\u001b[J`);
  };
  const schedule = (): void => {
    timer ??= setTimeout(draw, 100);
  };
  output.write('\u001b[2J');
  draw();
  const subscription = options.reasons.subscribe(schedule);
  output.on('resize', schedule);
  return {
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      output.off('resize', schedule);
      clearTimeout(timer);
      draw();
      output.write('\n');
    },
  };
}

/** The table in lines of at most `width`, and what needs somebody's attention. */
export interface RenderedRows {
  readonly table: readonly string[];
  readonly warnings: readonly string[];
}

/** Renders rows; in a narrow terminal the pool goes first, then the object's name is shortened: names and answers stay. */
export function renderRows(rows: readonly ServiceRow[], answer: AnswerLookup, width: number): RenderedRows {
  const shown = rows.filter((row) => row.addresses.length > 0 || row.records.length > 0);
  const cells = shown.flatMap((row) => {
    const records = row.records.length === 0 ? [undefined] : row.records;
    return records.map((record, index) => [
      index === 0 ? formatObjectRef(row.object) : '',
      index === 0 ? row.addresses.join(', ') : '',
      index === 0 ? (row.pool ?? '') : '',
      record === undefined ? '' : record.name,
      record === undefined ? '' : describeAnswer(record, answer),
    ]);
  });
  const [head, ...body] = textTable(...fitWidth(['OBJECT', 'ADDRESS', 'POOL', 'NAME', 'ANSWER'], cells, width));
  const warnings = rows.flatMap((row) => row.warnings.map((decision) => `${pc.yellow('!')} ${formatDecision(decision)}`));
  return { table: [pc.bold(head ?? ''), ...body], warnings };
}

const poolColumn = 2;
const shortestObject = 16;

function fitWidth(
  header: readonly string[],
  cells: readonly (readonly string[])[],
  width: number,
): [readonly string[], readonly (readonly string[])[]] {
  const excess = (): number => {
    const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
    return widths.reduce((sum, each) => sum + each + 2, -2) - width;
  };
  if (excess() > 0) {
    header = header.toSpliced(poolColumn, 1);
    cells = cells.map((row) => row.toSpliced(poolColumn, 1));
  }
  const over = excess();
  if (over > 0) {
    const longest = Math.max(...cells.map((row) => row[0]?.length ?? 0));
    const room = Math.max(shortestObject, longest - over);
    cells = cells.map(([object = '', ...rest]) => [object.length > room ? `${object.slice(0, room - 1)}…` : object, ...rest]);
  }
  return [header, cells];
}

/** A third of the room is kept for warnings, as far as there are any; what does not fit is counted. */
function fitHeight(header: readonly string[], table: readonly string[], warnings: readonly string[], height: number): readonly string[] {
  const room = height - header.length;
  const forWarnings = warnings.length === 0 ? 0 : Math.max(Math.min(warnings.length + 1, Math.floor(room / 3)), room - table.length);
  return [...header, ...cut(table, room - forWarnings), ...(warnings.length === 0 ? [] : ['', ...cut(warnings, forWarnings - 1)])];
}

function cut(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  return room < 1 ? [] : [...lines.slice(0, room - 1), pc.dim(`… ${lines.length - room + 1} more`)];
}

function describeAnswer(record: RowRecord, answer: AnswerLookup): string {
  const given = answer(record.name, record.type);
  return given.length === 0 ? pc.dim(`${record.type} …`) : `${record.type} ${given.join(', ')}`;
}

function clip(line: string, width: number): string {
  const visible = stripVTControlCharacters(line);
  if (visible.length <= width) return line;
  // Colours only stand at the beginning of a line that may be too long.
  return `${visible.slice(0, width - 1)}…`;
}
