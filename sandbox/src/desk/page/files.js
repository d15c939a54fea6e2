// Files of a message: a picture is shown, everything can be saved.

import { element, fileSize } from "./dom.js";

const isPicture = ({ media_type: type, size }) => /^image\/(png|jpeg|gif|webp)$/.test(type) && size < 20 * 1024 * 1024;

export function fileCard(file, as) {
  const address = `/desk/api/contents/${encodeURIComponent(file.id)}?as=${encodeURIComponent(as)}`;
  const card = element("div", "file");
  if (isPicture(file)) {
    const picture = element("img", "file__picture");
    Object.assign(picture, { alt: "", loading: "lazy", decoding: "async", src: address });
    picture.addEventListener("error", () => { picture.remove(); card.classList.remove("file--picture"); });
    card.classList.add("file--picture");
    card.append(picture);
  }
  const names = element("div", "file__names");
  const fileName = element("span", "file__name", file.name);
  fileName.dir = "auto";
  names.append(fileName, element("span", "file__size", fileSize(file.size)));
  const link = element("a", "file__link", "Download");
  Object.assign(link, { href: address, download: file.name });
  link.setAttribute("aria-label", `Download ${file.name}`);
  card.append(names, link);
  return card;
}
