/** The lanes of one node: blocks to open, gaps to click, and what a drag would select. */

import * as React from 'react';

import { Booking } from '../api';
import { Block, Gap } from './lanes';
import { purpose } from './quota';
import { useTrans } from './text';
import { clockTime, duration, span } from './time';
import { percent } from './timelineAxis';
import { LANE, NodeProps, clicked, selectionOf, useBlockDrag, useSelection } from './timelineDrag';
import type { Words } from './words';

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
  const trans = useTrans();
  const gpu = props.lanes.gpus[gap.lane];
  const pick = () => props.onPick({ pool: props.pool.id, gpus: 1, ...clicked(gap, gap.start, props) });
  const label = trans.__('Free: %1, GPU %2, %3. Book', props.pool.product, gpu.index, span(gap.start, gap.end, props.now));
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

function title(booking: Booking, trans: Words, now: number, end: number): string {
  const who = booking.mine ? trans.__('Your booking') : trans.__('Booked by %1', booking.user);
  const gpus = trans._n('%1 GPU', '%1 GPUs', booking.gpus);
  const more = [purpose(booking), booking.note].filter(Boolean).map(text => `, ${text}`);
  return `${who}: ${gpus}, ${span(Date.parse(booking.start), end, now)}${more.join('')}`;
}

function BookingBlock(props: { block: Block; node: NodeProps; area: React.RefObject<HTMLDivElement> }): JSX.Element {
  const { block, node, area } = props;
  const trans = useTrans();
  const { shift, movable, handlers } = useBlockDrag(block, node, area);
  const booking = block.booking as Booking;
  const at = { start: block.start + shift, end: block.end + shift };
  const text = title(booking, trans, node.now, block.end);
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
        <b>{booking.mine ? trans.__('You') : booking.user}</b>{' '}
        {shift ? clockTime(at.start) : booking.note || duration(block.end - block.start)}
      </span>
    </button>
  );
}

function OutageBlock({ block, node }: { block: Block; node: NodeProps }): JSX.Element {
  const trans = useTrans();
  const text = trans.__('Out of service: %1', block.outage?.reason || trans.__('maintenance'));
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
  const trans = useTrans();
  const area = React.useRef<HTMLDivElement>(null);
  const { drag, hover, handlers } = useSelection(props, area);
  const { lanes, start, end } = props;
  const shown = lanes.blocks.filter(block => block.end > start && block.start < end);
  return (
    <div className="maia-Node" role="group" aria-label={trans.__('Machine %1', lanes.node)}>
      <div className="maia-Node-names">
        {lanes.gpus.map(gpu => (
          <div key={gpu.id} className="maia-Lane-name" style={{ height: LANE }} title={gpu.id}>
            <b>{trans.__('GPU %1', gpu.index)}</b> <span>{lanes.node}</span>
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
