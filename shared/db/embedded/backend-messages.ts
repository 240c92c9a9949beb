/** State of the session after a group: no transaction, inside one, inside one that has failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** One message of the server: type, length, body. */
export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

export const readyForQuery = (status: TransactionStatus): Buffer => message('Z', Buffer.from(status));

export const errorResponse = (severity: 'ERROR' | 'FATAL', sqlState: string, text: string): Buffer =>
  message('E', `S${severity}`, `V${severity}`, `C${sqlState}`, `M${text}`, Buffer.from([0]));

/** The answer to a start-up message: every password is taken, the folder of the socket is the guard. */
export function welcome(clientId: number, serverVersion: string): Buffer {
  const parameters = Object.entries({
    server_version: serverVersion,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  });
  return Buffer.concat([
    message('R', int32(0)),
    ...parameters.map(([name, value]) => message('S', name, value)),
    message('K', int32(clientId), int32(0)),
    readyForQuery('I'),
  ]);
}
