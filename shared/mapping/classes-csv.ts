import type { Report } from '#shared/domain/report.ts';

/** Areas and shares of a map's classes as CSV (RFC 4180); every class has its line, one that was not found too. */
export function classesCsv(classes: Report['classes']): string {
  const header = ['class', 'value', 'pixels', 'hectares', 'share'];
  const rows = classes.map(({ name, value, pixels, hectares, share }) => [name, value, pixels, hectares, share]);
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

const cell = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
