/** Calendar feeds: what calendar programs subscribe to. */

export type FeedKind = 'own' | 'pool' | 'project';

export interface Feed {
  id: string;
  kind: FeedKind;
  /** The pool or the project; empty for one's own bookings. */
  of: string;
  created: string;
  /** When its address was made. */
  renewed: string;
}

/** A feed whose address was just made; it is never shown again. */
export interface NewFeed extends Feed {
  path: string;
  address: string;
}
