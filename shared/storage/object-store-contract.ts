import { beforeEach, describe, expect, test } from 'vitest';
import { sortedKeys, type ObjectStore } from './object-store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array | null) => (data === null ? null : new TextDecoder().decode(data));

/** What every adapter of the port promises; `open` gives an empty store. */
export function objectStoreContract(name: string, open: () => Promise<ObjectStore>): void {
  describe(`the object store ${name}`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await open();
    });

    test('gives back what was put, and null where nothing is', async () => {
      await store.put('a/b.txt', bytes('hello'));
      expect(text(await store.get('a/b.txt'))).toBe('hello');
      expect(await store.size('a/b.txt')).toBe(5);
      expect(await store.get('a/none')).toBeNull();
      expect(await store.size('a/none')).toBeNull();
      await store.put('empty', new Uint8Array(0));
      expect(await store.size('empty')).toBe(0);
    });

    test('gives exactly the bytes of a range, or an error', async () => {
      await store.put('range', bytes('0123456789'));
      expect(text(await store.getRange('range', 3, 4))).toBe('3456');
      expect(text(await store.getRange('range', 0, 10))).toBe('0123456789');
      expect(await store.getRange('range', 4, 0)).toHaveLength(0);
      await expect(store.getRange('range', 8, 4)).rejects.toThrow();
      await expect(store.getRange('range', 10, 1)).rejects.toThrow();
      await expect(store.getRange('none', 0, 0)).rejects.toThrow();
      await expect(store.getRange('none', 0, 1)).rejects.toThrow();
    });

    test('replaces an object whole: a reader sees the old bytes or the new ones', async () => {
      const versions = ['x', 'y'].map((letter) => letter.repeat(300_000));
      await store.put('whole', bytes(versions[0]));
      const writes = Array.from({ length: 20 }, (_, i) => store.put('whole', bytes(versions[i % 2])));
      const reads = Array.from({ length: 40 }, () => store.get('whole'));
      for (const read of await Promise.all(reads)) expect(versions).toContain(text(read));
      await Promise.all(writes);
    });

    test('writes piece by piece; what breaks off leaves nothing, or what was there', async () => {
      await store.putStream('stream', async (sink) => {
        for (const piece of ['one ', 'two ', 'three']) await sink.write(bytes(piece));
      });
      expect(text(await store.get('stream'))).toBe('one two three');
      const broken = store.putStream('stream', async (sink) => {
        await sink.write(bytes('half'));
        throw new Error('broke off');
      });
      await expect(broken).rejects.toThrow('broke off');
      expect(text(await store.get('stream'))).toBe('one two three');
      const unborn = store.putStream('unborn', () => Promise.reject(new Error('broke off')));
      await expect(unborn).rejects.toThrow('broke off');
      expect(await store.get('unborn')).toBeNull();
      expect(await store.list('')).toEqual(['stream']);
    });

    test('lists keys by prefix, sorted, and forgets what is deleted', async () => {
      for (const key of ['p/2', 'p/10', 'p/1/x', 'q/1']) await store.put(key, bytes(key));
      expect(await store.list('p/')).toEqual(['p/1/x', 'p/10', 'p/2']);
      await store.delete('p/10');
      await store.delete('p/never');
      expect(await store.list('p/')).toEqual(['p/1/x', 'p/2']);
      expect(await store.list('z')).toEqual([]);
      expect(await store.list('z/y/')).toEqual([]);
      expect(await store.list('p/1')).toEqual(['p/1/x']);
    });

    walks(() => store);

    test('adds up what lies under a prefix', async () => {
      for (const [key, length] of Object.entries({ 'p/a': 3, 'p/b/c': 40, pq: 500, q: 6000 }))
        await store.put(key, new Uint8Array(length));
      const sums = await Promise.all(['p/', 'p', '', 'none/'].map((prefix) => store.bytes(prefix)));
      expect(sums).toEqual([43, 543, 6543, 0]);
    });

    test.each(['', '/a', 'a/', '../a', 'a/../b', 'a//b', '.hidden', 'a/.b', 'a b', 'a\u0000', 'ä', 'a'.repeat(600)])(
      'refuses the key %j',
      async (key) => {
        await expect((async () => store.put(key, bytes('x')))()).rejects.toThrow('not an object key');
        await expect((async () => store.get(key))()).rejects.toThrow('not an object key');
      },
    );
  });
}

function walks(open: () => ObjectStore): void {
  test('walks through keys, as many as there are, and lets a walk be left', async () => {
    const store = open();
    const keys = Array.from({ length: 30 }, (_, n) => `w/${n % 3}/${n}`);
    for (const key of [...keys, 'other']) await store.put(key, bytes(key));
    expect(await sortedKeys(store.keys('w/'))).toEqual([...keys].sort());
    expect(await sortedKeys(store.keys('w/1/1'))).toHaveLength(5);
    expect(await sortedKeys(store.keys('none/'))).toEqual([]);
    let seen = 0;
    for await (const key of store.keys('')) {
      await store.delete(key);
      if (++seen === 5) break;
    }
    expect(await store.list('')).toHaveLength(26);
  });
}
