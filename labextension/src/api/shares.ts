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
}
