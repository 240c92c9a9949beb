/** A schedule of five fields, each the set of its values. */
export interface Cron {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  weekdays: ReadonlySet<number>;
  /** Where day and weekday both are restricted, either is enough (POSIX crontab). */
  eitherDay: boolean;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 29 February on one weekday comes back after 28 years, or 40 over a century that is no leap year. */
const horizonDays = 366 * 41;

/** Reads a schedule of five fields with lists, ranges, steps and names. Throws a sentence on anything else. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) throw new Error(`the schedule ${JSON.stringify(text)} does not have five fields`);
  const [minute, hour, day, month, weekday] = fields;
  const weekdays = field(weekday, 0, 7, dayNames, 0);
  if (weekdays.has(7)) weekdays.add(0);
  return {
    minutes: field(minute, 0, 59),
    hours: field(hour, 0, 23),
    days: field(day, 1, 31),
    months: field(month, 1, 12, monthNames, 1),
    weekdays,
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
  };
}

/** The first point of the schedule (UTC, milliseconds since 1970) after `after`, or null where there is none. */
export function nextRun(cron: Cron, after: number): number | null {
  const first = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  const today = Math.floor(first / dayMs) * dayMs;
  for (let day = 0; day <= horizonDays; day++) {
    const midnight = today + day * dayMs;
    if (!dayMatches(cron, new Date(midnight))) continue;
    const found = timeOfDay(cron, day === 0 ? first - midnight : 0);
    if (found !== null) return midnight + found;
  }
  return null;
}

function timeOfDay({ hours, minutes }: Cron, fromMs: number): number | null {
  for (let minute = fromMs / minuteMs; minute < 1440; minute++)
    if (hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) return minute * minuteMs;
  return null;
}

function dayMatches({ days, months, weekdays, eitherDay }: Cron, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const day = days.has(date.getUTCDate());
  const weekday = weekdays.has(date.getUTCDay());
  return eitherDay ? day || weekday : day && weekday;
}

function field(text: string, least: number, most: number, names: string[] = [], firstName = 0): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d{1,2}))?$/i.exec(part);
    if (!match) throw new Error(`the schedule has ${JSON.stringify(part)}, which is not a cron field`);
    const [, from, to, stepText] = match;
    const number = (written: string | undefined) => (written ? value(written, names, firstName) : undefined);
    const start = number(from) ?? least;
    const end = number(to) ?? (from && !stepText ? start : most);
    const step = Number(stepText ?? 1);
    if (!(start >= least && end <= most && start <= end) || step === 0)
      throw new Error(`the schedule has ${JSON.stringify(part)}, which is outside ${least}-${most}`);
    for (let at = start; at <= end; at += step) values.add(at);
  }
  return values;
}

function value(text: string, names: string[], firstName: number): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + firstName;
  return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
}
