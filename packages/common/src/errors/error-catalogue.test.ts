import { describe, expect, test } from 'vitest';

import { clusterErrors } from './catalogue/cluster.ts';
import { configErrors } from './catalogue/config.ts';
import { dnsErrors } from './catalogue/dns.ts';
import { installErrors } from './catalogue/install.ts';
import { modelErrors } from './catalogue/model.ts';
import { runtimeErrors } from './catalogue/runtime.ts';
import { storeErrors } from './catalogue/store.ts';
import { type ErrorCode, type ErrorEntry, errorCatalogue, isSeamarkError, messageOf, SeamarkError } from './index.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

const areas: readonly (readonly [string, Readonly<Record<string, ErrorEntry>>])[] = [
  ['Configuration', configErrors],
  ['Values', modelErrors],
  ['Cluster', clusterErrors],
  ['Store', storeErrors],
  ['Process', runtimeErrors],
  ['DNS', dnsErrors],
  ['Installation', installErrors],
];

/** docs/reference/errors.md, whole. */
function reference(): string {
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);
  const rows = (area: Readonly<Record<string, ErrorEntry>>): string =>
    Object.entries(area)
      .map(([code, { meaning, remedy }]) => `| ${code} | ${cell(meaning)} | ${cell(remedy)} |`)
      .join('\n');
  return `# Errors

Every error that Seamark throws on purpose carries one of these codes. Match the code, never the message.

This page is written by the test of the catalogue: \`vitest run -u --project common packages/common/src/errors\`.
${areas.map(([title, area]) => `\n## ${title}\n\n| code | meaning | what to do |\n| --- | --- | --- |\n${rows(area)}\n`).join('')}`;
}

describe('the catalogue of errors', () => {
  test('docs/reference/errors.md has the same rows', async () => {
    await expect(reference()).toMatchFileSnapshot('../../../../docs/reference/errors.md');
  });

  test('no code stands in two areas', () => {
    expect(areas.flatMap(([, area]) => Object.keys(area)).toSorted()).toEqual(codes.toSorted());
  });

  test.each(codes)('%s has a well-formed code and two sentences', (code) => {
    expect(code).toMatch(/^SM(?:_[A-Z]+)+$/);
    expect(errorCatalogue[code].meaning).toMatch(/^[A-Z].*\.$/);
    expect(errorCatalogue[code].remedy).toMatch(/^[A-Z].*\.$/);
  });
});

describe('SeamarkError', () => {
  test('carries code, cause, and the catalogue’s remedy unless it has a better one', () => {
    const cause = new Error('cause');
    const error = new SeamarkError('SM_ADDRESS_INVALID', 'bad', { cause });
    expect({ code: error.code, message: error.message, cause: error.cause, remedy: error.remedy }).toEqual({
      code: 'SM_ADDRESS_INVALID',
      message: 'bad',
      cause,
      remedy: errorCatalogue.SM_ADDRESS_INVALID.remedy,
    });
    expect(new SeamarkError('SM_ADDRESS_INVALID', 'bad', { remedy: 'do this' }).remedy).toBe('do this');
    expect('cause' in new SeamarkError('SM_ADDRESS_INVALID', 'bad')).toBe(false);
  });

  test('is recognised by brand, also from another copy of the package, and by code', () => {
    const foreign = Object.assign(new Error('x'), { code: 'SM_NAME_INVALID', [Symbol.for('seamark.error')]: true });
    expect(isSeamarkError(foreign)).toBe(true);
    expect(isSeamarkError(foreign, 'SM_NAME_INVALID')).toBe(true);
    expect(isSeamarkError(foreign, 'SM_ADDRESS_INVALID')).toBe(false);
    for (const other of [new Error('x'), { code: 'SM_NAME_INVALID' }, null, undefined, 'SM_NAME_INVALID'])
      expect(isSeamarkError(other)).toBe(false);
  });

  test('the message of anything that was thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined)]).toEqual(['a', 'b', 'undefined']);
  });
});
