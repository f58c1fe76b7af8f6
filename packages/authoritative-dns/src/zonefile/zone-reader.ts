import { dnsNameToWire, type ParseResult } from '@seamark/common/model';

import { closestWord } from '../corefile/closest-word.ts';
import { classIn, classNone } from '../wire/protocol-codes.ts';
import { nameProblem, writeNameText } from '../wire/presentation/name-text.ts';
import { OctetBuilder } from '../wire/presentation/octet-builder.ts';
import { appendRdata } from '../wire/presentation/rdata-text.ts';
import { FieldReader, type TextField } from '../wire/presentation/text-field.ts';
import { TextLexer } from '../wire/presentation/text-lexer.ts';
import { parseTtl } from '../wire/presentation/ttl-text.ts';
import { isMetaType, recordClassCode, recordClassName, recordTypeCode, recordTypes } from '../wire/record-type.ts';
import { expandTemplate, type GenerateRange, parseRange, rangeCount } from './generate.ts';
import { OctetSlab } from './octet-slab.ts';
import type { ZoneProblem, ZoneRecord } from './zone-record.ts';

const typeNames = Object.keys(recordTypes).map((name) => name.toLowerCase());

/** Largest TTL (RFC 2181 8). */
const maxTtlSeconds = 0x7fff_ffff;

/** A file that `$INCLUDE` names. */
export interface IncludedFile {
  /** Its name for messages, and what its own includes are relative to. */
  readonly file: string;
  /** One character per octet. */
  readonly text: string;
}

/** Options of {@link ZoneReader}. */
export interface ZoneReaderOptions {
  /** What relative names end in until $ORIGIN says otherwise. Default: none, and relative names are errors. */
  readonly origin?: string | undefined;
  /** Name of the file for messages. Default `zone`. */
  readonly file?: string | undefined;
  /** TTL of records before which no TTL stands. Default: as BIND, the SOA's minimum, else an error. */
  readonly defaultTtlSeconds?: number | undefined;
  /** Class of the zone; records of another are errors. Default IN. */
  readonly class?: number | undefined;
  /** Reads a file that $INCLUDE names in `from`. Default: $INCLUDE is an error. */
  readonly include?: ((path: string, from: string) => ParseResult<IncludedFile>) | undefined;
  /** Files within files. Default 10. */
  readonly maxIncludeDepth?: number | undefined;
  /** Most records of one $GENERATE. Default 1,048,576. */
  readonly maxGenerated?: number | undefined;
  /** Reading stops at so many problems. Default 100. */
  readonly maxProblems?: number | undefined;
}

/** A file that is being read. */
interface Source {
  readonly lexer: TextLexer;
  readonly file: string;
  origin: Uint8Array | undefined;
  owner: Uint8Array | undefined;
  ownerText: string;
}

interface Generating {
  readonly range: GenerateRange;
  readonly line: number;
  /** The words behind the range: owner, [TTL] [class] type, data. */
  readonly template: readonly TextField[];
  number: number;
}

/** Says "the record was refused, and a problem noted". */
const refused = Symbol('refused');

/**
 * Reads a zone file record by record (RFC 1035 5, $TTL of RFC 2308 4, $GENERATE of BIND, unknown types of RFC 3597). A line that
 * cannot be read is noted in {@link ZoneReader.problems}, and reading goes on behind it, so one pass finds all of them.
 */
export class ZoneReader {
  readonly problems: ZoneProblem[] = [];
  private readonly options: ZoneReaderOptions;
  private readonly sources: Source[] = [];
  private readonly slab = new OctetSlab();
  private readonly builder = new OctetBuilder();
  private defaultTtl: number | undefined;
  private lastTtl: number | undefined;
  private generating: Generating | undefined;
  private stopped = false;

