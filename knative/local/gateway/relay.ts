import { request as connect, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Unavailable } from '../service/unavailable.ts';
import { BodyTooLarge, hasBody, inviteBody, limitBytes } from './body-limit.ts';
import { answerHeaders } from './headers.ts';
import { discardRest } from './linger.ts';
import { sendProblem } from './problem.ts';

/** Where a request goes and what bounds it. */
export interface RelayTarget {
  port: number;
  path: string;
  headers: [name: string, value: string][];
  functionName: string;
  /** Called when the process ended the connection, or says that it will: it may be about to end itself. */
  lost(): void;
  maxBodyBytes: number;
  /** Aborts with the reason that the caller shall see; or because the caller went away. */
  signal: AbortSignal;
}

/**
 * Sends a request to a process and its answer back, both as streams; resolves when the answer is over, never rejects.
 * Resolves with `refused` when the process took no connection: nothing of the request is used then.
 */
export function relay(
  request: IncomingMessage,
  response: ServerResponse,
  target: RelayTarget,
): Promise<'over' | 'refused'> {
  const { promise, resolve } = Promise.withResolvers<'over' | 'refused'>();
  const upstream = open(request, target);
  const unfit = () => {
    fail(response, new Error('an answer that cannot be passed on'), target);
    upstream.destroy();
  };
  upstream.on('response', (answer) => {
    if (endsConnection(answer)) target.lost();
    if (isFit(answer)) passBack(answer, response);
    else unfit();
  });
  upstream.on('upgrade', unfit);
  upstream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') return resolve('refused');
    fail(response, target.signal.aborted ? target.signal.reason : error, target);
  });
  upstream.on('socket', (socket) =>
    socket.once('connect', () => {
      inviteBody(request, response);
      sendBody(request, upstream, target.maxBodyBytes);
    }),
  );
  const over = () => {
    upstream.destroy();
    discardRest(request);
    resolve('over');
  };
  if (response.closed) over();
  else response.once('close', over);
  return promise;
}

function open({ method }: IncomingMessage, { port, path, headers, signal }: RelayTarget): ClientRequest {
  const to = { host: '127.0.0.1', port, method, path, headers: [...headers.flat(), 'connection', 'keep-alive'] };
  // A connection that stays open, though it is used once: a function that answers before it has read the whole body
  // would otherwise reset it, and its answer be lost.
  const upstream = connect({ ...to, agent: false, setHost: false, signal });
  upstream.flushHeaders();
  return upstream;
}

function sendBody(request: IncomingMessage, upstream: ClientRequest, maxBodyBytes: number): void {
  if (!hasBody(request)) return void upstream.end();
  const limited = limitBytes(maxBodyBytes);
  limited.on('error', (error) => upstream.destroy(error));
  request.on('error', () => upstream.destroy());
  request.pipe(limited).pipe(upstream);
}

/** We asked to keep it: a process that would rather not is likely to stop. */
const endsConnection = ({ headers }: IncomingMessage): boolean => /\bclose\b/i.test(headers.connection ?? '');

/** Whether an answer has a status that can be sent on, and a body that ends where HTTP's parser says. */
function isFit({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 200 && (headers['transfer-encoding'] ?? 'chunked').toLowerCase() === 'chunked';
}

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of answerHeaders(answer)) response.appendHeader(name, value);
  // The function's own reason phrase may hold bytes that cannot be sent on.
  response.writeHead(answer.statusCode ?? 502);
  // The first event of a stream may be far away, but the caller shall know that it is open.
  response.flushHeaders();
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

function fail(response: ServerResponse, error: unknown, { functionName, lost }: RelayTarget): void {
  if (response.destroyed) return;
  if (error instanceof Unavailable) return sendProblem(response, error.status, error.message);
  if (error instanceof BodyTooLarge) return sendProblem(response, 413, error.message, { connection: 'close' });
  lost();
  const { code, message } = error as NodeJS.ErrnoException;
  const detail = `${functionName} ended the connection without a sound answer (${code ?? message}); try again`;
  sendProblem(response, 502, detail);
}
