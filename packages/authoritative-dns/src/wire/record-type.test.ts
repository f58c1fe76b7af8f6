import { describe, expect, it } from 'vitest';

import { isMetaType, recordClassCode, recordClassName, recordTypeCode, recordTypeName, recordTypes } from './record-type.ts';

describe('names of record types and classes', () => {
  it('lead to their codes in any case, and back', () => {
    for (const [name, code] of Object.entries(recordTypes)) {
      expect(recordTypeCode(name.toLowerCase())).toBe(code);
      expect(recordTypeName(code)).toBe(name);
    }
    for (const name of ['IN', 'CH', 'HS', 'NONE', 'ANY']) expect(recordClassName(recordClassCode(name.toLowerCase()) ?? 0)).toBe(name);
  });

  it.each([
    ['TYPE65280', 65280],
    ['type1', 1],
    ['TYPE65536', undefined],
    ['TYPE', undefined],
    ['TYPE-1', undefined],
    ['toString', undefined],
    ['', undefined],
  ])('the type %s is %s', (name, code) => {
    expect(recordTypeCode(name)).toBe(code);
  });

  it.each([
    ['CLASS32', 32],
    ['Chaos', 3],
    ['CLASS70000', undefined],
    ['INN', undefined],
  ])('the class %s is %s', (name, code) => {
    expect(recordClassCode(name)).toBe(code);
  });

  it('writes codes without a name as RFC 3597 does', () => {
    expect([recordTypeName(65280), recordClassName(32)]).toEqual(['TYPE65280', 'CLASS32']);
  });

  it('tells types that cannot stand in a zone', () => {
    const meta = Object.entries(recordTypes).filter(([, code]) => isMetaType(code));
    expect(meta.map(([name]) => name)).toEqual(['OPT', 'NXNAME', 'TKEY', 'TSIG', 'IXFR', 'AXFR', 'MAILB', 'MAILA', 'ANY']);
  });
});
