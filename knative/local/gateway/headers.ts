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
  'transfer-encoding',
  'upgrade',
]);
const forwarding = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded', 'x-real-ip'];

type Headers = [name: string, value: string][];

/** The headers of a message that concern both ends, in order and as they were written (RFC 9110, 7.6.1). */
export function endToEnd(message: Pick<IncomingMessage, 'rawHeaders' | 'headers'>): Headers {
  const named = String(message.headers.connection ?? '').split(',');
  const dropped = new Set([...hopByHop, ...named.map((name) => name.trim().toLowerCase())]);
  return pairs(message.rawHeaders).filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** The same id goes to the function, into its logs and back to the caller, who may bring one. */
export function requestId(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * The headers that a function sees. What the caller claims of earlier hops is believed only behind a proxy of one's
 * own (`trusted`); else anyone could choose the address that a rate limit counts.
 */
export function functionHeaders(request: IncomingMessage, id: string, trusted: boolean): Headers {
  const own = new Set(['x-request-id', 'expect', ...forwarding]);
  const kept = endToEnd(request).filter(([name]) => !own.has(name.toLowerCase()));
  return [...kept, ...framing(request), ...forwarded(request, trusted), ['x-request-id', id]];
}

/** How the next hop tells where the body ends, and the host that HTTP/1.1 demands. */
function framing({ headers, method }: IncomingMessage): Headers {
  const host: Headers = headers.host === undefined ? [['host', 'localhost']] : [];
  if (headers['transfer-encoding'] !== undefined) return [...host, ['transfer-encoding', 'chunked']];
  const mayHaveBody = ['POST', 'PUT', 'PATCH'].includes(method ?? '');
  return mayHaveBody && headers['content-length'] === undefined ? [...host, ['content-length', '0']] : host;
}

function forwarded({ socket, headers }: IncomingMessage, trusted: boolean): Headers {
  const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const earlier = (name: string) => (trusted && typeof headers[name] === 'string' ? headers[name] : '');
  const host = earlier('x-forwarded-host') || (headers.host ?? '');
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
