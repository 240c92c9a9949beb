const secretName =
  /authori[sz]ation|cookie|password|passwd|token|secret|credential|api[-_]?key|private[-_]?key|signing[-_]?key|signature/i;
const limits = { depth: 6, text: 2000, items: 50 };

/** Secrets that lie inside of a text: bearer and JWT tokens, credentials of an address, signatures of a query. */
function redactText(text: string): string {
  return text
    .slice(0, limits.text)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]')
    .replace(/\beyJ[\w-]{5,}\.[\w.-]*/g, '[redacted]')
    .replace(/:\/\/[^\s/@]+@/g, '://[redacted]@')
    .replace(
      /([?&](?:x-amz-signature|x-amz-credential|x-amz-security-token|sig|token|password|share|key)=)[^&\s]+/gi,
      '$1[redacted]',
    );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code, field } = error as Error & { code?: unknown; field?: unknown };
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof field === 'string' ? { field } : {}),
    ...(error.stack ? { stack: redactText(error.stack) } : {}),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
  };
}

function redactObject(value: object, depth: number): unknown {
  const entries = value instanceof Map || value instanceof Headers ? [...value.entries()] : Object.entries(value);
  return Object.fromEntries(
    entries
      .slice(0, limits.items)
      .map(([key, item]) => [key, secretName.test(String(key)) ? '[redacted]' : redactValue(item, depth + 1)]),
  );
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return String(value).slice(0, 80);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > limits.depth) return '[deep]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, limits.items).map((item) => redactValue(item, depth + 1));
  return redactObject(value, depth);
}

/** A copy fit for a log: no secret by its name or by its look, bounded in depth, length and number. */
export const redact = (fields: Record<string, unknown>): Record<string, unknown> =>
  redactObject(fields, 0) as Record<string, unknown>;
