// Runs in the explorer's page: pictures that an answer holds as text, like the QR code of two-factor, are shown as
// pictures beside it, until Escape, the button or the next answer.
{
  const pictureStart = 'data:image/png;base64,';
  // There from the start, so that what appears in it is announced; the focus stays where somebody is typing.
  const place = document.createElement('div');
  place.setAttribute('aria-live', 'polite');
  document.body.append(place);

  const send = window.fetch;
  window.fetch = async (...request) => {
    const answer = await send(...request);
    // A stream is let alone: its copy would be kept in memory to its end.
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

  /** The pictures of an answer, each with the names that lead to it. */
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

  /** What an answer holds gets in as a property alone, never as markup. */
  function element(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }
}
