import { expect, test } from 'vitest';
import { keepCompany } from './company.ts';

function working(log: string[], name: string) {
  const end = Promise.withResolvers<string>();
  const work = () => {
    log.push(name);
    return end.promise;
  };
  return { work, end: () => end.resolve(name), fail: () => end.reject(new Error(name)) };
}
const soon = () => new Promise((resolve) => setImmediate(resolve));

test('work has company; what must be alone waits for what runs, and nothing begins meanwhile', async () => {
  const company = keepCompany();
  const log: string[] = [];
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => working(log, name));
  const beside = [company.run(false, a.work), company.run(false, b.work)];
  const alone = company.run(true, c.work);
  expect(await company.run(false, d.work)).toBeNull();
  expect(await company.run(true, d.work)).toBeNull();
  let isOpen = false;
  void company.whenOpen().then(() => (isOpen = true));
  a.end();
  await beside[0];
  await soon();
  expect(log).toEqual(['a', 'b']);
  b.end();
  expect(await beside[1]).toBe('b');
  await soon();
  expect(log).toEqual(['a', 'b', 'c']);
  expect(await company.run(false, d.work)).toBeNull();
  expect(isOpen).toBe(false);
  c.end();
  expect(await alone).toBe('c');
  await soon();
  expect(isOpen).toBe(true);
  d.end();
  expect(await company.run(false, d.work)).toBe('d');
});

test('work that fails leaves its place', async () => {
  const company = keepCompany();
  const log: string[] = [];
  const [a, b] = ['a', 'b'].map((name) => working(log, name));
  const failing = company.run(true, a.work);
  a.fail();
  await expect(failing).rejects.toThrow('a');
  b.end();
  expect(await company.run(true, b.work)).toBe('b');
  await company.whenOpen();
});