  /** `text` has one character per octet. Throws SM_NAME_INVALID for an origin that is not a name. */
  constructor(text: string, options: ZoneReaderOptions = {}) {
    this.options = options;
    const origin = options.origin === undefined ? undefined : dnsNameToWire(options.origin);
    const lexer = new TextLexer(text.startsWith('\u00ef\u00bb\u00bf') ? text.slice(3) : text); // UTF-8's byte order mark
    this.sources.push({ lexer, file: options.file ?? 'zone', origin: lowerCased(origin), owner: undefined, ownerText: '' });
  }

  /** The next record; `undefined` at the end. */
  next(): ZoneRecord | undefined {
    while (!this.stopped) {
      const source = this.sources.at(-1);
      if (source === undefined) return undefined;
      if (this.generating !== undefined) {
        const record = this.generate(source, this.generating);
        if (record !== undefined) return record;
        continue;
      }
      const { lexer } = source;
      if (!lexer.next()) {
        this.sources.pop();
        continue;
      }
      if (lexer.problem !== undefined) {
        this.fail(source, `the entry ${lexer.problem.problem}`, lexer.problem.line);
        continue;
      }
      const first = lexer.fields[0] as TextField;
      if (!lexer.startsBlank && !first.quoted && first.text.charCodeAt(0) === 0x24) {
        this.directive(source, first.text);
        continue;
      }
      const record = this.record(source, lexer.fields, lexer.startsBlank ? 0 : 1, lexer.line);
      if (record !== refused) return record;
    }
    return undefined;
  }

  /** Reads owner, [TTL] [class] type and data; `start` is 0 when the owner is that of the record before. */
  private record(source: Source, fields: readonly TextField[], start: 0 | 1, line: number): ZoneRecord | typeof refused {
    const owner = start === 0 ? source.owner : this.owner(source, (fields[0] as TextField).text, line);
    if (owner === undefined) {
      // Lines that go on with an owner that was refused are not problems of their own.
      if (start === 0 && source.ownerText === '') this.fail(source, 'the record starts with a blank, and no owner stands before it', line);
      return refused;
    }
    let at: number = start;
    let ttl: number | undefined;
    let recordClass: number | undefined;
    let type: number | undefined;
    for (; at < fields.length; at++) {
      const { text } = fields[at] as TextField;
      const digit = text.charCodeAt(0);
      if (ttl === undefined && digit >= 0x30 && digit <= 0x39) {
        ttl = parseTtl(text);
        if (ttl < 0 || ttl > maxTtlSeconds) {
          return this.fail(source, `"${text}" is not a TTL: seconds up to ${maxTtlSeconds}, or like 1h30m`, source.lexer.lines[at] ?? line);
        }
        continue;
      }
      const code = recordClass === undefined ? recordClassCode(text) : undefined;
      if (code === undefined || code >= classNone) {
        type = recordTypeCode(text);
        break;
      }
      recordClass = code;
    }
    const typeField = fields[at];
    if (typeField === undefined) return this.fail(source, 'the record has no type and data behind its owner', line);
    if (type === undefined) {
      const meant = closestWord(typeField.text, typeNames)?.toUpperCase();
      const hint = meant === undefined ? 'write TYPEnnn for one without a name' : `did you mean ${meant}?`;
      return this.fail(source, `"${typeField.text}" is not a record type; ${hint}`, source.lexer.lines[at] ?? line);
    }
    if (isMetaType(type)) return this.fail(source, `${typeField.text.toUpperCase()} cannot stand in a zone: remove the record`, line);
    const zoneClass = this.options.class ?? classIn;
    if (recordClass !== undefined && recordClass !== zoneClass) {
      const classes = `the zone has class ${recordClassName(zoneClass)}, the record ${recordClassName(recordClass)}`;
      return this.fail(source, `${classes}: leave the class out, or correct it`, line);
    }

