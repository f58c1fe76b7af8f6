import { describe, expect, it } from 'vitest';
import { SeamarkError } from '../errors/index.ts';
import { createLogger } from './create-logger.ts';

function logged(format: 'text' | 'json', write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  write(createLogger({ format, color: false, level: 'debug', destination: { write: (line) => (text += line) } }));
  return text;
}

describe('logger', () => {
  it('writes one line that a person can read', () => {
    const line = logged('text', (logger) => logger.child('dns-sync').warn('no record', { name: 'web.example.org', attempt: 2 }));
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}WARN {3}dns-sync {2}no record {2}name=web\.example\.org {2}attempt=2\n$/);
  });

  it('writes JSON with level, component, code and causes of an error', () => {
    const error = new SeamarkError('SM_STORE_UNAVAILABLE', 'etcd does not answer', { cause: new Error('ECONNREFUSED') });
    const record = JSON.parse(logged('json', (logger) => logger.child('store').error('retrying', { err: error }))) as Record<
      string,
      unknown
    >;
    expect(record).toMatchObject({
      level: 'error',
      component: 'store',
      msg: 'retrying',
      err: { code: 'SM_STORE_UNAVAILABLE', message: 'etcd does not answer', causes: ['ECONNREFUSED'] },
    });
  });

  it('names one component, that of the last child, once', () => {
    const line = logged('json', (logger) => logger.child('authoritative-dns').child('etcd').info('connected'));
    expect(line.match(/"component":"[^"]*"/g)).toEqual(['"component":"etcd"']);
  });

  it.each(['password', 'token', 'secret'])('never writes a member called %s', (member) => {
    expect(logged('json', (logger) => logger.info('connecting', { [member]: 'hunter2', nested: { [member]: 'hunter2' } }))).not.toContain(
      'hunter2',
    );
  });
});
