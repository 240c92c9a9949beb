import { language, t } from './t.ts';

const number = (value: number, options: Intl.NumberFormatOptions = {}) =>
  new Intl.NumberFormat(language(), options).format(value);

export const formatCount = (value: number) => number(value);
export const formatNumber = (value: number, digits: number) => number(value, { maximumFractionDigits: digits });
export const formatShare = (share: number) => number(share, { style: 'percent', maximumFractionDigits: 1 });
export const formatPercent = (percent: number) => number(percent / 100, { style: 'percent', maximumFractionDigits: 0 });

/** Hectares: a field to a tenth, a district to one. */
export const formatHectares = (hectares: number) =>
  t('unit.hectares', { value: number(hectares, { maximumFractionDigits: hectares < 100 ? 1 : 0 }) });

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** Bytes in steps of a thousand. */
export function formatBytes(bytes: number): string {
  const step = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** step;
  const digits = value < 10 && step > 0 ? 1 : 0;
  return number(value, { style: 'unit', unit: byteUnits[step], maximumFractionDigits: digits });
}

const unit = (value: number, name: string, digits = 0) =>
  number(value, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });

/** A duration in the unit that says it best. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return unit(Math.max(1, Math.round(seconds)), 'second');
  if (seconds < 90 * 60) return unit(Math.round(seconds / 60), 'minute');
  return unit(seconds / 3600, 'hour', 1);
}

/** A range of durations, as one where both say the same. */
export function formatDurationRange(low: number, high: number): string {
  const [from, to] = [formatDuration(low), formatDuration(high)];
  return from === to ? from : t('unit.range', { from, to });
}

const date = (iso: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(language(), options).format(new Date(iso));

export const formatDay = (iso: string) =>
  date(iso, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
export const formatMoment = (iso: string) => date(iso, { dateStyle: 'medium', timeStyle: 'short' });
