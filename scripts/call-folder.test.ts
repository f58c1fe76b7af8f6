import { expect, test } from 'vitest';

import { callFolder } from './lib/call-folder.mjs';

test.each([
  ['npm run seamark', { npm_lifecycle_event: 'seamark', INIT_CWD: '/where/npm/was/called' }, '/where/npm/was/called'],
  ['node scripts/seamark.mjs', {}, '/here'],
  ['another script of npm', { npm_lifecycle_event: 'test', INIT_CWD: '/where/npm/was/called' }, '/here'],
])('paths of `%s` start where it was called', (_call, env, folder) => {
  expect(callFolder('seamark', env, '/here')).toBe(folder);
});
