/** The timeline: one lane per GPU over some days, bookings and outages in them, free stretches to book. */

import * as React from 'react';

import { Calendar, PoolCalendar } from '../api';
import { nodesOf } from './lanes';
import { SimulatedBadge } from './simulated';
import { useTrans } from './text';
import { Axis, DayLines } from './timelineAxis';
import { Node } from './timelineNode';
import type { TimelineProps } from './timelineProps';

function PoolRows({ calendar, props }: { calendar: PoolCalendar; props: TimelineProps }): JSX.Element {
  const trans = useTrans();
  const { pool } = calendar;
  const nodes = nodesOf(calendar, props.start, props.end, props.now);
  return (
    <section className="maia-Pool" aria-label={pool.product}>
      <h3 className="maia-Pool-title">
        {pool.product} <SimulatedBadge {...pool} />
        <small>{trans._n('%1 GPU', '%1 GPUs', pool.capacity)}</small>
      </h3>
      {nodes.map(lanes => (
        <Node key={lanes.node} pool={pool} lanes={lanes} {...props} />
      ))}
    </section>
  );
}

/** Arrow keys walk over everything in the timeline: left and right in time, up and down between GPUs. */
function useArrows(root: React.RefObject<HTMLDivElement>) {
  return (event: React.KeyboardEvent) => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
    const current = document.activeElement as HTMLElement | null;
    if (!root.current || !current?.dataset.lane || !keys.includes(event.key)) {
      return;
    }
    event.preventDefault();
    const items = [...root.current.querySelectorAll<HTMLElement>('[data-lane]')];
    const next = nearest(items, current, event.key);
    if (next) {
      items.forEach(item => (item.tabIndex = -1));
      next.tabIndex = 0;
      next.focus();
    }
  };
}

/** The closest item in the direction of the key; across pools and nodes, for position on the screen decides. */
function nearest(items: HTMLElement[], current: HTMLElement, key: string): HTMLElement | undefined {
  const here = current.getBoundingClientRect();
  const across = key === 'ArrowLeft' || key === 'ArrowRight';
  const sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  const distance = (item: HTMLElement): number => {
    const there = item.getBoundingClientRect();
    if (across) {
      const sameLane = there.top < here.bottom - 1 && here.top < there.bottom - 1;
      const step = (there.left - here.left) * sign;
      return sameLane && step > 0 ? step : Infinity;
    }
    const step = (there.top - here.top) * sign;
    return step > 0 ? step * 1000 + Math.abs(there.left - here.left) : Infinity;
  };
  const best = items
    .filter(item => item !== current)
    .map(item => ({ item, far: distance(item) }))
    .sort((a, b) => a.far - b.far)[0];
  return best && best.far < Infinity ? best.item : undefined;
}

/** One tab stop for the whole timeline, wherever live updates have moved it. */
function useTabStop(root: React.RefObject<HTMLDivElement>, calendar: Calendar, start: number): void {
  React.useEffect(() => {
    const items = [...(root.current?.querySelectorAll<HTMLElement>('[data-lane]') ?? [])];
    if (items.length && !items.some(item => item.tabIndex === 0)) {
      items[0].tabIndex = 0;
    }
  }, [root, calendar, start]);
}

export function Timeline(props: TimelineProps): JSX.Element {
  const trans = useTrans();
  const root = React.useRef<HTMLDivElement>(null);
  const onKeyDown = useArrows(root);
  useTabStop(root, props.calendar, props.start);
  const hint = React.useId();
  const label = trans.__('Timeline of GPUs');
  return (
    <div className="maia-Timeline" ref={root} role="group" aria-label={label} aria-describedby={hint} onKeyDown={onKeyDown}>
      <p id={hint} className="maia-visuallyHidden">
        {trans.__('Arrow keys move between free times and bookings, Enter books or opens. The table view says the same.')}
      </p>
      <Axis start={props.start} end={props.end} now={props.now} />
      <div className="maia-Timeline-rows">
        <DayLines start={props.start} end={props.end} now={props.now} />
        {props.calendar.pools.map(calendar => (
          <PoolRows key={calendar.pool.id} calendar={calendar} props={props} />
        ))}
      </div>
    </div>
  );
}
