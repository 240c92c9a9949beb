/**
 * Leaves of every absolute path in a text its last name: what the users of a server are told says nothing of where the
 * server keeps its files. Addresses of the web stay as they are.
 */
export const hidePaths = (text: string): string => text.replace(/(?<![\w:/.~-])\/(?:[^\s/'"`,;:()<>]+\/)+/g, '');
