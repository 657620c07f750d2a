/** What only the person can answer, asked in JupyterLab: codes, passwords, whether a host is the right one. */

import { Dialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';

import type { Words } from '../ui';
import type { HpcModel } from './model';
import type { Question, Task } from './records';

/** A field for the answer, hidden unless it may be seen; the browser is to remember nothing of it. */
class AnswerField extends Widget implements Dialog.IBodyWidget<string> {
  constructor(question: Question) {
    super();
    this.addClass('maia-Hpc-question');
    const said = document.createElement('p');
    said.textContent = question.instructions;
    this.node.append(said);
    if (question.kind !== 'host-key') {
      const label = document.createElement('label');
      label.textContent = question.text;
      this.field.type = question.echo ? 'text' : 'password';
      this.field.autocomplete = 'one-time-code';
      this.field.spellcheck = false;
      label.append(this.field);
      this.node.append(label);
    } else {
      const asked = document.createElement('p');
      asked.textContent = question.text.replace(/ \(yes\/no\)$/, '');
      this.node.append(asked);
    }
  }

  getValue(): string {
    const answer = this.field.value;
    this.field.value = '';
    return answer;
  }

  private readonly field = document.createElement('input');
}

export class Asker {
  constructor(
    private readonly model: HpcModel,
    private readonly trans: Words
  ) {
    model.asked.connect((_, task) => void this.onAsked(task));
  }

  private async onAsked(task: Task): Promise<void> {
    this.open.get(task.id)?.reject(); // answered elsewhere, or nobody waits any more
    this.open.delete(task.id);
    const { question } = task;
    if (!question) {
      return;
    }
    const dialog = this.dialog(question);
    this.open.set(task.id, dialog);
    const { button, value } = await dialog.launch();
    if (this.open.get(task.id) !== dialog) {
      return;
    }
    this.open.delete(task.id);
    const yes = question.kind === 'host-key' ? 'yes' : (value ?? '');
    const no = question.kind === 'host-key' ? 'no' : null;
    await this.model.api.answer(task.id, question.id, button.accept ? yes : no).catch(() => undefined);
  }

  private dialog(question: Question): Dialog<string> {
    const trust = question.kind === 'host-key';
    const accept = trust ? this.trans.__('It is the same: trust it') : this.trans.__('Sign in');
    return new Dialog<string>({
      title: trust
        ? this.trans.__('Is this really %1?', question.host)
        : this.trans.__('Sign in to %1', question.host),
      body: new AnswerField(question),
      buttons: [
        Dialog.cancelButton({ label: trust ? this.trans.__('Do not connect') : this.trans.__('Cancel') }),
        trust ? Dialog.warnButton({ label: accept }) : Dialog.okButton({ label: accept })
      ],
      defaultButton: trust ? 0 : 1,
      focusNodeSelector: trust ? undefined : 'input'
    });
  }

  private readonly open = new Map<string, Dialog<string>>();
}
