/** Changing one's own booking where it is drawn: its whole, its start or its end, by pointer or by keyboard. */

import * as React from 'react';

import { Booking } from '../api';
import { useTrans } from './text';
import { MINUTE, nextMinute, span } from './time';
import { stepOf } from './timelineAxis';
import type { Drawing, Stretch } from './timelineProps';

export type Edge = 'move' | 'start' | 'end';

/** A pointer that moved less than this many pixels has clicked. */
export const CLICK = 6;

const KEYS: Record<string, Edge> = { m: 'move', s: 'start', e: 'end' };

/** What its owner can change of a booking by dragging: all of one to come, the end of one that runs. */
export function edgesOf(booking: Booking, at: Stretch, now: number): Edge[] {
  if (!booking.mine || at.end <= now) {
    return [];
  }
  if (at.start > now && booking.may.includes('move')) {
    return ['move', 'start', 'end'];
  }
  return booking.may.includes('extend') ? ['end'] : [];
}

/** A stretch after one of its edges was shifted: never into the past, never shorter than a step or than it was. */
export function shifted(at: Stretch, edge: Edge, by: number, now: number, step: number): Stretch {
  const first = nextMinute(now);
  const least = Math.max(MINUTE, Math.min(step, at.end - at.start));
  if (edge === 'move') {
    const start = Math.max(at.start + by, first);
    return { start, end: start + at.end - at.start };
  }
  if (edge === 'start') {
    return { start: Math.min(Math.max(at.start + by, first), at.end - least), end: at.end };
  }
  return { start: at.start, end: Math.max(at.end + by, Math.max(at.start, first) + least) };
}

const same = (a: Stretch, b: Stretch) => a.start === b.start && a.end === b.end;

interface Held {
  edge: Edge;
  /** Where the pointer took hold; null: the keyboard did. */
  from: number | null;
  to: Stretch;
}

/** Sends a proposal away and keeps showing it until the calendar has it, or it was refused. */
function useProposal(booking: Booking, at: Stretch, drawing: Drawing) {
  const [sent, setSent] = React.useState<Stretch | null>(null);
  React.useEffect(() => setSent(null), [at.start, at.end]);
  const send = async (to: Stretch) => {
    setSent(to);
    if (!(await drawing.handlers.onChange(booking, to))) {
      setSent(null);
    }
  };
  return { sent, send };
}

/** By keyboard: M, S or E takes hold, arrows shift by a step, Enter saves, Escape leaves it as it was. */
function useKeys(hold: Holding): React.KeyboardEventHandler {
  const { held, edges, at, drawing, take, drop, shift } = hold;
  const trans = useTrans();
  const step = stepOf(drawing.start, drawing.end);
  return event => {
    const edge = KEYS[event.key.toLowerCase()];
    if (!held && edge && edges.includes(edge) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      take({ edge, from: null, to: at });
      drawing.handlers.say(trans.__('Arrow keys change it, Enter saves, Escape leaves it as it was.'));
      return;
    }
    if (!held) {
      return;
    }
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const to = shift(held, held.to, event.key === 'ArrowRight' ? step : -step);
      drawing.handlers.say(span(to.start, to.end, drawing.now));
    } else if (event.key === 'Enter') {
      drop(true);
    } else if (event.key === 'Escape') {
      drop(false);
      drawing.handlers.say(trans.__('Left as it was.'));
    } else if (event.key === 'Tab') {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
}

interface Holding {
  held: Held | null;
  edges: Edge[];
  at: Stretch;
  drawing: Drawing;
  take: (held: Held) => void;
  /** Let go, with or without keeping what it was changed to. */
  drop: (keep: boolean) => void;
  shift: (held: Held, from: Stretch, by: number) => Stretch;
}

function usePointer(hold: Holding, area: React.RefObject<HTMLElement>, open: () => void) {
  const { held, edges, at, drawing, take, drop, shift } = hold;
  const dragged = React.useRef(false);
  const onPointerDown = (event: React.PointerEvent) => {
    event.stopPropagation();
    dragged.current = false;
    const edge = ((event.target as HTMLElement).dataset.edge ?? 'move') as Edge;
    // A finger scrolls the page; it changes a booking in the dialog that a tap opens.
    if (event.button === 0 && event.pointerType !== 'touch' && edges.includes(edge)) {
      event.currentTarget.setPointerCapture(event.pointerId);
      take({ edge, from: event.clientX, to: at });
    }
  };
  const onPointerMove = (event: React.PointerEvent) => {
    if (!held || held.from === null) {
      return;
    }
    const pixels = event.clientX - held.from;
    const width = area.current?.getBoundingClientRect().width ?? 1;
    const step = stepOf(drawing.start, drawing.end);
    const by = Math.round(((pixels / width) * (drawing.end - drawing.start)) / step) * step;
    if (dragged.current || Math.abs(pixels) >= CLICK) {
      dragged.current = true;
      shift(held, at, by);
    }
  };
  const onPointerUp = () => held?.from != null && drop(dragged.current);
  const onPointerCancel = () => drop(false);
  const onClick = () => (dragged.current ? (dragged.current = false) : open());
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onClick };
}

/** Where a booking is to be drawn while it is changed, and what has to listen to its element. */
export function useBookingChange(booking: Booking, drawn: Stretch, drawing: Drawing, area: React.RefObject<HTMLElement>) {
  const [held, setHeld] = React.useState<Held | null>(null);
  const { sent, send } = useProposal(booking, drawn, drawing);
  // Who changes it again before the calendar has it begins where it is shown.
  const at = sent ?? drawn;
  const edges = edgesOf(booking, at, drawing.now);
  const step = stepOf(drawing.start, drawing.end);
  const drop = (keep: boolean) => {
    setHeld(null);
    if (held && keep && !same(held.to, at)) {
      void send(held.to);
    }
  };
  const shift = (what: Held, from: Stretch, by: number) => {
    const to = by ? shifted(from, what.edge, by, drawing.now, step) : from;
    setHeld({ ...what, to });
    return to;
  };
  const holding = { held, edges, at, drawing, take: setHeld, drop, shift };
  const onKeyDown = useKeys(holding);
  const pointer = usePointer(holding, area, () => drawing.handlers.onOpen(booking));
  const onBlur = () => held?.from === null && drop(false);
  return { edges, held: held !== null, shown: held?.to ?? at, handlers: { ...pointer, onKeyDown, onBlur } };
}
