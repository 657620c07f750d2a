/** The fields of policies and quotas: what they are called, how they are typed, and how they are said. */

import * as React from 'react';

import { duration } from '../../../src/ui/time';

export type Value = number | string | string[] | null;
export type Terms = Record<string, Value>;

export interface Limit {
  name: string;
  label: string;
  /** How it is typed: a length in seconds, a number of something, or words with commas between them. */
  kind: 'length' | 'number' | 'words';
}

export const POLICY_LIMITS: Limit[] = [
  { name: 'min_duration', label: 'Shortest booking', kind: 'length' },
  { name: 'max_duration', label: 'Longest booking', kind: 'length' },
  { name: 'max_gpus', label: 'GPUs of a booking', kind: 'number' },
  { name: 'max_bookings', label: 'Bookings of a person', kind: 'number' },
  { name: 'horizon', label: 'How far ahead', kind: 'length' },
  { name: 'cooldown', label: 'Pause between bookings', kind: 'length' },
  { name: 'weekly_gpu_hours', label: 'GPU-hours in seven days', kind: 'number' },
  { name: 'no_show_after', label: 'Given up if unused after', kind: 'length' },
  { name: 'no_show_warning', label: 'Warned before that', kind: 'length' },
  { name: 'max_extension', label: 'Longest extension', kind: 'length' }
];

export const QUOTA_LIMITS: Limit[] = [
  { name: 'gpus', label: 'GPUs at a time', kind: 'number' },
  { name: 'hours_per_week', label: 'GPU-hours per week', kind: 'number' },
  { name: 'hours_per_month', label: 'GPU-hours per month', kind: 'number' },
  { name: 'products', label: 'Products, with commas', kind: 'words' }
];

const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

/** The largest unit in which the length is a whole number. */
function unitOf(seconds: number): Unit {
  const whole = (['days', 'hours', 'minutes'] as const).find(unit => seconds >= UNITS[unit] && seconds % UNITS[unit] === 0);
  return whole ?? 'seconds';
}

/** One limit in words; empty if there is none. */
export function told({ name, label, kind }: Limit, terms: Terms): string {
  const value = terms[name] ?? null;
  if (value === null) {
    return '';
  }
  const text = kind === 'length' ? duration(Number(value) * 1000) : Array.isArray(value) ? value.join(', ') || 'none' : String(value);
  return `${label}: ${text}`;
}

export interface LimitFieldProps {
  limit: Limit;
  value: Value;
  onChange: (value: Value) => void;
}

function LengthField({ limit, value, onChange }: LimitFieldProps): JSX.Element {
  const seconds = value === null ? null : Number(value);
  const [unit, setUnit] = React.useState<Unit>(seconds === null ? 'hours' : unitOf(seconds));
  const shown = seconds === null ? '' : String(Math.round((seconds / UNITS[unit]) * 1e6) / 1e6);
  const change = (text: string, of: Unit) => onChange(text === '' ? null : Number(text) * UNITS[of]);
  return (
    <div className="maia-Field">
      <span id={`limit-${limit.name}`}>{limit.label}</span>
      <span className="portal-Length" role="group" aria-labelledby={`limit-${limit.name}`}>
        <input
          type="number"
          min={0}
          step="any"
          placeholder="no limit"
          aria-label={limit.label}
          value={shown}
          onChange={event => change(event.target.value, unit)}
        />
        <select
          aria-label={`${limit.label}: unit`}
          value={unit}
          onChange={event => {
            setUnit(event.target.value as Unit);
            change(shown, event.target.value as Unit);
          }}
        >
          {Object.keys(UNITS).map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </span>
    </div>
  );
}

export function LimitField(props: LimitFieldProps): JSX.Element {
  const { limit, value, onChange } = props;
  if (limit.kind === 'length') {
    return <LengthField {...props} />;
  }
  const words = limit.kind === 'words';
  return (
    <label className="maia-Field">
      {limit.label}
      <input
        type={words ? 'text' : 'number'}
        min={0}
        step="any"
        placeholder={words ? 'all' : 'no limit'}
        value={Array.isArray(value) ? value.join(',') : (value ?? '')}
        onChange={event => {
          const text = event.target.value;
          onChange(text === '' ? null : words ? text.split(',') : Number(text));
        }}
      />
    </label>
  );
}
