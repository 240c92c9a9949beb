/** Where parts and results lie: a flat space of keys with `/` in them, each object written whole or not at all. */
export interface ObjectStore {
  /** The object's bytes, or null where there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /** Exactly `length` bytes from `offset` of an object that is there. */
  getRange(key: string, offset: number, length: number): Promise<Uint8Array>;
  /** Replaces the object; a reader sees the old bytes or the new ones, never a mixture. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** As `put`, for an object that is written piece by piece. */
  putStream(key: string, write: (sink: ObjectSink) => Promise<void>): Promise<void>;
  /** Length in bytes, or null where there is none. */
  size(key: string): Promise<number | null>;
  /** Keys that begin with the prefix, sorted. */
  list(prefix: string): Promise<string[]>;
  /** The same in any order, a page at a time: for a walk through more keys than should be held at once. */
  keys(prefix: string): AsyncIterable<string>;
  /** Length of all objects together whose keys begin with the prefix. */
  bytes(prefix: string): Promise<number>;
  /** Removes the object; nothing happens where there is none. */
  delete(key: string): Promise<void>;
}

/** All of them, sorted. */
export async function sortedKeys(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all.sort();
}

/** Takes the bytes of an object in order. */
export interface ObjectSink {
  write(bytes: Uint8Array): Promise<void>;
}

const keyForm = /^[A-Za-z0-9][A-Za-z0-9._=-]*(\/[A-Za-z0-9][A-Za-z0-9._=-]*)*$/;

/** Keys become paths and URLs: nothing that climbs, hides or needs escaping. */
export function checkKey(key: string): string {
  if (key.length > 512 || !keyForm.test(key)) throw new Error(`not an object key: ${JSON.stringify(key.slice(0, 80))}`);
  return key;
}
