/** A client that cannot be served any further: it is told why, in PostgreSQL's own form, and its connection ends. */
export class ProtocolError extends Error {
  /** Five characters of PostgreSQL's list of SQLSTATE codes. */
  readonly sqlState: string;

  constructor(sqlState: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProtocolError';
    this.sqlState = sqlState;
  }
}
