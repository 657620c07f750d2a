/** What the server tells of jobs and systems, as it comes. */

import type { Problem } from '../api';

export type Group = 'waiting' | 'running' | 'done' | 'failed' | 'unsure';
export type Connection = 'local' | 'open' | 'closed' | 'lost' | 'sign-in-again' | 'files-only';

export interface Job {
  token: string;
  system: string;
  name: string;
  folder: string;
  created: string;
  job_id: string | null;
  state: string;
  reason: string;
  exit_code: string;
  expected_start: string;
  changed: string;
  over: boolean;
  group: Group;
  /** What can be done about what has become of it; empty where nothing needs to be. */
  advice: string;
}

/** What somebody fills in to make a job; a field left empty says nothing. */
/** What the form of a new system says; empty: not said. */
export interface SystemForm {
  name: string;
  preset: string;
  host: string;
  user: string;
  project: string;
  account: string;
  time: string;
}

export interface JobForm {
  system: string;
  name: string;
  command: string;
  time: string;
  nodes: string;
  cpus: string;
  memory: string;
  gpus: string;
  gpu_type: string;
  account: string;
  partition: string;
  array: string;
  modules: string;
  environment: string;
  image: string;
  /** What goes along: a notebook, which is executed there and comes back, or a folder, in which the job runs. */
  send: Sent | null;
  /** What a job says that has no field here: kept as it is when it is submitted again. */
  rest: Record<string, unknown>;
}

export interface Sent {
  kind: 'notebook' | 'folder';
  /** In the file browser. */
  path: string;
}

/** A file or folder of a job. */
export interface FileEntry {
  name: string;
  folder: boolean;
  size: number;
  /** Seconds since 1970, by the clock there. */
  modified: number;
}

/** How far a job is. */
export interface Glance {
  /** The end of its log. */
  tail: string;
  percent: number | null;
  /** Its place in the queue, and of how many. */
  place: [number, number] | null;
}

/** What a job used of what it was given; shares from 0 to 1, null where it is not known. */
export interface Efficiency {
  seconds: number;
  cpus: number;
  cpu_share: number | null;
  memory: number | null;
  memory_given: number | null;
  memory_share: number | null;
  gpus: number;
  gpu_share: number | null;
}

/** What has been fetched: how many files, and where in the file browser. */
export interface Returned {
  files: number;
  path: string;
}

/** The run of MLflow that a job has become. */
export interface Tracked {
  run: string;
  experiment: string;
  params: number;
  metrics: number;
  /** Its page, from MLflow's own on. */
  page: string;
  /** Where that is for any browser; empty where MLflow is a tool of the project, or has no pages. */
  address: string;
}

export interface JobPage extends Job {
  run: Tracked | null;
  script: string;
  form: Partial<Record<keyof JobForm, unknown>>;
}

export interface Preset {
  name: string;
  values: Partial<Record<keyof JobForm, unknown>>;
}

export interface System {
  name: string;
  title: string;
  scheduler: 'slurm' | 'local';
  host: string;
  file: string;
  connection: Connection;
  /** Why the system could not be asked the last time; empty if it could. */
  trouble: string;
  gpu_types: string[];
  gpus_per_node: number | null;
  account: string;
  time: string;
  account_required: boolean;
  containers: boolean;
  untried: string[];
  presets: Preset[];
}

export interface Systems {
  systems: System[];
  broken: { file: string; problem: Problem }[];
  /** Names that a system's file may build on. */
  presets: string[];
  /** There is an MLflow that jobs can be written to. */
  tracking: boolean;
  /** Where files of systems are. */
  folder: string;
}

/** One thing that was looked at when a system was checked. */
export interface Finding {
  what: string;
  good: boolean;
  said: string;
  advice: string;
}

export interface Question {
  id: string;
  kind: 'host-key' | 'passphrase' | 'password' | 'code';
  host: string;
  text: string;
  instructions: string;
  echo: boolean;
}

export interface Progress {
  bytes_done: number;
  bytes_total: number;
  files_done: number;
  files_total: number;
  rate: number;
  remaining: number | null;
}

/** Something that takes its time, as the server tells of it. */
export interface Task {
  id: string;
  kind: string;
  /** The tab that asked for it: the one that is asked. */
  tab: string;
  /** The system or the job that it is about. */
  subject: string;
  state: 'running' | 'asking' | 'done' | 'failed' | 'cancelled';
  question: Question | null;
  progress: Progress | null;
  result: unknown;
  problem: Problem | null;
}

export interface State extends Systems {
  jobs: Job[];
  tasks: Task[];
}
