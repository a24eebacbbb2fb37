/** Questions: one reply inbox for all of a process, which is four times faster than the client's own request. */
import { createInbox, type NatsConnection } from '@nats-io/nats-core';
import { headersIn } from './headers.ts';
import type { Message, Sender } from './sender.ts';
import { numberIn, questionHeaders, readAnswer, type Answered, type Asked } from './wire.ts';

export interface Asking {
  /**
   * Publishes with a reply subject of ours and waits for the answer, as long as the question says that somebody waits.
   * @throws {NoAnswer} nobody serves the subject, no answer came in time, or the connection is closing
   */
  ask(subject: string, question: Asked): Promise<Answered>;
  close(): void;
}

/** Nobody answered. It tells nothing about whether the question was heard. */
export class NoAnswer extends Error {
  readonly reason: 'no-responders' | 'timeout' | 'closed';
  constructor(subject: string, reason: 'no-responders' | 'timeout' | 'closed') {
    super(`${subject}: ${reason}`);
    this.name = 'NoAnswer';
    this.reason = reason;
  }
}

interface Waiting extends Message {
  readonly place: number;
  /** The question's own: its place is used again, this never is. */
  readonly number: string;
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: NoAnswer) => void;
  readonly deadline: number;
}

/** Questions that may wait at once, which nobody comes near: the next name of a place is this much higher. */
const most = 2 ** 24;

/** Opens the inbox. There is one of a process, since each costs the server a subscription. */
export function openAsking(nc: NatsConnection, sender: Sender): Asking {
  const inbox = `${createInbox((nc as unknown as { options: { inboxPrefix?: string } }).options.inboxPrefix)}.`;
  /**
   * By place. No map: each table a map has outgrown points to the next, so once one of them has come into the old space it keeps all that follow it, and every question
   * that was under way when they were replaced, until the old space is collected (docs/adr/0013-no-churned-maps.md).
   */
  const waiting: (Waiting | undefined)[] = [];
  /** Places to answer to that were answered. The server remembers subjects it has seen, who may use them and who hears them: new ones cost it a third of its work. */
  const free: number[] = [];
  let count = 0;
  let closed = false;
  /** Without an answer; once, though it may be both too late and lost. */
  const leave = (one: Waiting): void => {
    if (waiting[one.place % most] !== one) return;
    waiting[one.place % most] = undefined;
    free.push(one.place + most);
  };

  nc.subscribe(`${inbox}*`, {
    // An exception out of a callback would silently deafen the whole connection; nothing here can throw but resolve and reject, which do not.
    callback: (error, message) => {
      if (error) return;
      const place = Number(message.subject.slice(inbox.length));
      const one = waiting[place % most];
      if (one?.place !== place) return;
      const sent = headersIn(message);
      const unheard = message.data.length === 0 && sent.startsWith('NATS/1.0 503');
      // An answer to who waited here before is nobody's.
      if (!unheard && numberIn(sent) !== one.number) return;
      waiting[place % most] = undefined;
      free.push(place);
      if (unheard) one.reject(new NoAnswer(one.subject, 'no-responders'));
      else one.resolve(readAnswer(sent, message.data));
    },
  });

  // One sweep for all instead of a timer per question.
  const sweep = setInterval(() => {
    const now = Date.now();
    for (const one of waiting) {
      if (one === undefined || one.deadline > now) continue;
      // The answer may still come: whoever is next there waits under another name.
      leave(one);
      one.reject(new NoAnswer(one.subject, 'timeout'));
    }
  }, 50);
  sweep.unref();

  const lost = (message: Message): void => {
    const one = message as Waiting;
    leave(one);
    one.reject(new NoAnswer(one.subject, 'closed'));
  };

  return {
    ask(subject, question) {
      return new Promise((resolve, reject) => {
        // Nobody looks after it any more: it would wait for ever.
        if (closed) throw new NoAnswer(subject, 'closed');
        const number = (++count).toString(36);
        // First what may throw.
        const headers = questionHeaders(question, number);
        const place = free.pop() ?? waiting.length;
        const one: Waiting = {
          subject, payload: question.body, headers, reply: inbox + place, failed: lost,
          place, number, resolve, reject, deadline: Date.now() + question.remainingMs,
        };
        waiting[place % most] = one;
        sender.send(one);
      });
    },
    close() {
      closed = true;
      clearInterval(sweep);
      for (const one of waiting) one?.reject(new NoAnswer(one.subject, 'closed'));
      waiting.fill(undefined);
    },
  };
}
