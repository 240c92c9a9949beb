import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { GeoCropError, type ErrorCode } from '#shared/domain/errors.ts';
import { hidePaths } from '#shared/domain/hide-paths.ts';
import type { AppEnv } from './app-env.ts';

type ProblemCode = ErrorCode | 'internal';

/** Status and title of every code; nothing else in the platform turns an error into a status. */
const kinds: Record<ProblemCode, readonly [ContentfulStatusCode, string]> = {
  usage: [400, 'Wrong usage'],
  'invalid-request': [400, 'Invalid request'],
  unauthenticated: [401, 'Not logged in'],
  forbidden: [403, 'Not allowed'],
  // Not 429: a quota is not refilled by waiting, and clients and brokers would repeat a 429.
  'quota-exceeded': [403, 'Quota used up'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  conflict: [409, 'Conflict'],
  'output-exists': [409, 'Output exists'],
  gone: [410, 'Gone'],
  'too-large': [413, 'Too large'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'idempotency-mismatch': [422, 'Idempotency key used for another request'],
  'invalid-aoi': [422, 'Invalid area'],
  'invalid-season': [422, 'Invalid season'],
  'invalid-source': [422, 'Invalid source'],
  'invalid-table': [422, 'Invalid table'],
  'unknown-model': [422, 'Unknown model'],
  'unknown-collection': [422, 'Unknown collection'],
  'outside-grid': [422, 'Outside the grid'],
  'outside-model': [422, 'Outside the area of the model'],
  'no-scenes': [422, 'No scenes'],
  'too-few-clear-dates': [422, 'Too few clear dates'],
  'missing-band': [422, 'Missing band'],
  'rate-limited': [429, 'Too many requests'],
  internal: [500, 'Internal error'],
  'damaged-model': [500, 'Damaged model'],
  'worker-died': [500, 'A worker died'],
  'setup-missing': [500, 'Set-up is missing'],
  'broken-scene': [502, 'Broken scene'],
  'source-unavailable': [503, 'Source unavailable'],
  unavailable: [503, 'Unavailable'],
  interrupted: [503, 'Interrupted'],
  'disk-full': [507, 'Disk full'],
};

/** RFC 9457; `code` and `requestId` are its extension members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ProblemCode;
  requestId: string;
  field?: string | undefined;
}

export const statusOf = (code: ProblemCode): ContentfulStatusCode => kinds[code][0];
export const problemType = (code: ProblemCode): string => `/problems/${code}`;

/** What hono itself throws, by its status. */
const codeOfStatus = new Map<number, ErrorCode>([
  [400, 'invalid-request'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'method-not-allowed'],
  [413, 'too-large'],
  [415, 'unsupported-media-type'],
]);

/** PostgreSQL starts, stops, has no connection left, or is not there. */
const awayCode = /^(57P0[123]|08[0-9A-Z]{3}|53300|ECONNREFUSED|ECONNRESET|EPIPE)$/;
const isAway = (error: unknown): boolean =>
  error instanceof Error &&
  (awayCode.test(String((error as NodeJS.ErrnoException).code)) ||
    error.message === 'Connection terminated unexpectedly');

function codedError(error: unknown): GeoCropError | null {
  if (error instanceof GeoCropError) return error;
  if (isAway(error))
    return new GeoCropError('unavailable', 'the database cannot be reached just now; try again in a moment', {
      cause: error,
    });
  if (!(error instanceof HTTPException)) return null;
  const code = codeOfStatus.get(error.status);
  const field = error.status === 400 && /json/i.test(error.message) ? { field: 'body' } : {};
  return code ? new GeoCropError(code, error.message || kinds[code][1], { cause: error, ...field }) : null;
}

/** What is told of errors whose own words are for the operator, who finds them in the log by the request id. */
const general: Partial<Record<ProblemCode, string>> = {
  'damaged-model': 'the model cannot be used on this server',
  'disk-full': 'the server has no space left; what is finished is kept',
  'setup-missing': 'the server is not set up for this',
  unavailable: 'something that the server needs cannot be reached just now; try again in a moment',
};

function detailOf(error: GeoCropError | null, requestId: string): string {
  // What is not found is named by the path of the request, which is no secret.
  if (error?.code === 'not-found') return error.message;
  if (error && !error.forOperator) return hidePaths(error.message);
  const what = (error && general[error.code]) ?? 'something failed on the server';
  return `${what}; ask its operator and give the request id ${requestId}`;
}

/** The problem that an error is; of an unknown one nothing but the request id is told. */
export function problemOf(error: unknown, request: { path: string; requestId: string }): Problem {
  const coded = codedError(error);
  const code = coded?.code ?? 'internal';
  const [status, title] = kinds[code];
  return {
    type: problemType(code),
    title,
    status,
    detail: detailOf(coded, request.requestId),
    instance: request.path,
    code,
    requestId: request.requestId,
    ...(coded?.field === undefined ? {} : { field: coded.field }),
  };
}

/** Whether an operator must hear of a problem: not of work that ended because its client has left. */
export const isServerFault = ({ status, code }: Problem, c: Context<AppEnv>): boolean =>
  status >= 500 && !(code === 'interrupted' && c.req.raw.signal.aborted);

/** Answers an error; headers that were set on the context before (Retry-After, WWW-Authenticate) stay. */
export function problemResponse(error: unknown, c: Context<AppEnv>): Response {
  const problem = problemOf(error, { path: c.req.path.slice(0, 300), requestId: c.var.requestId ?? 'none' });
  if (isServerFault(problem, c)) c.var.log?.error('Request:Failed', { code: problem.code, error });
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
  });
}
