/** Texts of a block as the bytes that are kept: gzip. An eighth of their size, and size is most of what keeping them costs. */
import { gunzipSync, gzipSync } from 'node:zlib';

/** Far more than a block has: what unpacks to more is none. */
const maxOutputLength = 64 * 1024 * 1024;

/** One text a line. @param texts without line breaks, as JSON has none */
export const packed = (texts: readonly string[]): Uint8Array => gzipSync(texts.join('\n'), { level: 1 });

/** @throws when the bytes are not what was packed */
export const unpacked = (bytes: Uint8Array): string[] => gunzipSync(bytes, { maxOutputLength }).toString('utf8').split('\n');

/** The texts of a block as it was found; undefined when somebody altered it so that they cannot be read, or took them away. */
export function textsIn(body: { readonly buffer: Uint8Array } | undefined): string[] | undefined {
  try {
    return body && unpacked(body.buffer);
  } catch {
    return undefined;
  }
}
