import { errorResponse, message, readyForQuery, type TransactionStatus } from './backend-messages.ts';
import type { Engine } from './engine.ts';
import { readAnswer, type GroupAnswer } from './group-answer.ts';
import { ProtocolError } from './protocol-error.ts';

/** After so many groups a VACUUM; the embedded PostgreSQL has no autovacuum. */
const vacuumAfter = 20_000;

const query = (sql: string): Uint8Array<ArrayBuffer> => {
  const bytes = message('Q', sql);
  const own = new Uint8Array(bytes.length);
  own.set(bytes);
  return own;
};

/** The one session of the embedded database; its callers take turns. */
export class Session {
  readonly #engine: Engine;
  readonly #onFailure: (error: Error) => void;
  #groups = 0;
  #dead: Error | null = null;

  constructor(engine: Engine, onFailure: (error: Error) => void) {
    this.#engine = engine;
    this.#onFailure = onFailure;
  }

  /**
   * Runs one group. Where the database has to be started again, the answer is an error.
   *
   * @throws ProtocolError where the client was in a transaction that is lost with it: whoever overlooks the error must
   *   not go on outside of it
   */
  async run(group: Uint8Array<ArrayBuffer>, inTransaction: boolean): Promise<GroupAnswer> {
    this.#checkAlive();
    try {
      const answer = readAnswer(await this.#engine.execute(group));
      if (answer.status === 'I') await this.#tidyUp();
      return answer;
    } catch (error) {
      await this.#restart();
      this.#checkAlive();
      const reason = error instanceof Error ? error.message : String(error);
      const text = `the embedded database could not finish this statement (${reason}) and was started again`;
      const sqlState = (error as NodeJS.ErrnoException).code === 'ENOSPC' ? '53100' : '58000';
      if (inTransaction) throw new ProtocolError(sqlState, text, { cause: error });
      return { parts: [errorResponse('ERROR', sqlState, text), readyForQuery('I')], status: 'I' };
    }
  }

  /** Ends a transaction that nobody will end. */
  async rollBack(): Promise<TransactionStatus> {
    return (await this.run(query('ROLLBACK'), false)).status;
  }

  #checkAlive(): void {
    if (this.#dead) throw new ProtocolError('57P03', this.#dead.message, { cause: this.#dead });
  }

  async #restart(): Promise<void> {
    try {
      await this.#engine.restart();
    } catch (error) {
      this.#dead = error instanceof Error ? error : new Error(String(error));
      this.#onFailure(this.#dead);
    }
  }

  async #tidyUp(): Promise<void> {
    if (++this.#groups < vacuumAfter) return;
    this.#groups = 0;
    try {
      readAnswer(await this.#engine.execute(query('VACUUM ANALYZE')));
    } catch {
      await this.#restart();
    }
  }
}

export const fatalMessage = (error: unknown): Buffer => {
  const code = error instanceof ProtocolError ? error.sqlState : 'XX000';
  return errorResponse('FATAL', code, error instanceof Error ? error.message : String(error));
};
