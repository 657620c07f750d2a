/** The calm word at the top of the page while the server is away. It takes no focus and hides no text. */

import { Widget } from '@lumino/widgets';

export interface BannerAction {
  label: string;
  run: () => void;
}

export class Banner extends Widget {
  constructor() {
    super();
    this.addClass('maia-Banner');
    this.addClass('maia-ui');
    this.node.setAttribute('role', 'status');
  }

  say(text: string, actions: BannerAction[] = []): void {
    const words = document.createElement('span');
    words.textContent = text;
    const buttons = actions.map(({ label, run }) => {
      const button = document.createElement('button');
      button.className = 'maia-Button';
      button.textContent = label;
      button.onclick = run;
      return button;
    });
    this.node.replaceChildren(words, ...buttons);
    if (!this.isAttached) {
      Widget.attach(this, document.body);
    }
  }

  clear(): void {
    if (this.isAttached) {
      Widget.detach(this);
    }
  }
}
