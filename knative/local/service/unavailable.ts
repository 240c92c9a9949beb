/** Why a request gets no process: the status and the sentence that the caller sees. */
export class Unavailable extends Error {
  readonly status: 503 | 504;
  readonly retryAfterSeconds: number;

  constructor(status: 503 | 504, message: string, retryAfterSeconds = 1) {
    super(message);
    this.name = 'Unavailable';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
