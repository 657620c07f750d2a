/** The OHIF of a MONAI Label in a tab. */

import { IFrame, MainAreaWidget, ToolbarButton } from '@jupyterlab/apputils';
import { launchIcon, refreshIcon } from '@jupyterlab/ui-components';

import { sandboxOf } from '../tools/page';
import type { Words } from '../ui';
import { monaiLabelIcon } from './icon';

export class ViewerTab extends MainAreaWidget<IFrame> {
  constructor(
    readonly server: string,
    url: string,
    openWindow: () => void,
    trans: Words
  ) {
    const frame = new IFrame({ sandbox: sandboxOf('trusted'), referrerPolicy: 'no-referrer', loading: 'eager' });
    super({ content: frame });
    this.id = `maia-monailabel-${server}`;
    this.title.label = trans.__('OHIF: %1', server);
    this.title.caption = trans.__('Images and labels of %1', server);
    this.title.icon = monaiLabelIcon;
    this.title.closable = true;
    frame.node.querySelector('iframe')?.setAttribute('title', this.title.caption);
    this.toolbar.addItem('reload', new ToolbarButton({ icon: refreshIcon, tooltip: trans.__('Load again'), onClick: () => this.load(url) }));
    this.toolbar.addItem('window', new ToolbarButton({ icon: launchIcon, tooltip: trans.__('Open in a window'), onClick: openWindow }));
    this.load(url);
  }

  load(url: string): void {
    this.content.url = '';
    this.content.url = url;
  }
}
