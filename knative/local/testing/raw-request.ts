import { connect } from 'node:net';

/** Sends bytes and returns everything that came back until the server closed, or fell silent for a second. */
export async function rawRequest(port: number, bytes: string): Promise<string> {
  return (await rawExchange(port, bytes)).text;
}

/** Likewise, and whether it was the server that ended the connection. */
export function rawExchange(port: number, bytes: string): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve, reject) => {
    let text = '';
    let closed = true;
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setTimeout(1000, () => {
      closed = false;
      socket.destroy();
    });
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
    socket.on('close', () => resolve({ text, closed }));
  });
}
