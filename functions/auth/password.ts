import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';

/** OWASP's figures for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const bytes = { salt: 16, tag: 32 };

/** A stored hash may ask for no more than this, so that a row from elsewhere cannot exhaust a process. */
const bounds = { memory: 65_536, passes: 10, parallelism: 4 };

const derive = promisify((parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
  argon2('argon2id', parameters, done),
);

const unpadded = (value: Buffer): string => value.toString('base64').replace(/=+$/, '');

/** Unicode has several spellings of one text; keyboards differ in which they send. */
const messageOf = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8');

/** An argon2id hash in PHC string format, computed in the thread pool. */
export async function hashPassword(password: string, salt = randomBytes(bytes.salt)): Promise<string> {
  const tag = await derive({ ...cost, message: messageOf(password), nonce: salt, tagLength: bytes.tag });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

const phcPattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Whether the password is the one of this PHC string; a string that cannot be used is an error, not a no. */
export async function isPassword(password: string, phc: string): Promise<boolean> {
  const match = phcPattern.exec(phc);
  if (!match) throw new Error('a stored password hash is not an argon2id PHC string of version 19');
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number);
  if (memory > bounds.memory || passes > bounds.passes || parallelism > bounds.parallelism)
    throw new Error(`a stored password hash asks for m=${memory}, t=${passes}, p=${parallelism}, over the bounds`);
  const nonce = Buffer.from(match[4], 'base64');
  const expected = Buffer.from(match[5], 'base64');
  const message = messageOf(password);
  const tag = await derive({ memory, passes, parallelism, message, nonce, tagLength: expected.length });
  return timingSafeEqual(tag, expected);
}

/** A hash that no password has: checking against it costs what a real check costs. */
export const nobodysHash = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
