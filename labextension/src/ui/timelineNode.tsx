/** The lanes of one node: bookings, gaps to click, and what a drag would select. */

import * as React from 'react';

import { Pool } from '../api';
import { Gap } from './lanes';
import { useTrans } from './text';
import { clockTime, duration, span } from './time';
import { BookingBlock, LANE, OutageBlock, place } from './timelineBlock';
import { NodeProps, clicked, selectionOf, useSelection } from './timelineDrag';
import type { Drawing } from './timelineProps';

interface GapProps {
  gap: Gap;
  /** The number of its GPU on its machine. */
  index: number;
  pool: Pool;
  drawing: Drawing;
}

function FreeGap({ gap, index, pool, drawing }: GapProps): JSX.Element {
  const trans = useTrans();
  const pick = () => drawing.handlers.onPick({ pool: pool.id, gpus: 1, ...clicked(gap, gap.start, drawing) });
  const label = trans.__('Free: %1, GPU %2, %3. Book', pool.product, index, span(gap.start, gap.end, drawing.now));
  return (
    <button
      type="button"
      className="maia-Gap"
      tabIndex={-1}
      data-lane={gap.lane}
      style={place(gap, gap.lane, 1, drawing)}
      aria-label={label}
      // A pointer is handled by the lanes, which know where it is; only the keyboard clicks without one.
      onClick={event => event.detail === 0 && pick()}
    />
  );
}

const GapButton = React.memo(
  FreeGap,
  ({ gap: was, ...before }, { gap: is, ...after }) =>
    (was.start === is.start && was.end === is.end && was.lane === is.lane) &&
    (before.drawing === after.drawing && before.index === after.index && before.pool.id === after.pool.id)
);

function Ghost({ props, drag, hover }: { props: NodeProps } & Omit<ReturnType<typeof useSelection>, 'handlers'>): JSX.Element | null {
  const { drawing } = props;
  if (drag?.moved) {
    const chosen = selectionOf(drag, drawing);
    const style = place(chosen, chosen.first, chosen.last - chosen.first + 1, drawing);
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
  const spot = clicked(gap, hover.time, drawing);
  return (
    <div className="maia-Ghost" style={place(spot, gap.lane, 1, drawing)} aria-hidden="true">
      <span>+ {clockTime(spot.start)}</span>
    </div>
  );
}

function Names({ lanes }: NodeProps): JSX.Element {
  const trans = useTrans();
  return (
    <div className="maia-Node-names">
      {lanes.gpus.map(gpu => (
        <div key={gpu.id} className="maia-Lane-name" style={{ height: LANE }} title={gpu.id}>
          <b>{trans.__('GPU %1', gpu.index)}</b> <span>{lanes.node}</span>
        </div>
      ))}
    </div>
  );
}

export function Node(props: NodeProps): JSX.Element {
  const trans = useTrans();
  const area = React.useRef<HTMLDivElement>(null);
  const { drag, hover, handlers } = useSelection(props, area);
  const { lanes, drawing } = props;
  const shown = lanes.blocks.filter(block => block.end > drawing.start && block.start < drawing.end);
  return (
    <div className="maia-Node" role="group" aria-label={trans.__('Machine %1', lanes.node)}>
      <Names {...props} />
      <div className="maia-Node-lanes" ref={area} style={{ height: lanes.gpus.length * LANE }} {...handlers}>
        {lanes.gpus.map((gpu, lane) => (
          <i key={gpu.id} className="maia-Lane-line" style={{ top: (lane + 1) * LANE }} />
        ))}
        {lanes.gaps.map(gap => (
          <GapButton
            key={`${gap.lane}/${gap.end}`}
            gap={gap}
            index={lanes.gpus[gap.lane].index}
            pool={props.pool}
            drawing={drawing}
          />
        ))}
        <Ghost props={props} drag={drag} hover={hover} />
        {shown.map(block =>
          block.booking ? (
            <BookingBlock
              key={block.key}
              booking={block.booking}
              at={block}
              lane={block.lane}
              height={block.height}
              drawing={drawing}
              area={area}
            />
          ) : (
            <OutageBlock key={block.key} block={block} drawing={drawing} />
          )
        )}
      </div>
    </div>
  );
}
