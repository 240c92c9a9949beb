import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { ErrorCode } from '#shared/domain/errors.ts';
import { requestTarget } from './request-path.ts';

const unavailable = ['unavailable', 'Unavailable'] as const;
const invalid = ['invalid-request', 'Invalid request'] as const;
const tooLarge = ['too-large', 'Too large'] as const;

/** Every status that the gateway itself answers with, and the code and title that the functions give with such errors. */
export const problemKinds = {
  400: invalid,
  404: ['not-found', 'Not found'],
  405: ['method-not-allowed', 'Method not allowed'],
  408: invalid,
  413: tooLarge,
  417: invalid,
  431: tooLarge,
  501: invalid,
  502: unavailable,
  503: unavailable,
  504: unavailable,
} as const satisfies Record<number, readonly [ErrorCode, string]>;

export type ProblemStatus = keyof typeof problemKinds;
type HeaderValues = Record<string, string>;

/** Answers with RFC 9457 problem details, or cuts the connection where an answer has begun already. */
export function sendProblem(
  response: ServerResponse,
  status: ProblemStatus,
  detail: string,
  headers: HeaderValues = {},
): void {
  if (response.headersSent) return void response.destroy();
  const id = String(response.getHeader('x-request-id') ?? 'none');
  const body = problemBody(status, detail, response.req.url ?? '', id);
  response.writeHead(status, { ...problemHeaders(body), ...headers });
  response.end(body);
}

/** The same answer as the bytes of a whole message, for a connection that is no longer read as HTTP. */
export function problemMessage(status: ProblemStatus, detail: string, url: string, headers: HeaderValues = {}): string {
  const id = randomUUID();
  const body = problemBody(status, detail, url, id);
  const all = { ...problemHeaders(body), 'x-request-id': id, connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

/** The members that the functions give, in their order. */
function problemBody(status: ProblemStatus, detail: string, url: string, requestId: string): string {
  const [code, title] = problemKinds[status];
  const instance = (requestTarget(url)?.path ?? url.split('?', 1)[0]).slice(0, 300);
  const field = status === 413 ? { field: 'body' } : {};
  return JSON.stringify({ type: `/problems/${code}`, title, status, detail, instance, code, requestId, ...field });
}

function problemHeaders(body: string): HeaderValues {
  return {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
  };
}
