// Runs in the page of the explorer. Pictures in an answer, such as the QR code of two-factor authentication, are shown beside
// it until Escape, the button or the next answer.
{
  const pictureStart = 'data:image/png;base64,';
  // Created at the start, so that screen readers announce what is added to it. The focus does not move.
  const place = document.createElement('div');
  place.setAttribute('aria-live', 'polite');
  document.body.append(place);

  const send = window.fetch;
  window.fetch = async (...request) => {
    const answer = await send(...request);
    // Not a stream: its copy would stay in memory until its end.
    if (/^application\/(?:graphql-response\+)?json/.test(answer.headers.get('content-type') ?? '')) {
      answer
        .clone()
        .json()
        .then(
          (body) => showPictures(findPictures(body)),
          () => undefined,
        );
    }
    return answer;
  };

  window.addEventListener('keydown', ({ key }) => key === 'Escape' && place.replaceChildren(), { capture: true });

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
}
