/** Pointers over the lanes of a node select free time. */

import * as React from 'react';

import { Pool } from '../api';
import { Gap, NodeLanes } from './lanes';
import { HOUR, MINUTE, nextMinute, snap } from './time';
import { stepOf } from './timelineAxis';
import { LANE } from './timelineBlock';
import { CLICK } from './timelineChange';
import type { Drawing } from './timelineProps';

export interface NodeProps {
  pool: Pool;
  lanes: NodeLanes;
  drawing: Drawing;
}

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
  const { start, end } = props.drawing;
  const time = start + ((event.clientX - box.left) / box.width) * (end - start);
  const lane = Math.floor((event.clientY - box.top) / LANE);
  return { time, lane: Math.min(Math.max(lane, 0), props.lanes.gpus.length - 1) };
}

/** What a drag over free lanes selects: whole steps, never the past, at least one step. */
export function selectionOf(drag: Drag, props: Drawing): Selection {
  const step = stepOf(props.start, props.end);
  const start = Math.max(snap(Math.min(drag.from, drag.to), step), nextMinute(props.now));
  const end = Math.max(snap(Math.max(drag.from, drag.to), step) + step, start + step);
  return { first: drag.first, last: drag.last, start, end };
}

/** A click books an hour, or what is left of a shorter gap. */
export function clicked(gap: Gap, time: number, props: Drawing): { start: number; end: number } {
  const step = stepOf(props.start, props.end);
  const start = Math.max(snap(time, step), nextMinute(gap.start));
  const room = gap.end - start;
  return { start, end: start + (room >= 5 * MINUTE ? Math.min(HOUR, room) : HOUR) };
}

/** Selecting free time by pointer: a click is an hour, a drag is what it covers, over several lanes too. */
export function useSelection(props: NodeProps, area: React.RefObject<HTMLDivElement>) {
  const { drawing } = props;
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
      const pixels = (Math.abs(time - drag.from) / (drawing.end - drawing.start)) * width;
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
    const { start, end } = drag.moved ? selectionOf(drag, drawing) : clicked(gap, drag.from, drawing);
    const gpus = drag.moved ? drag.last - drag.first + 1 : 1;
    drawing.handlers.onPick({ pool: props.pool.id, gpus, start, end });
  };
  const cancel = () => {
    setDrag(null);
    setHover(null);
  };
  const handlers = { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: cancel, onPointerLeave: () => setHover(null) };
  return { drag, hover, handlers };
}
