// Whoever reads stays where they are when something comes, goes, or the window changes its size.

const NEAR = 80;

export function keepPlace(log) {
  let place = { isEnd: true };

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;

  // What stands at the top of the window, so that it can stand there again.
  function note() {
    if (!log.clientHeight || !log.firstElementChild) return;
    const top = [...log.children].find((item) => item.offsetTop + item.offsetHeight > log.scrollTop);
    place = isAtEnd() ? { isEnd: true } : { id: top?.dataset.id, above: (top?.offsetTop ?? 0) - log.scrollTop };
  }

  function restore() {
    if (place.isEnd) { log.scrollTop = log.scrollHeight; return; }
    const item = log.querySelector(`:scope > [data-id="${CSS.escape(place.id ?? "")}"]`);
    if (item) log.scrollTop = item.offsetTop - place.above;
  }

  log.addEventListener("scroll", note, { passive: true });
  new ResizeObserver(restore).observe(log);
  return {
    isAtEnd,
    restore,
    get: () => place,
    set: (former) => { place = former ?? { isEnd: true }; },
    toEnd: () => { place = { isEnd: true }; restore(); },
    show: (item) => { log.scrollTop = item.offsetTop - log.clientHeight / 4; note(); },
  };
}
