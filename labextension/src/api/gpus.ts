/** Which GPUs there are, when some of them cannot be used, and how much of them is in use. Memory is in bytes. */

export interface Gpu {
  id: string;
  node: string;
  index: number;
  product: string;
  memory: number;
  simulated: boolean;
  mig_profile: string | null;
}

export interface Pool {
  id: string;
  product: string;
  resource: string;
  simulated: boolean;
  capacity: number;
  largest_node: number;
  gpus: Gpu[];
}

export interface Outage {
  node: string;
  start: string;
  end: string;
  gpus: number;
  reason: string;
  /** It lasts as long as the cluster says so; nobody planned it. */
  by_cluster?: boolean;
  /** Nothing is wrong with them: they are kept free for who has waited longest on the waiting list. */
  kept?: boolean;
  /** The id of the one that is meant; without it nobody has said which. */
  gpu?: string | null;
}

/** All GPUs of a product are out of service: an outage of each node that has it. */
export interface Block {
  pool: string;
  start: string;
  end: string;
  reason: string;
}

/** A node that has GPUs, or that something is wrong with; for administrators. */
export interface MachineState {
  node: string;
  pool: string;
  product: string;
  gpus: number;
  trouble: string;
  since: string | null;
}

export interface GpuUsage {
  gpu: string;
  utilisation: number | null;
  memory_used: number | null;
  memory: number;
  simulated: boolean;
}

export interface Usage {
  now: string;
  gpus: GpuUsage[];
}

export interface ForeignProcess {
  gpu: string;
  pid: number;
  unix_user: string;
  memory: number | null;
  since: string;
}
