/** The dialog that is open over the calendar: one books or changes a booking, the other one shows it. */

import * as React from 'react';

import { Booking, Pool } from '../api';
import { Draft, Handlers, draftOf, emptyDraft } from '../ui';
import { useAround } from './around';
import { BookDialog, DetailsDialog } from './dialogs';
import { useDragged } from './dragged';

type Opened = { kind: 'book'; draft: Draft; booking?: Booking } | { kind: 'details'; booking: Booking } | null;

export interface Opening {
  /** What the calendar does. */
  handlers: Handlers;
  /** Ask for a booking, with what is known of it. */
  book: (part?: Partial<Draft>) => void;
  move: (booking: Booking) => void;
  open: (booking: Booking) => void;
  /** The dialog itself, to stand somewhere on the page. */
  dialog: React.ReactNode;
}

/** What opens the dialogs of bookings, of these `pools`. */
export function useOpened(pools: Pool[]): Opening {
  const { clock } = useAround();
  const [opened, setOpened] = React.useState<Opened>(null);
  const close = () => setOpened(null);
  const change = (booking: Booking, draft: Draft) => setOpened({ kind: 'book', draft, booking });
  const onChange = useDragged(change);
  // Who is faster than the list of pools, and says which one, is not forgotten: the dialog opens when it is there.
  const book = (part: Partial<Draft> = {}) =>
    setOpened({ kind: 'book', draft: { ...emptyDraft(pools, clock.now()), ...part } });
  const move = (booking: Booking) => change(booking, draftOf(booking));
  const open = (booking: Booking) => setOpened({ kind: 'details', booking });
  const handlers: Handlers = { onPick: pick => book({ ...pick, immediate: false }), onOpen: open, onChange };
  const dialog = (
    <>
      {opened?.kind === 'book' && pools.length > 0 && (
        <BookDialog pools={pools} draft={opened.draft} booking={opened.booking} onClose={close} />
      )}
      {opened?.kind === 'details' && <DetailsDialog booking={opened.booking} onClose={close} onMove={move} />}
    </>
  );
  return { handlers, book, move, open, dialog };
}
