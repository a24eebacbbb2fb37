/** The one hash everything in the trail hangs on. */
import { hash } from 'node:crypto';

/** SHA-256 of the text's UTF-8, in hex. */
export const sha256 = (text: string): string => hash('sha256', text, 'hex');
