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
  /** Labels that the image server does not have yet, the oldest first. */
  waiting: WaitingLabel[];
}

export interface WaitingLabel {
  uid: string;
  image: string;
  author: string;
  since: string;
  attempts: number;
  why: string;
  /** When it is tried next. */
  next: string | null;
  state: 'waiting' | 'refused';
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

/** A step and the loss at it. */
export type LossPoint = [number, number];

/** `page` of MLflow, or why there is no run. */
export interface TrackedRun {
  page?: string;
  why?: string;
}

export interface Version {
  number: number;
  /** Dice on the labels that were held out from its training. */
  score: number | null;
  /** Who asked for its training; empty: it began by itself. */
  by: string;
  at: string;
  labels: number;
  held_out: number;
  /** Names the labels that were held out: scores on others cannot be compared. */
  held: string;
  authors: string[];
  loss: LossPoint[];
  run: TrackedRun;
  used: boolean;
  why: string;
}

/** The last training of a model that has become no version. */
export interface Training {
  name: string;
  state: 'running' | 'interrupted' | 'failed';
  why: string;
  /** What it began on. */
  device: string;
  progress: number | null;
  epoch: number;
  epochs: number;
  loss: LossPoint[];
  since: string;
  wanted_by: string;
  run: TrackedRun;
}

export interface TaughtModel {
  name: string;
  /** 0: as it came. */
  used: number;
  /** Why that one is used, and who said so; empty: the rules did. */
  why: string;
  by: string;
  /** Why it is not trained by itself now; empty if it is to be. */
  waits_for: string;
  versions: Version[];
  training: Training | null;
}

export interface Learning {
  models: TaughtModel[];
}

/** With whom it is shared. */
export interface Share {
  id: string;
  guest: string;
  until: string;
  /** Where the guest finds it: an address, or a path of this site. */
  page: string;
}
