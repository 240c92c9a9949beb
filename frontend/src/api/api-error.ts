import { isOfGateway } from '../connection/connection.ts';

/** What the API says of a request that it refused (RFC 9457), or that it could not be reached. */
export class ApiError extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly code: string;
  /** The input that was wrong. */
  readonly field: string | null;
  readonly retryAfterS: number | null;

  constructor(
    message: string,
    facts: { status: number; code: string; field?: string | null; retryAfterS?: number | null },
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = facts.status;
    this.code = facts.code;
    this.field = facts.field ?? null;
    this.retryAfterS = facts.retryAfterS ?? null;
  }
}

/** Whether the same request may succeed a moment later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502);

/** The server did not answer, whoever else did. */
export const isLost = (error: unknown): boolean => error instanceof ApiError && error.code === 'connection-lost';

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The error of an answer that is not a success. */
export function errorOfAnswer(response: Response, body: unknown): ApiError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiError(text(problem['detail']) ?? text(problem['title']) ?? `HTTP ${response.status}`, {
    status: response.status,
    code: isOfGateway(response) ? 'connection-lost' : (text(problem['code']) ?? 'unknown'),
    field: text(problem['field']),
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}
