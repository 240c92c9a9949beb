import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { en, type Key } from './en.ts';
import { fill, messageIn } from './message.ts';
import { nd } from './nd.ts';
import { sn } from './sn.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
const texts = globSync('**/*.{ts,tsx}', { cwd: source })
  .filter((name) => !name.includes('.test.') && !name.startsWith('i18n/en') && !name.startsWith('api/schema'))
  .map((name) => readFileSync(`${source}/${name}`, 'utf8'));

const all = (pattern: RegExp) => new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1])));

/** Any text of the form of a key that stands in quotes is a use: keys are also handed on. */
const quoted = all(/['"]([a-z][A-Za-z]*(?:\.[A-Za-z0-9-]+)+)['"]/g);
/** `prefix.${...}` uses all that begin with it. */
const prefixes = [...all(/`([a-z][A-Za-z]*(?:\.[A-Za-z0-9-]+)*\.)\$\{/g)];
const called = all(/\bt\(\s*['"]([^'"]+)['"]/g);
const counted = all(/\btn\(\s*['"]([^'"]+)['"]/g);
const keys = Object.keys(en) as Key[];

describe('the catalog', () => {
  test('has every text that is asked for', () => {
    const asked = [...called, ...[...counted].flatMap((key) => [`${key}.one`, `${key}.other`])];
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter((key) => !Object.hasOwn(en, key))).toEqual([]);
  });

  test('has none that nobody asks for', () => {
    const isUsed = (key: string) =>
      quoted.has(key) ||
      called.has(key) ||
      counted.has(key.replace(/\.(one|other)$/, '')) ||
      prefixes.some((prefix) => key.startsWith(prefix));
    expect(keys.filter((key) => !isUsed(key))).toEqual([]);
  });

  test.each(Object.entries({ sn, nd }))('of %s has no parameters but those of English', (_name, catalog) => {
    const params = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    const differing = (Object.keys(catalog) as Key[]).filter(
      (key) => params(messageIn(catalog, key)).join() !== params(en[key]).join(),
    );
    expect(differing).toEqual([]);
  });
});

test('what is not translated is said in English', () => {
  expect(messageIn({}, 'brand')).toBe(en.brand);
  expect(messageIn({ brand: 'X' }, 'brand')).toBe('X');
});

test('parameters are put in as they are, once', () => {
  expect(fill('{a} and {b} of {c}', { a: '{b}', b: '$& <i>' })).toBe('{b} and $& <i> of {c}');
});
