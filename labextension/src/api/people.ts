/** Who is there, the GPU-hours of people, and the audit log. */

export interface Me {
  user: string;
  admin: boolean;
  groups: string[];
  now: string;
  /** The site's time zone, such as Europe/Stockholm. */
  zone: string;
  xsrf: string | null;
}

export interface Account {
  user: string;
  project: string;
  booked: number;
  used: number;
  idle: number;
}

export interface AuditEvent {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  user: string;
  project: string;
  reason: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** `subject` is what the id of the booking, or other thing, begins with; `until` is exclusive. */
export interface AuditSearch {
  user?: string;
  project?: string;
  subject?: string;
  action?: string;
  since?: string;
  until?: string;
  text?: string;
}
