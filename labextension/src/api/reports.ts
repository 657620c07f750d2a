/** GPU-hours by user, project, product and month. */

export type ReportGroup = 'user' | 'project' | 'product' | 'month';

/** What the report is not grouped by is null; `month` is written as 2026-03. */
export interface ReportLine {
  user: string | null;
  project: string | null;
  product: string | null;
  month: string | null;
  booked: number;
  used: number;
  idle: number;
}

export interface Report {
  /** The first and the last day, both included. */
  first: string;
  last: string;
  zone: string;
  /** Up to when was counted. */
  until: string;
  by: ReportGroup[];
  lines: ReportLine[];
  total: ReportLine;
}

export interface ReportQuery {
  from?: string;
  to?: string;
  zone?: string;
  by: ReportGroup[];
  mine?: boolean;
}
