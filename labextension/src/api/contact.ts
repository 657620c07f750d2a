/** Notices outside of JupyterLab: where one is told, and about what. */

export interface TopicChoice {
  topic: string;
  text: string;
}

export interface Contact {
  /** False where the hub sends no e-mail. */
  available: boolean;
  address: string;
  confirmed: string | null;
  /** An address to which a code was sent that has not come back. */
  pending: string;
  topics: string[];
  /** Seconds before the end. */
  lead: number;
  zone: string;
  /** Why the last message was not taken; empty if it was. */
  problem: string;
  problem_since: string | null;
  /** As much of the webhook of one's channel as may be shown. */
  hook: string;
  hook_problem: string;
  /** On which hosts such a webhook may lie. */
  hook_hosts: string[];
  choices: TopicChoice[];
  leads: number[];
}

export interface ContactChange {
  topics?: string[];
  lead?: number;
  zone?: string;
}
