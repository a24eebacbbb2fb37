/** What is asked of the database in one turn of the event loop leaves in one write. */
import { Socket } from 'node:net';

/**
 * A socket for pg, which gathers the messages of one statement and sends them before it takes the next, though statements that do not wait
 * for each other could leave together: each write costs a system call, and wakes the server. This one sends when the turn is over.
 */
export function gatheringSocket(): Socket {
  const socket = new Socket();
  const uncork = socket.uncork.bind(socket);
  socket.uncork = () => { process.nextTick(uncork); };
  return socket;
}