    const { builder } = this;
    builder.length = 0;
    const input = new FieldReader(fields, source.origin, at + 1);
    const problem = appendRdata(type, input, builder);
    if (problem !== undefined) return this.fail(source, problem, source.lexer.lines[Math.min(input.next, fields.length) - 1] ?? line);
    const ttlSeconds = ttl ?? this.ttlOfRecord(type, builder);
    if (ttlSeconds === undefined) {
      return this.fail(source, 'the record has no TTL, and none stands before it: write $TTL SECONDS at the start of the file', line);
    }
    if (ttl !== undefined) this.lastTtl = ttl;
    return {
      owner,
      type,
      class: zoneClass,
      ttlSeconds,
      rdata: this.slab.copy(builder.octets, builder.length),
      at: { file: source.file, line },
    };
  }

  private owner(source: Source, text: string, line: number): Uint8Array | undefined {
    if (text === source.ownerText) return source.owner;
    const { builder } = this;
    const end = writeNameText(text, source.origin, builder.octets, 0, true);
    source.ownerText = text;
    source.owner = end < 0 ? undefined : this.slab.copy(builder.octets, end);
    if (end < 0) this.fail(source, `the owner ${nameProblem}`, line);
    return source.owner;
  }

  /** $TTL, else the TTL before (RFC 1035 5.1), else what the SOA says about negative answers. */
  private ttlOfRecord(type: number, rdata: OctetBuilder): number | undefined {
    const known = this.defaultTtl ?? this.lastTtl ?? this.options.defaultTtlSeconds;
    if (known !== undefined || type !== recordTypes.SOA) return known;
    const minimumAt = rdata.length - 4;
    const minimum = new DataView(rdata.octets.buffer).getUint32(minimumAt);
    this.lastTtl = Math.min(minimum, maxTtlSeconds);
    return this.lastTtl;
  }

  private directive(source: Source, word: string): void {
    const { fields, line } = source.lexer;
    const [, argument, second] = fields;
    const name = word.toUpperCase();
    if (name === '$GENERATE') return this.startGenerating(source);
    const most = name === '$INCLUDE' ? 3 : 2;
    if (name !== '$ORIGIN' && name !== '$TTL' && name !== '$INCLUDE') {
      this.fail(
        source,
        `${word} is not a directive; $ORIGIN, $TTL, $INCLUDE and $GENERATE are (an owner that starts with $ is written \\$)`,
        line,
      );
    } else if (argument === undefined || fields.length > most) {
      this.fail(source, `${name} takes ${name === '$INCLUDE' ? 'a file and possibly an origin' : 'one argument'}`, line);
    } else if (name === '$ORIGIN') {
      const origin = this.readOrigin(source, argument.text, name);
      if (origin === undefined) return;
      source.origin = origin;
      if (source.ownerText !== '') source.ownerText = '\n'; // the same text is another name now
    } else if (name === '$TTL') {
      const ttl = parseTtl(argument.text);
      if (ttl < 0 || ttl > maxTtlSeconds)
        this.fail(source, `$TTL "${argument.text}" is not seconds up to ${maxTtlSeconds}, or like 1h30m`, line);
      else this.defaultTtl = ttl;
    } else {
      this.include(source, argument.text, second?.text);
    }
  }

  private readOrigin(source: Source, text: string, directive: string): Uint8Array | undefined {
    const { builder } = this;
    const end = writeNameText(text, source.origin, builder.octets, 0, true);
    if (end >= 0) return this.slab.copy(builder.octets, end);
    this.fail(source, `${directive}: the origin ${nameProblem}`, source.lexer.line);
    return undefined;
  }

