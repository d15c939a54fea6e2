// Pages that were made for Cisco's Space widget: their markup and their call show the chat of the site that lists the
// destination. Whose token stands in the page does not matter any more.

const place = (element, destination) => {
  if (element.dataset.guestPortal || !destination) return;
  element.dataset.guestPortal = destination;
  if (element.dataset.accessToken) {
    delete element.dataset.accessToken;
    console.warn("GuestPortal: take data-access-token out of the page: it is not used, and everybody can read it there.");
  }
  const frame = new Frame({ origin: ORIGIN, destination }, telling(element));
  Object.assign(frame.element.style, { display: "block", inlineSize: "100%", blockSize: "100%", minBlockSize: "500px", border: "0" });
  element.replaceChildren(frame.element);
  frame.show(true);
};

const findSpaceWidgets = () => {
  for (const element of document.querySelectorAll('[data-toggle="webex-space"]')) place(element, element.dataset.destinationId);
};

try {
  window.webex ??= {};
  window.webex.widget ??= (element) => ({ spaceWidget: ({ destinationId }) => place(element, destinationId) });
} catch {
  // The page has another thing of that name.
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", findSpaceWidgets);
else findSpaceWidgets();
