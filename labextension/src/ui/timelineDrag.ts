/** Pointers over the lanes of a node: selecting free time, and dragging a booking to another start. */

import * as React from 'react';

import { Pool } from '../api';
import { Block, Gap, NodeLanes } from './lanes';
import { HOUR, MINUTE, nextMinute, snap } from './time';
import { stepOf } from './timelineAxis';
import type { TimelineProps } from './timelineProps';

export type NodeProps = TimelineProps & { pool: Pool; lanes: NodeLanes };

/** Height of a lane in CSS pixels; the style sheet reads it from the same element. */
export const LANE = 34;
/** A pointer that moved less than this many pixels has clicked. */
const CLICK = 6;

interface Drag {
  lane: number;
  from: number;
  to: number;
  /** Lanes that the pointer covers. */
  first: number;
  last: number;
  moved: boolean;
}

interface Selection {
  first: number;
  last: number;
  start: number;
  end: number;
}

/** The moment and the lane under the pointer. */
function under(event: React.PointerEvent, box: DOMRect, props: NodeProps): { time: number; lane: number } {
  const time = props.start + ((event.clientX - box.left) / box.width) * (props.end - props.start);
  const lane = Math.floor((event.clientY - box.top) / LANE);
  return { time, lane: Math.min(Math.max(lane, 0), props.lanes.gpus.length - 1) };
}

/** What a drag over free lanes selects: whole steps, never the past, at least one step. */
export function selectionOf(drag: Drag, props: NodeProps): Selection {
  const step = stepOf(props.start, props.end);
  const start = Math.max(snap(Math.min(drag.from, drag.to), step), nextMinute(props.now));
  const end = Math.max(snap(Math.max(drag.from, drag.to), step) + step, start + step);
  return { first: drag.first, last: drag.last, start, end };
}

/** A click books an hour, or what is left of a shorter gap. */
export function clicked(gap: Gap, time: number, props: NodeProps): { start: number; end: number } {
  const step = stepOf(props.start, props.end);
  const start = Math.max(snap(time, step), nextMinute(gap.start));
  const room = gap.end - start;
  return { start, end: start + (room >= 5 * MINUTE ? Math.min(HOUR, room) : HOUR) };
}

/** Dragging one's own booking proposes another start; a click opens it. */
export function useBlockDrag(block: Block, props: NodeProps, area: React.RefObject<HTMLDivElement>) {
  const [shift, setShift] = React.useState(0);
  const origin = React.useRef<number | null>(null);
  const booking = block.booking;
  const movable = Boolean(booking?.mine && booking.may.includes('move') && block.start > props.now);
  const shiftOf = (event: React.PointerEvent): number => {
    const pixels = event.clientX - (origin.current ?? event.clientX);
    const width = area.current?.getBoundingClientRect().width ?? 1;
    const step = stepOf(props.start, props.end);
    return Math.abs(pixels) < CLICK ? 0 : Math.round(((pixels / width) * (props.end - props.start)) / step) * step;
  };
  const onPointerDown = (event: React.PointerEvent) => {
    event.stopPropagation();
    if (movable && event.button === 0) {
      origin.current = event.clientX;
      event.currentTarget.setPointerCapture(event.pointerId);
    }
  };
  const onPointerMove = (event: React.PointerEvent) => origin.current !== null && setShift(shiftOf(event));
  const onPointerUp = (event: React.PointerEvent) => {
    const by = shiftOf(event);
    origin.current = null;
    setShift(0);
    if (by && booking) {
      dragged.current = true;
      props.onMove(booking, Math.max(block.start + by, nextMinute(props.now)));
    }
  };
  const dragged = React.useRef(false);
  const onClick = () => {
    if (!dragged.current && booking) {
      props.onOpen(booking);
    }
    dragged.current = false;
  };
  return { shift, movable, handlers: { onPointerDown, onPointerMove, onPointerUp, onClick } };
}

/** Selecting free time by pointer: a click is an hour, a drag is what it covers, over several lanes too. */
export function useSelection(props: NodeProps, area: React.RefObject<HTMLDivElement>) {
  const [drag, setDrag] = React.useState<Drag | null>(null);
  const [hover, setHover] = React.useState<{ lane: number; time: number } | null>(null);
  const gapAt = (lane: number, time: number) =>
    props.lanes.gaps.find(gap => gap.lane === lane && gap.start <= time && time < gap.end);
  const at = (event: React.PointerEvent) =>
    under(event, (area.current as HTMLDivElement).getBoundingClientRect(), props);

  const onPointerDown = (event: React.PointerEvent) => {
    const { time, lane } = at(event);
    if (event.button === 0 && gapAt(lane, time)) {
      setDrag({ lane, from: time, to: time, first: lane, last: lane, moved: false });
      // A finger scrolls the page; only a mouse or a pen draws.
      if (event.pointerType !== 'touch') {
        event.currentTarget.setPointerCapture(event.pointerId);
      }
    }
  };
  const onPointerMove = (event: React.PointerEvent) => {
    const { time, lane } = at(event);
    setHover(event.pointerType === 'mouse' && gapAt(lane, time) ? { lane, time } : null);
    if (drag) {
      const width = (area.current as HTMLDivElement).getBoundingClientRect().width;
      const pixels = (Math.abs(time - drag.from) / (props.end - props.start)) * width;
      const moved = drag.moved || pixels >= CLICK || lane !== drag.lane;
      setDrag({ ...drag, to: time, first: Math.min(drag.lane, lane), last: Math.max(drag.lane, lane), moved });
    }
  };
  const onPointerUp = () => {
    const gap = drag && gapAt(drag.lane, drag.from);
    setDrag(null);
    if (!drag || !gap) {
      return;
    }
    const { start, end } = drag.moved ? selectionOf(drag, props) : clicked(gap, drag.from, props);
    const gpus = drag.moved ? drag.last - drag.first + 1 : 1;
    props.onPick({ pool: props.pool.id, gpus, start, end });
  };
  const cancel = () => {
    setDrag(null);
    setHover(null);
  };
  const handlers = { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: cancel, onPointerLeave: () => setHover(null) };
  return { drag, hover, handlers };
}
