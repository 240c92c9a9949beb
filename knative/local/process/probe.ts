import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { ProbeSpec } from '../manifests/function-spec.ts';

/** Where a probe asks: the port of its process, and that process's surroundings for `exec`. */
export interface ProbeTarget {
  port: number;
  cwd: string;
  env: Record<string, string>;
}

/** Asks once; false for a refusal, an error or no answer in time. Never rejects. */
export function probeOnce(spec: ProbeSpec, target: ProbeTarget): Promise<boolean> {
  if (spec.kind === 'http') return askHttp(spec, target.port);
  return spec.kind === 'tcp' ? askTcp(spec, target.port) : askCommand(spec, target);
}

function askHttp({ path, headers, timeoutMs }: ProbeSpec, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) };
    const request = get({ ...options, headers: { 'user-agent': 'kube-probe/local', ...headers } }, (response) => {
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
      // What a probe answers is of no interest, however long it is.
      response.on('error', () => undefined);
      response.destroy();
    });
    request.on('error', () => resolve(false));
  });
}

function askTcp({ timeoutMs }: ProbeSpec, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    const answer = (accepted: boolean) => {
      resolve(accepted);
      socket.destroy();
    };
    socket.on('connect', () => answer(true));
    socket.on('timeout', () => answer(false));
    socket.on('error', () => answer(false));
  });
}

function askCommand({ command: [file, ...args], timeoutMs }: ProbeSpec, { cwd, env }: ProbeTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}
