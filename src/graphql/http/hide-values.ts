/**
 * Takes the values that a caller sent out of a message of graphql-js: one can be a password, also in a wrong place. Names of
 * the document, and the place in it, stay.
 */
export function hideValues(message: string): string {
  return message
    .replace(/^(Syntax Error: [\s\S]*?\b(?:Name|String|BlockString|Int|Float)) "[\s\S]*$/, '$1.')
    .replace(/^(Syntax Error: Invalid [^:]*): [\s\S]*$/, '$1.')
    .replace(/^((?:\w+|Enum "\w+") cannot represent [^:]*): [\s\S]*$/, '$1.')
    .replace(/^(Expected value of type "[^"]*"), found [\s\S]*$/, '$1.')
    .replace(/^Value "[\s\S]*" does not exist/, 'The value does not exist')
    .replace(/^Unknown operation named "[\s\S]*"\.$/, 'The document has no operation of this name.');
}
