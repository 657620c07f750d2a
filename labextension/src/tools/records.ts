/** What the server tells of the project's tools. */

export type ToolState = 'stopped' | 'installing' | 'starting' | 'ready' | 'failing' | 'unreachable';
/** How a tool's page is kept from acting as who looks at it. */
export type PageKind = 'sandboxed' | 'trusted' | 'outside';

export interface Run {
  name: string;
  metric: string | null;
  values: number[];
  /** Its page, from the tool's own on. */
  url?: string;
}

export interface Bucket {
  name: string;
  bytes: number | null;
  objects: number | null;
}

/** The fact that matters of a tool, by its kind; whatever else comes is not shown. */
export interface Fact {
  runs?: Run[];
  buckets?: Bucket[];
  studies?: number;
  bytes?: number;
}

export interface Card {
  name: string;
  kind: string;
  title: string;
  /** The path of its page behind the door, or its address for a link. */
  url: string;
  state: ToolState;
  since: string;
  reason: string;
  progress: number | null;
  doing: string;
  version: string;
  /** This machine runs it: it can be started and stopped. */
  local: boolean;
  opens: 'page' | 'none';
  page: PageKind;
  snippet?: string;
  fact: Fact | null;
}

/** What a person signs in with at a tool that she reaches directly; empty where the door does that. */
export interface Own {
  user: string;
  secret: string;
  address: string;
}

/** A kernel that holds something else than it would get now; `why` if it got nothing. */
export interface Behind {
  id: string;
  since: string;
  why: string;
}

export interface Kernels {
  /** What kernels find in their environment: names alone. */
  names: string[];
  /** Why a kernel would get nothing now. */
  why: string;
  behind: Behind[];
}

export interface Trouble {
  detail: string;
  advice: string | null;
}

export interface State {
  project: string;
  projects: string[];
  tools: Card[];
  trouble: Trouble | null;
  kernels: Kernels;
}
