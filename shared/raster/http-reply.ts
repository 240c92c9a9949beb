import { brokenScene } from './broken-scene.ts';
import { collectBody, collectExactly } from './collect-body.ts';
import type { RangeReply } from './ranged-source.ts';
import { TransientError } from './retry.ts';

const transientStatus = [408, 425, 429, 500, 502, 503, 504];

export interface RangeRequest {
  name: string;
  offset: number;
  length: number;
  /** A server that ignores ranges may send at most so many bytes. */
  maxWholeFile: number;
  onBytes: () => void;
}

/** Retry-After in ms: seconds or a date; undefined when absent or unreadable. */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (!value) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function statusError(name: string, response: Response): Error {
  const { status } = response;
  if (!transientStatus.includes(status)) return brokenScene(name, `the server answers ${status}`);
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
  return new TransientError(`the server answers ${status}`, { retryAfterMs: wait });
}

/** `bytes 0-99/1234`, or `bytes 0-99/*` for an unknown length. */
function contentRange(response: Response): { start: number; end: number; total: number } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(response.headers.get('content-range') ?? '');
  return match ? { start: Number(match[1]), end: Number(match[2]), total: Number(match[3]) } : undefined;
}

const version = (response: Response) => response.headers.get('etag') ?? undefined;

async function partialReply(request: RangeRequest, response: Response): Promise<RangeReply> {
  const { name, offset, length, onBytes } = request;
  const range = contentRange(response);
  if (!range) throw brokenScene(name, 'the server does not say which bytes of how many it sends (Content-Range)');
  const count = Math.min(length, range.total - offset);
  if (range.start !== offset || range.end !== offset + count - 1)
    throw brokenScene(name, `the server sent bytes ${range.start}-${range.end} instead of those asked for`);
  const bytes = await collectExactly(name, response.body ?? emptyBody(), count, onBytes);
  return { offset, bytes, total: range.total, version: version(response) };
}

async function wholeReply(request: RangeRequest, response: Response): Promise<RangeReply> {
  const { name, maxWholeFile, onBytes } = request;
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > maxWholeFile)
    throw brokenScene(name, `the server ignores range requests and would send all ${announced} bytes`);
  const bytes = await collectBody(name, response.body ?? emptyBody(), maxWholeFile, onBytes);
  if (announced && bytes.length !== announced)
    throw new TransientError(`the connection ended after ${bytes.length} of ${announced} bytes`);
  return { offset: 0, bytes, total: bytes.length, version: version(response) };
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

function replyOf(request: RangeRequest, response: Response): Promise<RangeReply> {
  if (response.status === 416 && response.headers.get('content-range') === 'bytes */0')
    return Promise.resolve({ offset: 0, bytes: new Uint8Array(), total: 0 });
  if (response.status !== 206 && response.status !== 200) throw statusError(request.name, response);
  if (/html/i.test(response.headers.get('content-type') ?? ''))
    throw brokenScene(request.name, 'the server answers with a web page (HTML) instead of a TIFF');
  return response.status === 206 ? partialReply(request, response) : wholeReply(request, response);
}

/** What a response to a range request means; its body is let go in every case. */
export async function readReply(request: RangeRequest, response: Response): Promise<RangeReply> {
  try {
    return await replyOf(request, response);
  } catch (error) {
    if (response.body && !response.body.locked) await response.body.cancel().catch(() => undefined);
    throw error;
  }
}
