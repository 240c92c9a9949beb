import type { ProcessSpec } from './manifests/function-spec.ts';
import type { Command } from './process/spawn-function.ts';
import type { RuntimeOptions } from './runtime-options.ts';

/** Local functions listen where only this machine can reach them: the gateway is the one door. */
const host = '127.0.0.1';

/** The complete command of one process: the function's own, what its manifest says, and the runtime contract. */
export async function functionCommand(spec: ProcessSpec, port: number, options: RuntimeOptions): Promise<Command> {
  const own = await options.command(spec.name);
  const [command, ...args] = spec.command ?? [own.command, ...own.args];
  const contract = {
    HOST: host,
    PORT: String(port),
    K_SERVICE: spec.name,
    K_CONFIGURATION: spec.name,
    K_REVISION: revisionName(spec.name),
  };
  return {
    command,
    args: [...args, ...spec.args],
    cwd: spec.workingDir ?? own.cwd,
    env: { ...spec.env, ...own.env, ...options.env, ...contract },
  };
}

/** A machine runs one revision of a function at a time; the name is of the form that a cluster gives. */
export function revisionName(name: string): string {
  return `${name}-00001`;
}
