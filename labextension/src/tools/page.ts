/** A tool's page in a tab. */

import { IFrame, MainAreaWidget, ToolbarButton } from '@jupyterlab/apputils';
import { launchIcon, refreshIcon } from '@jupyterlab/ui-components';

import type { Words } from '../ui';
import { toolsIcon } from './icon';
import type { Card, PageKind } from './records';

const ALWAYS: IFrame.SandboxExceptions[] = ['allow-scripts', 'allow-forms', 'allow-popups', 'allow-downloads', 'allow-modals'];

/** What a page may: one that shows what users wrote has no origin here, and so nothing of JupyterLab's. */
export function sandboxOf(page: PageKind): IFrame.SandboxExceptions[] {
  return page === 'trusted' ? [...ALWAYS, 'allow-same-origin'] : ALWAYS;
}

export class ToolTab extends MainAreaWidget<IFrame> {
  constructor(
    readonly project: string,
    readonly card: Card,
    url: string,
    openWindow: () => void,
    trans: Words
  ) {
    const frame = new IFrame({ sandbox: sandboxOf(card.page), referrerPolicy: 'strict-origin-when-cross-origin', loading: 'eager' });
    super({ content: frame });
    this.id = `maia-tool-${project}-${card.name}`;
    this.title.label = card.title;
    this.title.caption = trans.__('%1 of %2', card.title, project);
    this.title.icon = toolsIcon;
    this.title.closable = true;
    frame.node.querySelector('iframe')?.setAttribute('title', this.title.caption);
    this.toolbar.addItem('reload', new ToolbarButton({ icon: refreshIcon, tooltip: trans.__('Load again'), onClick: () => this.load(url) }));
    this.toolbar.addItem('window', new ToolbarButton({ icon: launchIcon, tooltip: trans.__('Open in a window'), onClick: openWindow }));
    this.load(url);
    this.shown = new URL(url);
    window.addEventListener('message', this);
  }

  override dispose(): void {
    window.removeEventListener('message', this);
    super.dispose();
  }

  /** Go where the page asks to, within its own tool: it has no origin, and from there the browser would send no cookie. */
  handleEvent(event: MessageEvent): void {
    const asked: unknown = event.data?.['maia.page'];
    if (typeof asked !== 'string' || event.source !== this.content.node.querySelector('iframe')?.contentWindow) {
      return;
    }
    const url = new URL(asked, this.shown);
    const base = new URL(this.card.url, this.shown);
    if (url.origin === this.shown.origin && url.pathname.startsWith(base.pathname)) {
      this.load(url.href);
    }
  }

  private readonly shown: URL;

  /** Show an address of the tool. */
  load(url: string): void {
    this.content.url = '';
    this.content.url = url;
  }
}
