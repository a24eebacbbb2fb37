/**
 * Messages as they travel, many in one piece of bytes: the client puts each into four pieces and looks it over four times, which costs more than the message
 * (docs/adr/0010-written-by-hand.md).
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { linesOf } from './headers.ts';
import type { Message } from './sender.ts';

/** What the client's own `publish` ends in. Without it, everything goes through `publish`. */
interface Inside { readonly protocol?: { sendCommand?: (bytes: Uint8Array) => void; outMsgs: number; outBytes: number } }

interface Frame { readonly head: string; readonly payload: Uint8Array | string; readonly size: number; readonly counted: number }

/** A subject holds neither spaces nor line breaks, which would begin another command. */
const subject = /^[\x21-\x7e]+$/;
/** `NATS/1.0` and the empty line around the lines of the headers. */
const around = 'NATS/1.0\r\n\r\n'.length;

/** A message as a frame; undefined when it is not an ordinary one, and the client is to see what becomes of it. @param most bytes the server takes in one */
function frameOf({ subject: to, reply, payload, headers }: Message, most: number): Frame | undefined {
  const lines = linesOf(headers);
  if (lines === undefined || !subject.test(to) || (reply !== undefined && !subject.test(reply))) return undefined;
  const headerBytes = around + Buffer.byteLength(lines);
  const all = headerBytes + (typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length);
  if (all > most) return undefined;
  const command = `HPUB ${to} ${reply === undefined ? '' : `${reply} `}${headerBytes} ${all}\r\n`;
  return { head: `${command}NATS/1.0\r\n${lines}\r\n`, payload, size: command.length + all + 2, counted: all };
}

/**
 * Collects frames and hands them to the connection in one piece.
 * @returns `take`, which is false for a message that the client has to publish itself; and `leave`, to be called before that, and at the end
 */
export function openFrames(nc: NatsConnection): { take(message: Message): boolean; leave(): void } {
  const { protocol } = nc as unknown as Inside;
  let frames: Frame[] = [];
  let size = 0;
  return {
    take(message) {
      const { info } = nc;
      if (protocol?.sendCommand === undefined || info?.headers !== true || nc.isClosed() || nc.isDraining()) return false;
      const frame = frameOf(message, info.max_payload);
      if (frame === undefined) return false;
      frames.push(frame);
      size += frame.size;
      return true;
    },
    leave() {
      if (size === 0) return;
      const [leaving, room] = [frames, size];
      // Whatever fails here, none of them may leave with others later.
      frames = [];
      size = 0;
      const bytes = Buffer.allocUnsafeSlow(room);
      let at = 0;
      for (const { head, payload, counted } of leaving) {
        at += bytes.write(head, at);
        if (typeof payload === 'string') at += bytes.write(payload, at);
        else { bytes.set(payload, at); at += payload.length; }
        bytes[at++] = 13;
        bytes[at++] = 10;
        protocol!.outMsgs++;
        protocol!.outBytes += counted;
      }
      protocol!.sendCommand!(bytes);
    },
  };
}
