// The drawer at the side: the switches, the journal, the deliveries. Beside the desk where there is room, over it where there is none.

import { byId, button } from "../dom.js";
import { deliveriesTab } from "./deliveries.js";
import { journalTab } from "./journal.js";
import { switchesTab } from "./switches.js";

const LOOK_EVERY_MS = 2000;
// A long journal takes its time to fetch: then it is asked for less often.
const PAUSE_PER_WAIT = 20;

const roomBeside = matchMedia("(min-width: 1180px)");

export function setUpDrawer(desk) {
  const [drawer, opener, bar, panels] = ["controls", "controls-open", "tabs", "panels"].map(byId);
  const tabs = [switchesTab(desk), journalTab(), deliveriesTab()];
  let [shown, timer, isLooking] = [tabs[0], undefined, false];

  async function look() {
    clearTimeout(timer);
    if (!drawer.open || document.visibilityState !== "visible" || isLooking) return;
    isLooking = true;
    const began = performance.now();
    await shown.look().catch(() => { /* the page says that the simulator does not answer */ });
    isLooking = false;
    timer = setTimeout(look, Math.max(LOOK_EVERY_MS, (performance.now() - began) * PAUSE_PER_WAIT));
  }

  function choose(tab) {
    shown = tab;
    for (const one of tabs) {
      const isShown = one === tab;
      one.button.setAttribute("aria-selected", String(isShown));
      one.button.tabIndex = isShown ? 0 : -1;
      one.panel.hidden = !isShown;
    }
    drawer.classList.toggle("drawer--log", tab !== tabs[0]);
    look();
  }

  for (const tab of tabs) {
    tab.button = button(tab.title, "tab", () => choose(tab));
    tab.button.id = `tab-${tab.id}`;
    tab.button.setAttribute("role", "tab");
    tab.button.setAttribute("aria-controls", `panel-${tab.id}`);
    tab.panel.id = `panel-${tab.id}`;
    tab.panel.setAttribute("role", "tabpanel");
    tab.panel.setAttribute("aria-labelledby", tab.button.id);
    bar.append(tab.button);
    panels.append(tab.panel);
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(shown) + step + tabs.length) % tabs.length];
    choose(next);
    next.button.focus();
  });

  function open() {
    if (roomBeside.matches) drawer.show();
    else drawer.showModal();
    opener.setAttribute("aria-expanded", "true");
    choose(shown);
    shown.button.focus();
  }
  // A window that changes its size: the same drawer, in the other way.
  roomBeside.addEventListener("change", () => {
    if (!drawer.open) return;
    drawer.close();
    open();
  });
  opener.addEventListener("click", () => (drawer.open ? drawer.close() : open()));
  byId("controls-close").addEventListener("click", () => drawer.close());
  drawer.addEventListener("close", () => {
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  });
  drawer.addEventListener("click", (event) => { if (event.target === drawer && drawer.matches(":modal")) drawer.close(); });
  drawer.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.preventDefault(); drawer.close(); } });
  document.addEventListener("visibilitychange", look);
  choose(shown);
}
