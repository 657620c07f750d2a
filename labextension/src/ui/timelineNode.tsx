/** The lanes of one node: blocks to open or drag, gaps to click or drag over. */

import * as React from 'react';

import { Booking, Pool } from '../api';
import { Block, Gap, NodeLanes } from './lanes';
import { useWords } from './text';
import { HOUR, MINUTE, clockTime, duration, nextMinute, snap, span } from './time';
import type { TimelineProps } from './timeline';
import { percent, stepOf } from './timelineAxis';

export type NodeProps = TimelineProps & { pool: Pool; lanes: NodeLanes };

/** Height of a lane in CSS pixels; the style sheet reads it from the same element. */
const LANE = 34;
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
function selectionOf(drag: Drag, props: NodeProps): Selection {
  const step = stepOf(props.start, props.end);
  const start = Math.max(snap(Math.min(drag.from, drag.to), step), nextMinute(props.now));
  const end = Math.max(snap(Math.max(drag.from, drag.to), step) + step, start + step);
  return { first: drag.first, last: drag.last, start, end };
}

/** A click books an hour, or what is left of a shorter gap. */
function clicked(gap: Gap, time: number, props: NodeProps): { start: number; end: number } {
  const step = stepOf(props.start, props.end);
  const start = Math.max(snap(time, step), nextMinute(gap.start));
  const room = gap.end - start;
  return { start, end: start + (room >= 5 * MINUTE ? Math.min(HOUR, room) : HOUR) };
}

function place(props: {
  at: { start: number; end: number };
  first: number;
  height: number;
  range: NodeProps;
}): React.CSSProperties {
  const left = percent(props.at.start, props.range);
  const width = percent(props.at.end, props.range) - left;
  return { left: `${left}%`, width: `${width}%`, top: props.first * LANE, height: props.height * LANE };
}

function GapButton({ gap, props }: { gap: Gap; props: NodeProps }): JSX.Element {
  const words = useWords();
  const gpu = props.lanes.gpus[gap.lane];
  const pick = () => props.onPick({ pool: props.pool.id, gpus: 1, ...clicked(gap, gap.start, props) });
  const label = words.__('Free: %1, GPU %2, %3. Book', props.pool.product, gpu.index, span(gap.start, gap.end, props.now));
  return (
    <button
      type="button"
      className="maia-Gap"
      tabIndex={-1}
      data-lane={gap.lane}
      style={place({ at: gap, first: gap.lane, height: 1, range: props })}
      aria-label={label}
      // A pointer is handled by the lanes, which know where it is; only the keyboard clicks without one.
      onClick={event => event.detail === 0 && pick()}
    />
  );
}

function title(booking: Booking, words: ReturnType<typeof useWords>, now: number, end: number): string {
  const who = booking.mine ? words.__('Your booking') : words.__('Booked by %1', booking.user);
  const gpus = words._n('%1 GPU', '%1 GPUs', booking.gpus);
  return `${who}: ${gpus}, ${span(Date.parse(booking.start), end, now)}${booking.note ? `, ${booking.note}` : ''}`;
}

/** Dragging one's own booking proposes another start; a click opens it. */
function useBlockDrag(block: Block, props: NodeProps, area: React.RefObject<HTMLDivElement>) {
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

function BookingBlock(props: { block: Block; node: NodeProps; area: React.RefObject<HTMLDivElement> }): JSX.Element {
  const { block, node, area } = props;
  const words = useWords();
  const { shift, movable, handlers } = useBlockDrag(block, node, area);
  const booking = block.booking as Booking;
  const at = { start: block.start + shift, end: block.end + shift };
  const text = title(booking, words, node.now, block.end);
  const classes = [
    'maia-Block',
    booking.mine ? 'maia-mod-mine' : '',
    booking.state === 'ended' || block.end <= node.now ? 'maia-mod-over' : '',
    movable ? 'maia-mod-movable' : ''
  ];
  return (
    <button
      type="button"
      className={classes.join(' ')}
      tabIndex={-1}
      data-lane={block.lane}
      data-booking={booking.id}
      title={text}
      style={place({ at, first: block.lane, height: block.height, range: node })}
      {...handlers}
    >
      <span className="maia-visuallyHidden">{text}. </span>
      <span className="maia-Block-face" aria-hidden="true">
        <b>{booking.mine ? words.__('You') : booking.user}</b>{' '}
        {shift ? clockTime(at.start) : booking.note || duration(block.end - block.start)}
      </span>
    </button>
  );
}

function OutageBlock({ block, node }: { block: Block; node: NodeProps }): JSX.Element {
  const words = useWords();
  const text = words.__('Out of service: %1', block.outage?.reason || words.__('maintenance'));
  return (
    <div
      className="maia-Outage"
      title={text}
      style={place({ at: block, first: block.lane, height: block.height, range: node })}
    >
      <span>{text}</span>
    </div>
  );
}

/** Selecting free time by pointer: a click is an hour, a drag is what it covers, over several lanes too. */
function useSelection(props: NodeProps, area: React.RefObject<HTMLDivElement>) {
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

function Ghost({ props, drag, hover }: { props: NodeProps } & Omit<ReturnType<typeof useSelection>, 'handlers'>): JSX.Element | null {
  if (drag?.moved) {
    const chosen = selectionOf(drag, props);
    const style = place({ at: chosen, first: chosen.first, height: chosen.last - chosen.first + 1, range: props });
    return (
      <div className="maia-Ghost maia-mod-drag" style={style} aria-hidden="true">
        {clockTime(chosen.start)} – {clockTime(chosen.end)} ({duration(chosen.end - chosen.start)})
      </div>
    );
  }
  const gap = hover && props.lanes.gaps.find(one => one.lane === hover.lane && one.start <= hover.time && hover.time < one.end);
  if (!hover || !gap || drag) {
    return null;
  }
  const spot = clicked(gap, hover.time, props);
  return (
    <div className="maia-Ghost" style={place({ at: spot, first: gap.lane, height: 1, range: props })} aria-hidden="true">
      <span>+ {clockTime(spot.start)}</span>
    </div>
  );
}

export function Node(props: NodeProps): JSX.Element {
  const words = useWords();
  const area = React.useRef<HTMLDivElement>(null);
  const { drag, hover, handlers } = useSelection(props, area);
  const { lanes, start, end } = props;
  const shown = lanes.blocks.filter(block => block.end > start && block.start < end);
  return (
    <div className="maia-Node" role="group" aria-label={words.__('Machine %1', lanes.node)}>
      <div className="maia-Node-names">
        {lanes.gpus.map(gpu => (
          <div key={gpu.id} className="maia-Lane-name" style={{ height: LANE }} title={gpu.id}>
            <b>{words.__('GPU %1', gpu.index)}</b> <span>{lanes.node}</span>
          </div>
        ))}
      </div>
      <div className="maia-Node-lanes" ref={area} style={{ height: lanes.gpus.length * LANE }} {...handlers}>
        {lanes.gpus.map((gpu, lane) => (
          <i key={gpu.id} className="maia-Lane-line" style={{ top: (lane + 1) * LANE }} />
        ))}
        {lanes.gaps.map(gap => (
          <GapButton key={`${gap.lane}/${gap.end}`} gap={gap} props={props} />
        ))}
        <Ghost props={props} drag={drag} hover={hover} />
        {shown.map(block =>
          block.booking ? (
            <BookingBlock key={block.key} block={block} node={props} area={area} />
          ) : (
            <OutageBlock key={block.key} block={block} node={props} />
          )
        )}
      </div>
    </div>
  );
}
