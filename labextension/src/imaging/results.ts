/** What a search has found: studies page by page, and the series of those that are open. No DOM. */

import { Signal } from '@lumino/signaling';

import type { ImagesApi } from './api';
import type { Query, Series, Study } from './records';

export const EVERYTHING: Query = { patient: '', description: '', modality: '', since: '', until: '', study: '' };
const FIRST_PAGE = 100;
const PAGE = 500;
/** Until the list is put in order all of it has to be here; beyond so many it stays as the archive has it. */
export const MOST = 20_000;

export type Order = 'archive' | 'newest' | 'oldest' | 'patient';

/** The series of a study: being asked for, known, or why not. */
export type Opened = { series: Series[] } | { error: unknown } | 'asking';

export class Results {
  constructor(private readonly api: ImagesApi) {}

  /** Anything changed. */
  readonly changed = new Signal<this, void>(this);
  query = EVERYTHING;
  order: Order = 'archive';
  studies: Study[] = [];
  /** Whether the archive may have more than what is here. */
  more = false;
  asking = false;
  /** False until a search has been answered. */
  known = false;
  /** Why the archive does not answer, and since when. */
  trouble: { error: unknown; since: number } | null = null;
  /** A new one whenever it changes. */
  open: ReadonlyMap<string, Opened> = new Map();

  /** Search anew. */
  async search(query: Query): Promise<void> {
    this.query = query;
    this.turn += 1;
    this.offset = 0;
    this.fresh = true;
    this.asking = false;
    this.open = new Map();
    await this.next();
  }

  /** Ask for the next page. */
  async next(): Promise<void> {
    if (this.asking || (!this.more && !this.fresh)) {
      return;
    }
    const turn = this.turn;
    this.asking = true;
    this.changed.emit();
    const limit = this.offset ? PAGE : FIRST_PAGE;
    try {
      const page = await this.api.studies(this.query, this.offset, limit);
      if (turn === this.turn) {
        this.take(page.studies, page.more);
        this.offset += limit;
      }
    } catch (error) {
      if (turn === this.turn) {
        this.trouble = { error, since: this.trouble?.since ?? Date.now() };
      }
    }
    if (turn === this.turn) {
      this.asking = false;
      this.changed.emit();
      if (this.order !== 'archive' && this.more && !this.trouble && this.studies.length < MOST) {
        await this.next();
      }
    }
  }

  /** Try again what did not answer. */
  again(): Promise<void> {
    return this.known && !this.fresh ? this.next() : this.search(this.query);
  }

  /** Put the list into an order; an archive knows none, so all of it is fetched first. */
  async arrange(order: Order): Promise<void> {
    this.order = order;
    if (order === 'archive') {
      await this.search(this.query);
      return;
    }
    this.sort();
    this.changed.emit();
    await this.next();
  }

  /** Show the series of a study, or no longer. */
  async toggle(study: string): Promise<void> {
    const known = this.open.get(study);
    if (known !== undefined && !(known !== 'asking' && 'error' in known)) {
      this.opened(study, undefined);
      return;
    }
    this.opened(study, 'asking');
    const found = await this.api.series(study).then(
      series => ({ series }),
      error => ({ error: error as unknown })
    );
    if (this.open.has(study)) {
      this.opened(study, found);
    }
  }

  private opened(study: string, how: Opened | undefined): void {
    const open = new Map(this.open);
    if (how === undefined) {
      open.delete(study);
    } else {
      open.set(study, how);
    }
    this.open = open;
    this.changed.emit();
  }

  study(uid: string): Study | undefined {
    return this.studies.find(study => study.uid === uid);
  }

  seriesOf(study: string): Series[] {
    const opened = this.open.get(study);
    return opened && opened !== 'asking' && 'series' in opened ? opened.series : [];
  }

  /** What came while one was paging moves the pages: nothing is listed twice. */
  private take(studies: Study[], more: boolean): void {
    const known = this.fresh ? [] : this.studies;
    const there = new Set(known.map(study => study.uid));
    this.studies = [...known, ...studies.filter(study => !there.has(study.uid))];
    this.more = more;
    this.fresh = false;
    this.known = true;
    this.trouble = null;
    if (!more) {
      this.sort();
    }
  }

  private sort(): void {
    if (this.order === 'archive' || this.more) {
      return;
    }
    const when = (study: Study) => `${study.date ?? ''} ${study.time}`;
    const compare = {
      newest: (one: Study, other: Study) => when(other).localeCompare(when(one)),
      oldest: (one: Study, other: Study) => when(one).localeCompare(when(other)),
      patient: (one: Study, other: Study) => one.patient_id.localeCompare(other.patient_id)
    }[this.order];
    this.studies = [...this.studies].sort(compare);
  }

  private turn = 0;
  private offset = 0;
  /** What is listed belongs to an older search. */
  private fresh = true;
}
