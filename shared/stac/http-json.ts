import { GeoCropError } from '#shared/domain/errors.ts';
import { parseJson } from './parse-json.ts';
import { send, type JsonRequest, type Transport } from './send-request.ts';

/** `body` is undefined unless the status is 2xx. `url` is where the answer came from, after redirects. */
export interface JsonAnswer {
  url: string;
  status: number;
  body: unknown;
}

/** What may pass: worth another try. */
class PassingFault extends Error {
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

const passing = (status: number) => status === 408 || status === 429 || (status >= 500 && status !== 501);

/** `Retry-After` in milliseconds, from seconds or an HTTP date; null where it says nothing. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('retry-after')?.trim();
  if (!text) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

async function readText(response: Response, url: string, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes)
      throw new GeoCropError(
        'invalid-source',
        `${url} answered with more than ${maxBytes} bytes; that is no page of items`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function attempt(request: JsonRequest, transport: Transport): Promise<JsonAnswer> {
  const { limits, signal } = transport;
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const [response, url] = await send(request, transport, AbortSignal.any([signal, timeout]));
    const { status } = response;
    if (response.ok) return { url, status, body: parseJson(await readText(response, url, limits.documentBytes), url) };
    await response.body?.cancel();
    if (passing(status)) throw new PassingFault(`HTTP ${status}`, retryAfter(response));
    return { url, status, body: undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GeoCropError || error instanceof PassingFault) throw error;
    if (timeout.aborted)
      throw new PassingFault(`no answer within ${limits.timeoutMs / 1000} s`, null, { cause: error });
    const { message, cause } = error as Error;
    throw new PassingFault(cause instanceof Error ? `${message} (${cause.message})` : message, null, { cause: error });
  }
}

/** Back-off: doubling, with jitter between half and one and a half; never shorter than the server asks for. */
function waitBefore(retry: number, fault: PassingFault, { limits, io }: Transport): number {
  const backOff = limits.firstDelayMs * 2 ** (retry - 1) * (0.5 + io.random());
  return Math.min(limits.maxDelayMs, Math.max(backOff, fault.retryAfterMs ?? 0));
}

/**
 * Asks for a JSON document. Network faults, time-outs, 408, 429 and 5xx but 501 are tried again; after the last try they
 * are GeoCropError `source-unavailable`. Other statuses come back for the caller to judge; what is not JSON, too long or
 * redirected elsewhere is `invalid-source`.
 */
export async function requestJson(request: JsonRequest, transport: Transport): Promise<JsonAnswer> {
  const { limits, io, signal } = transport;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(request, transport);
    } catch (error) {
      if (!(error instanceof PassingFault)) throw error;
      if (tries >= limits.tries) {
        const message = `${request.url} gave no answer in ${limits.tries} tries (${error.message}); try again later`;
        throw new GeoCropError('source-unavailable', message, { cause: error });
      }
      await io.sleep(waitBefore(tries, error, transport), signal);
    }
  }
}

export const statusError = ({ url, status }: JsonAnswer): GeoCropError =>
  new GeoCropError('invalid-source', `${url} answered HTTP ${status}: check the address`);

/** As `requestJson`, and any status but 2xx is GeoCropError `invalid-source`. */
export async function expectJson(request: JsonRequest, transport: Transport): Promise<JsonAnswer> {
  const answer = await requestJson(request, transport);
  if (answer.body === undefined) throw statusError(answer);
  return answer;
}
