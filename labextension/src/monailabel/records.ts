/** What the server tells of MONAI Label. */

import type { Problem } from '../api';

export type ServerState = 'starting' | 'ready' | 'refused' | 'died' | 'stopped';

export interface Server {
  name: string;
  state: ServerState;
  since: string | null;
  reason: string;
  device: string;
  /** The folder of its app. */
  app: string;
  models: string[];
  /** Models without weights: they know nothing yet. */
  untrained: string[];
  images: string;
  /** Its images are asked for by DICOMweb; otherwise they are in a folder. */
  remote: boolean;
  /** The path of its OHIF; null where that cannot show its images. */
  viewer: string | null;
  /** When the session ends, and it with it. */
  until: string | null;
}

export interface Choices {
  /** Its environment has been made. */
  prepared: boolean;
  /** Bytes that this takes. */
  room: number;
  /** The models of the app for radiology; none before it has been made. */
  models: string[];
  /** A session of the platform, which knows what GPUs one holds. */
  session: boolean;
  gpus: string[];
  until: string | null;
}

export interface Progress {
  doing: string;
  share: number | null;
}

export interface Task {
  id: string;
  kind: 'prepare' | 'start' | 'stop';
  tab: string;
  /** The name of a server. */
  subject: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  progress: Progress | null;
  problem: Problem | null;
}

export interface State {
  servers: Server[];
  choices: Choices;
  archive: { there: boolean; problem: Problem | null };
  tasks: Task[];
}

/** What is to be started; `images` is a folder, or null for the project's archive. */
export interface Wanted {
  app: string;
  models: string[];
  images: string | null;
  weights: boolean;
  device: string;
  or_cpu: boolean;
  name: string;
}

/** What a program signs in with, once. */
export interface Password {
  user: string;
  role: string;
  password: string;
  until: string;
}
