export type Level = 'ok' | 'warn' | 'fail';

/** One line of what was looked at. */
export interface Finding {
  name: string;
  level: Level;
  /** What was found, with its figures. */
  text: string;
  /** What to do about it; nothing where all is well. */
  todo?: string | undefined;
}

export const ok = (name: string, text: string): Finding => ({ name, level: 'ok', text });
export const warn = (name: string, text: string, todo: string): Finding => ({ name, level: 'warn', text, todo });
export const fail = (name: string, text: string, todo: string): Finding => ({ name, level: 'fail', text, todo });

/** What cannot even be looked at has failed; so has what gives no answer in time. */
export async function look(name: string, check: () => Promise<Finding[]>, limitMs = 20_000): Promise<Finding[]> {
  const late = Promise.withResolvers<Finding[]>();
  const silent = fail(name, `no answer within ${limitMs / 1000} s`, 'see that it runs and can be reached from here');
  const timer = setTimeout(() => late.resolve([silent]), limitMs);
  try {
    return await Promise.race([check(), late.promise]);
  } catch (error) {
    const { message } = error as Error;
    return [fail(name, message.split('\n')[0] || String(error), 'put right what the line says, then ask again')];
  } finally {
    clearTimeout(timer);
  }
}

export const megabytes = (bytes: number): string =>
  bytes >= 1e10 ? `${(bytes / 1e9).toFixed(0)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
