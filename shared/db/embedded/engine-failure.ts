import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { fatalText } from './group-answer.ts';

/** Why the engine cannot go on, in words for whoever runs it. */
export interface EngineFailure {
  failure: string;
  /** Where the system under it refused something: the name of its error, such as ENOSPC. */
  code?: string | undefined;
}

/** Errors of a file system by the numbers of WebAssembly's system interface (WASI preview 1, `errno`). */
const systemErrors: Record<number, keyof typeof constants.errno> = {
  2: 'EACCES',
  19: 'EDQUOT',
  22: 'EFBIG',
  29: 'EIO',
  33: 'EMFILE',
  41: 'ENFILE',
  44: 'ENOENT',
  51: 'ENOSPC',
  54: 'ENOTDIR',
  63: 'EPERM',
  69: 'EROFS',
};

const systemText = (name: keyof typeof constants.errno) => getSystemErrorMessage(-constants.errno[name]);

/** PostgreSQL's own words, which it translates into no other language here. */
const fullDisk = /No space left on device|Disk quota exceeded/;

/**
 * Says why PGlite ended. What it throws is seldom an Error: an exit is a plain object, a C++ exception a number, a
 * refusal of the disk an object with a number. What PostgreSQL said last before it gave up is worth more than those.
 */
export function failureOf(error: unknown, output: Uint8Array = new Uint8Array()): EngineFailure {
  const { message, errno } = (error ?? {}) as { message?: unknown; errno?: unknown };
  const name = typeof errno === 'number' ? systemErrors[errno] : undefined;
  if (name) return { failure: systemText(name), code: name };
  const failure = fatalText(output) ?? (typeof message === 'string' ? message : `exception ${shown(error)}`);
  return fullDisk.test(failure) ? { failure, code: 'ENOSPC' } : { failure };
}

/** An object says nothing of itself as a text. */
const shown = (error: unknown): string =>
  typeof error === 'object' ? JSON.stringify(error).slice(0, 200) : String(error);
