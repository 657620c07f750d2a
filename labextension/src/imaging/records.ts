/** What the server tells of images, as it comes. */

import type { Problem } from '../api';

export interface Study {
  uid: string;
  patient_id: string;
  patient_name: string;
  /** "2026-03-31"; null where the archive does not know. */
  date: string | null;
  time: string;
  description: string;
  accession: string;
  modalities: string[];
  series: number | null;
  instances: number | null;
}

export interface Series {
  uid: string;
  study_uid: string;
  modality: string;
  number: number | null;
  description: string;
  body_part: string;
  instances: number | null;
}

/** What somebody searches for; a field left empty asks for nothing. */
export interface Query {
  patient: string;
  description: string;
  modality: string;
  since: string;
  until: string;
  study: string;
}

export interface Page {
  studies: Study[];
  /** Whether another page may follow. */
  more: boolean;
}

/** Where the archive takes images by C-STORE; empty where it does not. */
export interface Archive {
  host: string;
  port: string;
  aet: string;
  storescu: string;
}

export interface Progress {
  done: number;
  total: number;
  bytes: number;
  rate: number;
  remaining: number | null;
}

export interface Sent {
  accepted: number;
  repeated: number;
  refused: number;
  reasons: { path: string; reason: string }[];
}

export interface Converted {
  paths: string[];
  folder: string;
}

export type TaskKind = 'convert' | 'forward' | 'send';

export interface Task {
  id: string;
  kind: TaskKind;
  tab: string;
  subject: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  doing: '' | 'fetch' | 'convert' | 'send';
  progress: Progress | null;
  result: unknown;
  problem: Problem | null;
}

export interface State {
  archive: Archive | null;
  problem: Problem | null;
  tasks: Task[];
}

/** A node that the person has written down; its credentials stay at the server. */
export interface NamedNode {
  name: string;
  where: string;
  problem: Problem | null;
}

/** Another image server: one that is written down, by its name, or where it is. */
export interface Node {
  by: 'named' | 'dimse' | 'dicomweb';
  name: string;
  host: string;
  port: string;
  aet: string;
  url: string;
}
