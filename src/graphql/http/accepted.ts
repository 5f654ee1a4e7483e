/**
 * The media types that a caller accepts, in the order of the header; any where there is none. Types in another encoding than
 * UTF-8 are left out, as the server leaves them out when it chooses one.
 */
export function readTypes(request: Request): string[] {
  const entries = (request.headers.get('accept') || '*/*').replaceAll(/\s/g, '').toLowerCase().split(',');
  return entries.flatMap((entry) => {
    const [type = '', ...parameters] = entry.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset=')) ?? 'charset=utf-8';
    return charset === 'charset=utf-8' ? [type] : [];
  });
}

/** Whether an answer will be `application/graphql-response+json`, where even a document's own fault has a status. */
export function prefersGraphqlResponse(request: Request): boolean {
  const type = readTypes(request).find((one) => /^(?:application\/(?:graphql-response\+json|json|\*)|\*\/\*)$/.test(one));
  return type === 'application/graphql-response+json';
}
