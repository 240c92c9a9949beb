import { join } from 'node:path';
import type { FunctionCommand } from './runtime-options.ts';

/** What Node says of its own experiments is nothing that a function logs. */
const quiet = ['--disable-warning=ExperimentalWarning'];

/**
 * What a function asks of Node for itself. What `score` leaves behind of thousands of chunks is collected soon, not when
 * there is much of it: its memory does not grow with the job then, for half as much processor time again.
 */
export const nodeFlags: Readonly<Record<string, readonly string[]>> = { score: ['--optimize-for-size'] };

/** Starts the bundle of a function; `cache` is where compiled code is kept between starts. */
export function bundleStarter(node: string, out: string, cwd: string, cache: string) {
  return (name: string): FunctionCommand => ({
    command: node,
    args: ['--enable-source-maps', ...quiet, ...(nodeFlags[name] ?? []), join(out, `${name}.mjs`)],
    cwd,
    env: { NODE_COMPILE_CACHE: cache },
  });
}

/** Starts a function from its source, for development: no bundling, a slower start. */
export function sourceStarter(node: string, functions: string, cwd: string) {
  return (name: string): FunctionCommand => ({
    command: node,
    args: [...quiet, ...(nodeFlags[name] ?? []), join(functions, name, 'main.ts')],
    cwd,
  });
}
