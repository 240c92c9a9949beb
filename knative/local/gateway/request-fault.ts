import type { IncomingMessage } from 'node:http';
import type { ProblemStatus } from './problem.ts';

/** What is wrong with a request as a message, whatever it asks for. */
export interface RequestFault {
  status: ProblemStatus;
  detail: string;
  headers?: Record<string, string>;
}

/** Far below the number from which Node drops headers silently. */
const maxHeaders = 200;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Two of one of these, and two readers may see two different messages. */
const single = ['host', 'content-length', 'transfer-encoding', 'expect'];

/**
 * What HTTP's parser lets through and the next hop could read in another way (RFC 9112, 3.2, 6.1 and 11.2), and what
 * the gateway does not serve. Null for a sound request.
 */
export function requestFault(request: IncomingMessage, maxBodyBytes: number): RequestFault | null {
  const { method = '', rawHeaders, headers, httpVersion } = request;
  if (rawHeaders.length > 2 * maxHeaders)
    return { status: 431, detail: `the request has more than ${maxHeaders} headers; send fewer` };
  if (!methods.includes(method)) return methodFault(method);
  const twice = repeated(rawHeaders);
  if (twice) return { status: 400, detail: `the header ${twice} is given more than once; give it once` };
  if (headers.host === undefined && httpVersion === '1.1')
    return { status: 400, detail: 'the request names no host; give the header Host' };
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect))
    return { status: 417, detail: 'this server meets no expectation but 100-continue' };
  return codingFault(request) ?? lengthFault(headers['content-length'], maxBodyBytes);
}

/** The answer to a method that no function has. */
export function methodFault(method: string): RequestFault {
  const allow = methods.join(', ');
  return { status: 405, detail: `${method} is not served here; use one of ${allow}`, headers: { allow } };
}

function repeated(rawHeaders: readonly string[]): string | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  return single.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
}

function codingFault({ headers, httpVersion }: IncomingMessage): RequestFault | null {
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return null;
  if (httpVersion === '1.0') return { status: 400, detail: 'HTTP/1.0 has no Transfer-Encoding; use Content-Length' };
  if (coding.trim().toLowerCase() === 'chunked') return null;
  return {
    status: 501,
    detail: 'the Transfer-Encoding of the body is not chunked; send it chunked or with its length',
  };
}

function lengthFault(length: string | undefined, maxBodyBytes: number): RequestFault | null {
  if (Number(length ?? 0) <= maxBodyBytes) return null;
  return { status: 413, detail: `the request's body is larger than ${maxBodyBytes} bytes` };
}
