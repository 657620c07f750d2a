/** Projects, what they may use and what is booked of it. */

export type ProjectRole = 'member' | 'lead' | 'steward';

/** A limit that is null is none; hours are GPU-hours of the present calendar week and month. */
export interface Project {
  name: string;
  title: string;
  roles: ProjectRole[];
  gpus: number | null;
  hours_per_week: number | null;
  hours_per_month: number | null;
  products: string[] | null;
  gpus_now: number;
  hours_this_week: number;
  hours_this_month: number;
}
