import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', 'example.org/size': '12', empty: '' };

describe('label selectors', () => {
  test.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web', true],
    ['app=api', false],
    ['app!=api', true],
    ['absent!=x', true],
    ['app in (web, api)', true],
    ['app in (api)', false],
    ['app notin (api,db)', true],
    ['absent notin (api)', true],
    ['app', true],
    ['absent', false],
    ['!absent', true],
    ['!app', false],
    ['empty=', true],
    ['example.org/size>9', true],
    ['example.org/size<9', false],
    ['app>1', false],
    ['app=web,tier in (front,back),!absent', true],
    ['app=web,tier=back', false],
  ])('%s is %s', (selector, expected) => {
    expect(parseLabelSelector(selector, 'label filter')(labels)).toBe(expected);
  });

  test.each([['app in (a b)'], ['app in'], ['=web'], ['app=a=b'], ['a b'], ['app in (a'], ['app,'], ['-x=1']])(
    '%s is refused',
    (selector) => {
      expect(() => parseLabelSelector(selector, 'label filter')).toThrow(expect.objectContaining({ code: 'SM_CONFIG_INVALID' }));
    },
  );
});
