import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);
/** Where a body ends. Every hop writes these itself, from what it read, whatever the message says of them. */
const framing = new Set(['content-length', 'transfer-encoding']);
/** What the gateway tells a function itself; all of `x-forwarded-*` beside. */
const told = new Set(['host', 'expect', 'forwarded', 'x-real-ip', 'x-request-id']);

type Headers = [name: string, value: string][];
type Message = Pick<IncomingMessage, 'rawHeaders' | 'headers'>;

/** The same id goes to the function, into its logs and back to the caller, who may bring one. */
export function requestId(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * The headers that a function sees. What the caller claims of earlier hops is believed only behind a proxy of one's
 * own (`trusted`); else anyone could choose the address that a rate limit counts. `targetHost` is that of an absolute target,
 * which goes before the Host header (RFC 9112, 3.2.2).
 */
export function functionHeaders(
  request: IncomingMessage,
  id: string,
  trusted: boolean,
  targetHost: string | null = null,
): Headers {
  const host = targetHost ?? request.headers.host ?? 'localhost';
  const kept = endToEnd(request).filter(([name]) => !isTold(name.toLowerCase()));
  const own: Headers = [['host', host], ...bodyFraming(request)];
  return [...own, ...kept, ...forwarded(request, host, trusted), ['x-request-id', id]];
}

/** The headers of a function's answer that the caller sees; the request id is the gateway's. */
export function answerHeaders(answer: Message & Pick<IncomingMessage, 'statusCode'>): Headers {
  const kept = endToEnd(answer).filter(([name]) => name.toLowerCase() !== 'x-request-id');
  const length = answer.statusCode === 204 ? undefined : answer.headers['content-length'];
  return length === undefined ? kept : [...kept, ['content-length', String(Number(length))]];
}

/** The headers of a message that concern both ends, in order and as they were written (RFC 9110, 7.6.1), less framing. */
function endToEnd({ rawHeaders, headers }: Message): Headers {
  const named = String(headers.connection ?? '').split(',');
  const dropped = new Set([...hopByHop, ...framing, ...named.map((name) => name.trim().toLowerCase())]);
  return pairs(rawHeaders).filter(([name]) => !dropped.has(name.toLowerCase()));
}

const isTold = (name: string) => told.has(name) || name.startsWith('x-forwarded-');

/** How the function tells where the body ends: of any method, by what the gateway itself goes by. */
function bodyFraming({ headers, method = '' }: IncomingMessage): Headers {
  if (headers['transfer-encoding'] !== undefined) return [['transfer-encoding', 'chunked']];
  const length = headers['content-length'];
  if (length !== undefined) return [['content-length', String(Number(length))]];
  return ['POST', 'PUT', 'PATCH'].includes(method) ? [['content-length', '0']] : [];
}

function forwarded({ socket, headers }: IncomingMessage, ownHost: string, trusted: boolean): Headers {
  const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const earlier = (name: string) => (trusted && typeof headers[name] === 'string' ? headers[name] : '');
  const host = earlier('x-forwarded-host') || ownHost;
  const proto = earlier('x-forwarded-proto') || 'http';
  const element = `for=${peer.includes(':') ? `"[${peer}]"` : peer};host=${JSON.stringify(host)};proto=${proto}`;
  const chain = (before: string, own: string) => (before ? `${before}, ${own}` : own);
  return [
    ['x-forwarded-for', chain(earlier('x-forwarded-for'), peer)],
    ['x-forwarded-proto', proto],
    ['x-forwarded-host', host],
    ['forwarded', chain(earlier('forwarded'), element)],
  ];
}

function pairs(raw: readonly string[]): Headers {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index], raw[2 * index + 1]]);
}
