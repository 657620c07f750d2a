/** MONAI Labels that people share. */

/** One that `owner` shares with `guest`, and nothing else of that server of `project`. */
export interface ToolShare {
  id: string;
  owner: string;
  server: string;
  tool: string;
  guest: string;
  project: string;
  until: string;
  created: string;
  /** Where the guest opens it: a path of the hub's origin, or an address where tools have an origin of their own. */
  page: string;
}
