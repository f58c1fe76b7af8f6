import { describe, expect, it } from 'vitest';
import { WaitingList } from './waiting-list.ts';

describe('WaitingList', () => {
  it('keeps the place of whoever goes on waiting for a topic', () => {
    const list = new WaitingList();
    list.set('a', ['pools', 'pool lan IPv4']);
    list.set('b', ['pools', 'pool lan IPv4']);
    list.set('a', ['pools', 'address 192.0.2.1']);
    list.set('a', ['pools', 'pool lan IPv4']);
    expect([...list.on('pools')]).toEqual(['a', 'b']);
    expect([...list.on('pool lan IPv4')]).toEqual(['b', 'a']);
    expect([...list.on('address 192.0.2.1')]).toEqual([]);
    list.set('a', []);
    expect([...list.on('pools')]).toEqual(['b']);
  });
});
