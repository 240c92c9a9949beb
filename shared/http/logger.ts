import { redact } from './redact.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

type Write = (message: string, fields?: Record<string, unknown>) => void;

/** Messages read `Subject:Verb`; everything that varies is a field. */
export interface Logger {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
  /** A logger that adds these fields to every line. */
  child(fields: Record<string, unknown>): Logger;
}

export interface LoggerOptions {
  level?: LogLevel | undefined;
  /** Fields of every line, as the function's name and revision. */
  fields?: Record<string, unknown> | undefined;
  now?: (() => Date) | undefined;
}

/** A logger of JSON lines without secrets; `write` gets one line with its newline. */
export function createLogger(write: (line: string) => void, options: LoggerOptions = {}): Logger {
  const { level = 'info', fields: own = {}, now = () => new Date() } = options;
  const lineAt =
    (name: LogLevel): Write =>
    (message, fields = {}) => {
      if (logLevels.indexOf(name) < logLevels.indexOf(level)) return;
      write(
        `${JSON.stringify({ time: now().toISOString(), level: name, message, ...redact({ ...own, ...fields }) })}\n`,
      );
    };
  return {
    debug: lineAt('debug'),
    info: lineAt('info'),
    warn: lineAt('warn'),
    error: lineAt('error'),
    child: (fields) => createLogger(write, { level, now, fields: { ...own, ...fields } }),
  };
}