  /** The file's own $ORIGIN and last owner end with it; $TTL goes on (as in BIND). */
  private include(source: Source, path: string, originText: string | undefined): void {
    const { line } = source.lexer;
    const { include, maxIncludeDepth = 10 } = this.options;
    if (include === undefined) {
      this.fail(source, '$INCLUDE: this text is not read from a file, so it can include none: put the records here', line);
      return;
    }
    if (this.sources.length > maxIncludeDepth) {
      const chain = [...this.sources.map(({ file }) => file), path].join(' includes ');
      this.fail(source, `$INCLUDE: more than ${maxIncludeDepth} files within files: ${chain}`, line);
      return;
    }
    const origin = originText === undefined ? source.origin : this.readOrigin(source, originText, '$INCLUDE');
    if (originText !== undefined && origin === undefined) return;
    const included = include(path, source.file);
    if (!included.ok) {
      this.fail(source, `$INCLUDE: ${included.problem}`, line);
      return;
    }
    const { file, text } = included.value;
    if (this.sources.some((each) => each.file === file)) {
      this.fail(source, `$INCLUDE: ${file} would include itself: take the line out`, line);
      return;
    }
    this.sources.push({ lexer: new TextLexer(text), file, origin, owner: source.owner, ownerText: source.owner === undefined ? '' : '\n' });
  }

  private startGenerating(source: Source): void {
    const { fields, line } = source.lexer;
    const [, rangeText, ...template] = fields;
    const range = parseRange(rangeText?.text ?? '');
    const { maxGenerated = 1 << 20 } = this.options;
    if (!range.ok) this.fail(source, `$GENERATE: ${range.problem}`, line);
    else if (template.length < 3)
      this.fail(source, '$GENERATE needs a range, an owner, a type and data: $GENERATE 1-254 host$ A 192.0.2.$', line);
    else if (rangeCount(range.value) > maxGenerated) {
      this.fail(
        source,
        `$GENERATE makes ${rangeCount(range.value)} records; ${maxGenerated} is the most: split it, or list the records`,
        line,
      );
    } else this.generating = { range: range.value, line, template, number: range.value.start };
  }

  /** The next record of a $GENERATE; a problem in one ends the directive, since the others have it as well. */
  private generate(source: Source, generating: Generating): ZoneRecord | undefined {
    const { number, range, line } = generating;
    if (number > range.stop) {
      this.generating = undefined;
      return undefined;
    }
    generating.number += range.step;
    const fields: TextField[] = [];
    for (const { text, quoted } of generating.template) {
      const expanded = expandTemplate(text, number);
      if (!expanded.ok) {
        this.generating = undefined;
        this.fail(source, `$GENERATE: ${expanded.problem}`, line);
        return undefined;
      }
      fields.push({ text: expanded.value, quoted });
    }
    const known = this.problems.length;
    const record = this.record(source, splitQuotedData(fields), 1, line);
    if (record !== refused) return record;
    const problem = this.problems[known];
    if (problem !== undefined) this.problems[known] = { ...problem, problem: `$GENERATE at ${number}: ${problem.problem}` };
    this.generating = undefined;
    return undefined;
  }

  private fail(source: Source, problem: string, line: number): typeof refused {
    const { problems, options } = this;
    const at = { file: source.file, line };
    problems.push({ rule: 'syntax', severity: 'error', problem, at });
    if (problems.length >= (options.maxProblems ?? 100)) {
      problems.push({ rule: 'syntax', severity: 'error', problem: 'too many problems: reading stops here', at });
      this.stopped = true;
    }
    return refused;
  }
}

/** BIND takes the data of $GENERATE as one word, quoted when it has blanks: `MX "10 mail$"`. Strings stay as they are. */
function splitQuotedData(fields: TextField[]): readonly TextField[] {
  const last = fields.at(-1) as TextField;
  const type = recordTypeCode(fields.at(-2)?.text ?? '');
  if (!last.quoted || type === undefined || type === recordTypes.TXT || type === recordTypes.SPF || !last.text.includes(' ')) return fields;
  const lexer = new TextLexer(last.text);
  return lexer.next() && lexer.problem === undefined ? [...fields.slice(0, -1), ...lexer.fields] : fields;
}

function lowerCased(name: Uint8Array | undefined): Uint8Array | undefined {
  return name?.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet));
}
