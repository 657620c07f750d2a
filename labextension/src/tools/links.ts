/** Links to tools that programs print, as MLflow does (“View run … at”): programs reach the door elsewhere than people. */

/** Let links on the page that begin with an address of programs lead people to the same tool, where they reach it. */
export function leadLinks(page: Document, programs: string): void {
  if (!programs) {
    return;
  }
  const people = new URL(new URL(programs).pathname, location.origin).href;
  const lead = (event: Event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link?.href.startsWith(`${programs}/`)) {
      link.href = people + link.href.slice(programs.length);
    }
  };
  ['pointerdown', 'click'].forEach(each => page.addEventListener(each, lead, { capture: true })); // by keyboard, too
}
