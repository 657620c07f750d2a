/** The rules for bookings, as administrators see and change them. Lengths are in seconds, null is no limit. */

import type { Booking, Refusal } from './bookings';

export interface PolicyTerms {
  name: string;
  min_duration: number | null;
  max_duration: number | null;
  max_gpus: number | null;
  max_bookings: number | null;
  horizon: number | null;
  cooldown: number | null;
  weekly_gpu_hours: number | null;
  no_show_after: number | null;
  no_show_warning: number | null;
  max_extension: number | null;
}

export interface QuotaTerms {
  title: string;
  gpus: number | null;
  hours_per_week: number | null;
  hours_per_month: number | null;
  products: string[] | null;
}

/** Of the whole site if `project` is null. `changed` is null where the settings of the installation hold. */
export interface RuleOf<T> {
  project: string | null;
  terms: T | null;
  etag: string;
  changed: { at: string; by: string; reason: string } | null;
}

export interface Rules {
  policies: RuleOf<PolicyTerms>[];
  quotas: RuleOf<QuotaTerms>[];
}

export type RuleKind = 'policy' | 'quotas';

/** `terms` null: what the settings say. */
export interface RuleChange {
  project: string | null;
  terms: PolicyTerms | QuotaTerms | null;
}

/** `refused_before` of the `refused` the rules in force would refuse, too; `rules` says how many each rule refuses. */
export interface Trial {
  since: string;
  bookings: number;
  refused: number;
  refused_before: number;
  rules: Record<string, number>;
  examples: { booking: Booking; refusals: Refusal[] }[];
}
