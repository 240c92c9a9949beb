/** Every way in which a request can end badly, and who can mend it: the exit code and the HTTP status follow from it. */
const kinds = {
  usage: 'usage',
  'invalid-aoi': 'refused',
  'invalid-season': 'refused',
  'invalid-source': 'refused',
  'invalid-table': 'refused',
  'unknown-model': 'refused',
  'unknown-collection': 'refused',
  'outside-grid': 'refused',
  'outside-model': 'refused',
  'no-scenes': 'refused',
  'too-few-clear-dates': 'refused',
  'missing-band': 'refused',
  'output-exists': 'refused',
  'invalid-request': 'refused',
  unauthenticated: 'refused',
  forbidden: 'refused',
  'quota-exceeded': 'refused',
  'not-found': 'refused',
  gone: 'refused',
  'method-not-allowed': 'refused',
  conflict: 'refused',
  'idempotency-mismatch': 'refused',
  'too-large': 'refused',
  'unsupported-media-type': 'refused',
  'rate-limited': 'refused',
  'damaged-model': 'failed',
  'broken-scene': 'failed',
  'source-unavailable': 'failed',
  'disk-full': 'failed',
  'worker-died': 'failed',
  'setup-missing': 'failed',
  unavailable: 'failed',
  interrupted: 'interrupted',
} as const;

export type ErrorCode = keyof typeof kinds;
export const errorCodes = Object.keys(kinds) as ErrorCode[];
export type ErrorKind = (typeof kinds)[ErrorCode];

/** What only whoever runs the server can mend: the message may name its folders, servers and settings. */
const ofTheServer: readonly ErrorCode[] = ['damaged-model', 'disk-full', 'setup-missing'];

/** An error whose message is written for the person who made the request: what was wrong, where, what to do. */
export class GeoCropError extends Error {
  readonly code: ErrorCode;
  /** The input that was wrong, by the name that the person used. */
  readonly field: string | undefined;
  /** The message is for whoever runs the server; those who ask it over the network are told less. */
  readonly forOperator: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { field?: string; forOperator?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'GeoCropError';
    this.code = code;
    this.field = options.field;
    this.forOperator = options.forOperator ?? ofTheServer.includes(code);
  }

  get kind(): ErrorKind {
    return kinds[this.code];
  }
}
