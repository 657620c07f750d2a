/** Templates: wishes to book that one keeps. */

export interface TemplateRequest {
  name: string;
  pool: string;
  gpus: number;
  seconds: number;
  project?: string;
  /** A time of day in `zone`, such as "13:00"; null means now. */
  at: string | null;
  zone: string;
  note: string;
}

export interface Template extends TemplateRequest {
  id: string;
  product: string;
}
