// Beside the editor: the pictures of an answer, such as the QR code of two-factor authentication, until Escape, the button or the
// next answer; and a sentence when nobody is signed in.
const pictureStart = 'data:image/png;base64,';

// Created at the start, so that screen readers announce what is added to them. The focus does not move.
const place = createPlace();
const notices = createPlace();

window.addEventListener('keydown', ({ key }) => key === 'Escape' && place.replaceChildren(), { capture: true });

/** Shows what an answer says beside its text. */
export function showAnswer(answer) {
  if (answer.data?.__schema) return;
  showPictures(findPictures(answer));
  const isSignedOut = answer.data?.viewer === null || answer.errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
  const sentence = 'Nobody is signed in. Run the tab SignIn, or put an API key under Headers.';
  notices.replaceChildren(...(isSignedOut ? [element('p', { className: 'notice', textContent: sentence })] : []));
}

function createPlace() {
  const created = document.createElement('div');
  created.setAttribute('aria-live', 'polite');
  document.body.append(created);
  return created;
}

/** The pictures of an answer, each with its path. */
function findPictures(value, path = []) {
  if (typeof value === 'string') return value.startsWith(pictureStart) ? [{ address: value, name: path.slice(1).join('.') }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, held]) => findPictures(held, [...path, key]));
}

function showPictures(pictures) {
  if (pictures.length === 0) return place.replaceChildren();
  const panel = element('section', { className: 'pictures', role: 'dialog', ariaLabel: 'Pictures of the answer' });
  const close = element('button', { type: 'button', textContent: 'Close', onclick: () => place.replaceChildren() });
  panel.append(...pictures.map(drawPicture), close);
  place.replaceChildren(panel);
}

function drawPicture({ address, name }) {
  const figure = element('figure', {});
  figure.append(element('img', { src: address, alt: `Picture: ${name}` }), element('figcaption', { textContent: name }));
  return figure;
}

/** Values of an answer are set as properties, never as markup. */
function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
