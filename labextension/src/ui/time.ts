/**
 * Times and durations as people read them, in the browser's time zone and the application's language.
 *
 * Moments are milliseconds since 1970. Days are stepped with the local calendar, so that a day with 23 or 25 hours is one.
 */

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

/** The application's language, told once at its start: JupyterLab loads itself anew to change it. */
export function speak(words: Words, language: string): void {
  trans = words;
  locale = /^en\b/.test(language) ? 'en-GB' : language.replace('_', '-');
  formats.clear();
}

/** Making a formatter is slow, using one is fast. */
function format(moment: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  let formatter = formats.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, options);
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
  return new Date(moment).setHours(0, 0, 0, 0);
}

export function addDays(moment: number, days: number): number {
  const day = new Date(moment);
  return day.setDate(day.getDate() + days);
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
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
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

/** The value of an `<input type="datetime-local">`. */
export function toInput(time: number): string {
  const local = new Date(time);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${day}T${two(local.getHours())}:${two(local.getMinutes())}`;
}

/** The moment that such an input names; NaN while it is incomplete. */
export function fromInput(value: string): number {
  return value ? new Date(value).getTime() : NaN;
}

/** Round down to a step of at most an hour, as the local clock shows it (some zones are half an hour off). */
export function snap(time: number, step: number): number {
  const hour = new Date(time).setMinutes(0, 0, 0);
  return hour + Math.floor((time - hour) / step) * step;
}

/** The next full minute: the earliest start that the form can show. */
export function nextMinute(now: number): number {
  return Math.ceil(now / MINUTE) * MINUTE;
}

/** The browser's time zone, such as "Europe/Stockholm". */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
