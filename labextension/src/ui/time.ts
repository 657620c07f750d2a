/**
 * Times and durations as people read them, in the chosen time zone and the application's language.
 *
 * Moments are milliseconds since 1970. Days are stepped with the zone's calendar, so that a day with 23 or 25 hours is one.
 */

import { TZDate } from '@date-fns/tz';

import { ENGLISH, Words } from './words';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const DATE: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
const formats = new Map<string, Intl.DateTimeFormat>();
let trans = ENGLISH;
let locale = 'en-GB';
/** The zone that was chosen; null is the browser's own, for which no library is needed. */
let chosen: string | null = null;

/** The application's language, told once at its start: JupyterLab loads itself anew to change it. */
export function speak(words: Words, language: string): void {
  trans = words;
  locale = /^en\b/.test(language) ? 'en-GB' : language.replace('_', '-');
  formats.clear();
}

/** Show and read all times in this zone, such as "Europe/Stockholm"; null: the browser's own. */
export function keepTimesIn(name: string | null): void {
  chosen = name === ownZone() ? null : name;
  formats.clear();
}

/** The browser's time zone. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The time zone in which times are shown. */
export function zone(): string {
  return chosen ?? ownZone();
}

/** The moment with the calendar and the clock of the zone. */
function local(time: number): Date {
  return chosen === null ? new Date(time) : new TZDate(time, chosen);
}

/** Making a formatter is slow, using one is fast. */
function format(moment: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  let formatter = formats.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, { timeZone: chosen ?? undefined, ...options });
    formats.set(key, formatter);
  }
  return formatter.format(moment);
}

export function ms(time: string): number {
  return Date.parse(time);
}

export function iso(moment: number): string {
  return new Date(moment).toISOString();
}

export function clockTime(moment: number): string {
  return format(moment, CLOCK);
}

export function date(moment: number): string {
  return format(moment, DATE).replace(',', '');
}

export function startOfDay(moment: number): number {
  return local(moment).setHours(0, 0, 0, 0);
}

export function addDays(moment: number, days: number): number {
  const day = local(moment);
  return day.setDate(day.getDate() + days);
}

/** The same day of another month, or its last one. */
export function addMonths(moment: number, months: number): number {
  const day = local(moment);
  const wanted = day.getDate();
  day.setDate(1);
  day.setMonth(day.getMonth() + months);
  const last = local(+day);
  last.setMonth(last.getMonth() + 1, 0);
  return day.setDate(Math.min(wanted, last.getDate()));
}

/** An hour of the day on which a moment lies. */
export function hourOf(day: number, hour: number): number {
  return local(day).setHours(hour);
}

/** "21". */
export function dayOfMonth(moment: number): string {
  return format(moment, { day: 'numeric' });
}

/** "Sat", and the month on its first day. */
export function weekdayOrMonth(moment: number): string {
  return format(moment, local(moment).getDate() === 1 ? { month: 'short' } : { weekday: 'short' });
}

/** "today 14:00", "tomorrow 09:00", "Sat 21 Nov 14:00", with the year where it is another one. */
export function moment(time: number, now: number): string {
  const day = startOfDay(time);
  if (day === startOfDay(now)) {
    return trans.__('today %1', clockTime(time));
  }
  if (day === startOfDay(addDays(now, 1))) {
    return trans.__('tomorrow %1', clockTime(time));
  }
  const sameYear = local(time).getFullYear() === local(now).getFullYear();
  const text = sameYear ? date(time) : format(time, { ...DATE, year: 'numeric' }).replace(',', '');
  return `${text} ${clockTime(time)}`;
}

/** "today 14:00 – 16:00", "today 22:00 – tomorrow 02:00". */
export function span(start: number, end: number, now: number): string {
  const sameDay = startOfDay(start) === startOfDay(end - 1);
  const midnight = startOfDay(end) === end;
  const last = sameDay ? (midnight ? '24:00' : clockTime(end)) : moment(end, now);
  return `${moment(start, now)} – ${last}`;
}

/** "2 h 30 min", "3 d 4 h", "45 s": the two largest units. */
export function duration(exact: number): string {
  const length = Math.round(exact / SECOND) * SECOND;
  const units: [number, string][] = [
    [DAY, trans.__('d')],
    [HOUR, trans.__('h')],
    [MINUTE, trans.__('min')],
    [SECOND, trans.__('s')]
  ];
  const first = units.findIndex(([unit]) => length >= unit);
  if (first < 0) {
    return `0 ${trans.__('s')}`;
  }
  const [large, name] = units[first];
  const small = units[first + 1];
  const rest = small ? Math.floor((length % large) / small[0]) : 0;
  return `${Math.floor(length / large)} ${name}${rest ? ` ${rest} ${small[1]}` : ''}`;
}

/** "1:59:03" below a day, "2 d 3 h" above: what a running clock shows. */
export function countdown(length: number): string {
  if (length >= DAY) {
    return duration(length);
  }
  const seconds = Math.max(0, Math.ceil(length / SECOND));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map(n => String(n).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(':')}` : parts.join(':');
}

/** The value of an `<input type="date">`. */
export function toDateInput(time: number): string {
  const day = local(time);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The value of an `<input type="datetime-local">`. */
export function toInput(time: number): string {
  return `${toDateInput(time)}T${format(time, CLOCK)}`;
}

/** The moment that such an input, or one of a date alone, names; NaN while it is incomplete. */
export function fromInput(value: string): number {
  const [year, month, day, hour = 0, minute = 0] = value.split(/\D/).map(Number);
  if (!value || [year, month, day, hour, minute].some(Number.isNaN)) {
    return NaN;
  }
  return chosen === null
    ? new Date(year, month - 1, day, hour, minute).getTime()
    : new TZDate(year, month - 1, day, hour, minute, chosen).getTime();
}

/** Round down to a step of at most an hour, as the local clock shows it (some zones are half an hour off). */
export function snap(time: number, step: number): number {
  // Not by setting minutes: in the hour that a clock change repeats, that may name the other one.
  const hour = time - local(time).getMinutes() * MINUTE - (((time % MINUTE) + MINUTE) % MINUTE);
  return hour + Math.floor((time - hour) / step) * step;
}

/** The next full minute: the earliest start that the form can show. */
export function nextMinute(now: number): number {
  return Math.ceil(now / MINUTE) * MINUTE;
}
