import { describe, expect, test } from 'vitest';
import { hashPassword, isPassword, nobodysHash } from './password.ts';

// Made by argon2-cffi 25.1.0, which wraps the reference implementation: once with the cost used here, once with another.
const reference = [
  [
    'correct horse battery',
    '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$69I7qCjDTsQwhQqFvpQJiqEI0lGQvxC84fXE0Ktxca4',
  ],
  ['pässwörd-漢字', '$argon2id$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$9j0wPuXFJvU9QDDjCmfZeeCnw4KwZjB6'],
];

describe('passwords', () => {
  test.each(reference)('agree with the reference implementation: %s', async (password, phc) => {
    expect(await isPassword(password, phc)).toBe(true);
    expect(await isPassword(`${password}x`, phc)).toBe(false);
    expect(await isPassword('', phc)).toBe(false);
  });

  test('are hashed to the very text of the reference', async () => {
    expect(await hashPassword(reference[0][0], Buffer.from('0123456789abcdef'))).toBe(reference[0][1]);
  });

  test('get a salt of their own', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).not.toBe(two);
    expect(await isPassword('correct horse', two)).toBe(true);
  });

  test('are the same in either spelling of Unicode', async () => {
    expect(await isPassword('pa\u0308sswo\u0308rd-漢字', reference[1][1])).toBe(true);
  });

  test('nobody has the password of nobody, and looking takes the same work', async () => {
    expect(await isPassword('', nobodysHash)).toBe(false);
    const cost = /\$m=.*?\$/;
    expect(cost.exec(nobodysHash)?.[0]).toBe(cost.exec(await hashPassword('correct horse'))?.[0]);
  });

  test.each([
    ['another algorithm', '$argon2i$v=19$m=4096,t=3,p=1$c2FsdHNhbHRzYWx0$9j0wPuXFJvU9QDDjCmfZeeCnw4KwZjB6'],
    ['bcrypt', '$2b$12$abcdefghijklmnopqrstuuxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
    ['too much memory', '$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHRzYWx0$9j0wPuXFJvU9QDDjCmfZeeCnw4KwZjB6'],
    ['too many passes', '$argon2id$v=19$m=4096,t=999,p=1$c2FsdHNhbHRzYWx0$9j0wPuXFJvU9QDDjCmfZeeCnw4KwZjB6'],
    ['nothing', ''],
  ])('a stored hash of %s is an error, not a no', async (_name, phc) => {
    await expect(isPassword('correct horse', phc)).rejects.toThrow('password hash');
  });
});
