// What every page and every state of the chat is held to.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What axe finds wrong, one line for each place. Shadow roots that are open are looked into.
export async function violations(page) {
  // Through the debugger, where the page's own policy has no say.
  if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => (
      `${id}: ${help} at ${target.flat().join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`)));
  });
}

// What reaches out of the window sideways, or of the chat's panel, or is cut off within it.
export function cutOff(page) {
  return page.evaluate(async () => {
    const found = [];
    // Where things come to rest, not where they come from.
    const root = document.querySelector('attendant-chat')?.shadowRoot;
    const moving = (root ? root.getAnimations() : []).filter((one) => one.effect.getTiming().iterations !== Infinity);
    await Promise.allSettled(moving.map((one) => one.finished));
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide in ${clientWidth}`);
    const panel = root?.querySelector('[role=dialog]');
    if (!panel || panel.hidden) return found;
    const frame = panel.getBoundingClientRect();
    if (frame.left < 0 || frame.top < 0 || frame.right > innerWidth || frame.bottom > innerHeight) {
      found.push(`the panel reaches out of the window: ${JSON.stringify(frame)}`);
    }
    // What scrolls sideways is meant to, and what is for screen readers only is not seen.
    const scrolls = (node) => ['auto', 'scroll'].includes(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth;
    const name = (node) => `${node.tagName.toLowerCase()}.${node.className} "${node.textContent.trim().slice(0, 40)}"`;
    const look = (node) => {
      const box = node.getBoundingClientRect();
      const style = getComputedStyle(node);
      if (box.width <= 1 || box.height <= 1 || style.visibility === 'hidden' || style.clipPath !== 'none') return;
      if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`${name(node)} reaches out of the panel`);
      const hides = style.overflowX !== 'visible' && !(node instanceof SVGElement);
      if (hides && !scrolls(node) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0) {
        found.push(`${name(node)} is cut off: ${node.scrollWidth} wide in ${node.clientWidth}`);
      }
      if (scrolls(node)) return;
      for (const child of node.children) look(child);
    };
    look(panel);
    return found;
  });
}

// Whether the thing that has the focus looks different from one that has not.
export async function focusIsSeen(page) {
  const picture = () => page.screenshot({ animations: 'disabled' });
  const focused = await page.evaluateHandle(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at;
  });
  const before = await picture();
  await focused.evaluate((node) => node.blur());
  const after = await picture();
  await focused.evaluate((node) => node.focus({ preventScroll: true }));
  return !before.equals(after);
}
