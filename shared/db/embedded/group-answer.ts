import type { TransactionStatus } from './backend-messages.ts';

/** The answer to one group, made fit for a client. */
export interface GroupAnswer {
  /** Whole messages, in order; exactly one ReadyForQuery, the last. */
  parts: Uint8Array[];
  status: TransactionStatus;
}

/**
 * Reads what the database answered to one group. After an error in the extended protocol it says ReadyForQuery twice;
 * a client would take the second one for the answer to its next query. Notifications are dropped, for they would reach
 * whoever happens to be served.
 *
 * @throws where the answer does not end with ReadyForQuery, or tells that the database cannot go on
 */
export function readAnswer(output: Uint8Array): GroupAnswer {
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
  const answer: GroupAnswer = { parts: [], status: 'I' };
  let ready: Uint8Array | null = null;
  let kept = 0;
  let at = 0;
  const keepUpTo = (end: number) => end > kept && answer.parts.push(bytes.subarray(kept, end));
  while (at + 5 <= bytes.length) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const type = String.fromCharCode(bytes[at]);
    if (type === 'E') checkSurvived(bytes.subarray(at + 5, end));
    if (type === 'Z') ready = bytes.subarray(at, end);
    if (type === 'Z' || type === 'A') {
      keepUpTo(at);
      kept = end;
    }
    at = end;
  }
  if (!ready || at !== bytes.length) throw new Error('the answer of the database is incomplete');
  keepUpTo(bytes.length);
  answer.parts.push(ready);
  answer.status = String.fromCharCode(ready[5]) as TransactionStatus;
  return answer;
}

/** Class 58: the system under the database refused something; only a new start tells whether the files are there. */
const systemClass = /^C58/;

/** Of the fields of an error, V is the severity, untranslated, C the code and M the message. */
function checkSurvived(bytes: Buffer): void {
  const fields = bytes.toString('utf8').split('\0');
  if (isFatal(fields) || fields.some((field) => systemClass.test(field))) throw new Error(messageIn(fields));
}

const isFatal = (fields: readonly string[]) => fields.includes('VFATAL') || fields.includes('VPANIC');
const messageIn = (fields: readonly string[]) =>
  fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'it gave up';

const errorType = 'E'.charCodeAt(0);

/** What the database said when it gave up, in an answer that breaks off; null where it said nothing. */
export function fatalText(output: Uint8Array): string | null {
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end <= at) return null;
    const fields = bytes[at] === errorType ? bytes.toString('utf8', at + 5, end).split('\0') : [];
    if (isFatal(fields)) return messageIn(fields);
    at = end;
  }
  return null;
}
