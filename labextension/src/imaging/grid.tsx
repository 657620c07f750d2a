/** The list of studies and their series: a tree grid of which only the lines that are seen are drawn. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';
import type { Chosen } from './model';
import { NoteRow, SeriesRow, StudyRow } from './row';
import { Row, heightOf, rowsOf, rowAt, seen } from './rows';

/** So many lines before the end the next page is asked for. */
const AHEAD = 80;
const ID = 'maia-images-row-';

/** Where the view is, told no more than once a frame. */
function useView(ref: React.RefObject<HTMLDivElement>): { top: number; height: number } {
  const [view, setView] = React.useState({ top: 0, height: 600 });
  React.useEffect(() => {
    const node = ref.current as HTMLDivElement;
    let frame = 0;
    const look = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setView({ top: node.scrollTop, height: node.clientHeight });
      });
    };
    const sized = new ResizeObserver(look);
    sized.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      sized.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, [ref]);
  return view;
}

function keyOf(chosen: Chosen | null): string {
  return !chosen ? '' : chosen.series ? `${chosen.study}/${chosen.series}` : chosen.study;
}

function chosenOf(row: Row): Chosen {
  return { study: row.study.uid, series: row.kind === 'series' ? row.series.uid : '' };
}

/** Where a key leads from a line; null for keys that lead nowhere. */
function target(rows: Row[], at: number, key: string, page: number): number | null {
  const last = rows.length - 1;
  const moves: Record<string, number> = {
    ArrowDown: Math.min(last, at + 1),
    ArrowUp: Math.max(0, at - 1),
    PageDown: Math.max(0, rowAt(rows, (rows[at]?.top ?? 0) + page)),
    PageUp: Math.max(0, rowAt(rows, Math.max(0, (rows[at]?.top ?? 0) - page))),
    Home: 0,
    End: last
  };
  return key in moves ? moves[key] : null;
}

export function Grid(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const { results, chosen } = model;
  const ref = React.useRef<HTMLDivElement>(null);
  const view = useView(ref);
  const { studies, open: openOnes } = results;
  const rows = React.useMemo(() => rowsOf(studies, openOnes), [studies, openOnes]);
  const [first, after] = seen(rows, view.top, view.height);
  const at = rows.findIndex(row => row.key === keyOf(chosen));

  React.useEffect(() => {
    if (results.more && !results.asking && !results.trouble && after > rows.length - AHEAD) {
      void results.next();
    }
  });
  React.useEffect(() => {
    // In braces: browsers have begun to return a promise, which React would take for the way back.
    ref.current?.scrollTo({ top: 0 });
  }, [results.query]);

  const go = (index: number) => {
    const row = rows[index];
    if (!row) {
      return;
    }
    model.choose(chosenOf(row));
    const node = ref.current as HTMLDivElement;
    if (row.top < node.scrollTop) {
      node.scrollTop = row.top;
    } else if (row.top + row.height > node.scrollTop + node.clientHeight) {
      node.scrollTop = row.top + row.height - node.clientHeight;
    }
  };
  const onKey = (event: React.KeyboardEvent) => {
    const row = rows[at];
    const open = row?.kind === 'study' && row.open;
    const to = target(rows, at, event.key, view.height);
    if (to !== null) {
      go(to);
    } else if (row && (event.key === 'Enter' || event.key === ' ')) {
      void results.toggle(row.study.uid);
    } else if (row && event.key === 'ArrowRight' && row.kind === 'study') {
      void (open ? go(at + 1) : results.toggle(row.study.uid));
    } else if (row && event.key === 'ArrowLeft') {
      void (open ? results.toggle(row.study.uid) : go(rows.findIndex(each => each.key === row.study.uid)));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const props = (row: Row, index: number) => ({
    id: `${ID}${index}`,
    index: index + 1,
    chosen: index === at,
    choose: () => model.choose(chosenOf(row)),
    toggle: () => void results.toggle(row.study.uid)
  });
  return (
    <div
      ref={ref}
      className="maia-Images-grid"
      role="treegrid"
      tabIndex={0}
      aria-label={trans.__('Studies')}
      aria-rowcount={results.more ? -1 : rows.length}
      aria-busy={results.asking}
      aria-activedescendant={at >= first && at < after ? `${ID}${at}` : undefined}
      onKeyDown={onKey}
      onFocus={() => at < 0 && rows.length > 0 && go(rowAt(rows, view.top))}
    >
      <div role="rowgroup" className="maia-Images-rows" style={{ height: heightOf(rows) }}>
        {rows.slice(first, after).map((row, offset) => {
          const common = props(row, first + offset);
          if (row.kind === 'study') {
            return <StudyRow key={row.key} row={row} {...common} />;
          }
          return row.kind === 'series' ? <SeriesRow key={row.key} row={row} {...common} /> : <NoteRow key={row.key} row={row} {...common} />;
        })}
      </div>
    </div>
  );
}
