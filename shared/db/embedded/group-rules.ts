import { ProtocolError } from './protocol-error.ts';

const refusals: Record<string, string> = {
  H: 'Flush is not supported: end every group of messages with Sync',
  F: 'function calls of the protocol are not supported: use SELECT',
  d: 'COPY is not supported',
  c: 'COPY is not supported',
  f: 'COPY is not supported',
};

/**
 * Refuses what would go wrong silently or break the database for the others: all clients share one session, so a
 * statement that outlives its group may be replaced by another client's before it runs.
 */
export function checkGroup(group: Buffer): void {
  let parsed = false;
  for (let at = 0; at < group.length; at += 1 + group.readInt32BE(at + 1)) {
    const type = String.fromCharCode(group[at]);
    const body = group.subarray(at + 5, at + 1 + group.readInt32BE(at + 1));
    if (refusals[type]) throw new ProtocolError('0A000', refusals[type]);
    if (!'QPBDECS'.includes(type)) throw new ProtocolError('08P01', `unknown message type ${JSON.stringify(type)}`);
    const statement = statementOf(type, body);
    if (statement === null) continue;
    if (statement !== '')
      throw new ProtocolError('0A000', 'named prepared statements are not supported: use unnamed ones');
    if (type === 'P') parsed = true;
    else if (!parsed) throw new ProtocolError('26000', 'a statement must be parsed in the group that runs it');
  }
}

/** The name of the prepared statement that a message makes or uses; null where it concerns none. */
function statementOf(type: string, body: Buffer): string | null {
  if (type === 'P') return cString(body);
  if (type === 'B') return cString(body.subarray(body.indexOf(0) + 1));
  if (type === 'D' && body[0] === 0x53) return cString(body.subarray(1));
  return null;
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  if (end < 0) throw new ProtocolError('08P01', 'a message ends inside a string');
  return bytes.toString('utf8', 0, end);
}
