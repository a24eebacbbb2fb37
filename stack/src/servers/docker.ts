/**
 * Servers in containers, when an engine answers (Docker, Podman, Colima …). Testcontainers finds the engine and pulls the image.
 *
 * Data live in a named volume, so that a second start has them; the container itself is made anew each time, under a fixed
 * name, which is what keeps two containers from opening the same volume.
 *
 * Checked here by types only: where this was written no engine and no image registry could be had.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { StartedTestContainer } from 'testcontainers';
import { Problem, messageOf } from '../base/problem.ts';
import { until } from '../base/until.ts';
import { portOf, serverNames, type Server, type ServerName, type Surroundings } from './server.ts';

export interface Image {
  readonly name: ServerName;
  readonly image: string;
  /** The port it listens on inside. */
  readonly port: number;
  /** Where the image keeps its data. */
  readonly data: string;
  readonly env?: Record<string, string>;
  readonly command?: string[];
  readonly files?: readonly { readonly target: string; readonly content: string }[];
  /** Whether it answers on the port given, on this machine. */
  readonly ready: (port: number) => Promise<boolean>;
}

/** Starts a container and describes it; `urls` makes the addresses from the port on this machine. */
export async function inContainer(
  image: Image,
  surroundings: Surroundings,
  urls: (port: number) => { url: string; urlFor: (service: string) => string },
): Promise<Server> {
  const port = await portOf(image.name, surroundings);
  const name = nameOf(surroundings.places.dir, image.name);
  let container: StartedTestContainer | undefined;
  const start = async (): Promise<void> => {
    surroundings.signal.throwIfAborted();
    if (container !== undefined) return;
    await removeLeftover(name);
    container = await launch(image, name, port);
    if (!(await until(() => image.ready(port), { within: 60_000 }))) throw new Problem(`${image.name} (${image.image}) did not answer on port ${port} within 60 s.`);
  };
  const stop = async (): Promise<void> => {
    await container?.stop({ timeout: 20_000, remove: true, removeVolumes: false });
    container = undefined;
  };
  surroundings.own(stop);
  await surroundings.screen.during(`starting ${image.image} in a container`, start);
  return {
    name: image.name,
    ...urls(port),
    from: `container ${image.image}, port ${port}`,
    start,
    stop,
    async kill() {
      await removeLeftover(name);
      container = undefined;
    },
  };
}

async function launch({ image, port, data, env, command, files }: Image, name: string, onHost: number): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = new GenericContainer(image)
    .withName(name)
    .withExposedPorts({ container: port, host: onHost })
    .withBindMounts([{ source: name, target: data }])
    .withEnvironment(env ?? {})
    .withWaitStrategy(Wait.forListeningPorts());
  if (command !== undefined) container.withCommand(command);
  if (files !== undefined) container.withCopyContentToContainer([...files]);
  try {
    return await container.start();
  } catch (error) {
    throw new Problem(`The container engine could not start ${image} (${messageOf(error)}); stop the engine to use the built-in servers, or name a server in the environment.`);
  }
}

/** Forgets the data of a stack's containers. */
export async function removeVolumes(dir: string): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { container } = await getContainerRuntimeClient();
  for (const server of serverNames) {
    await removeLeftover(nameOf(dir, server));
    await container.dockerode.getVolume(nameOf(dir, server)).remove().catch(unlessMissing);
  }
}

/** One name for a stack's container and its volume. */
const nameOf = (dir: string, server: ServerName): string => `regie-${createHash('sha256').update(path.resolve(dir)).digest('hex').slice(0, 10)}-${server}`;

function unlessMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}

/** Ends (SIGKILL) and removes the container of that name; its volume stays. */
async function removeLeftover(name: string): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { container } = await getContainerRuntimeClient();
  await container.dockerode.getContainer(name).remove({ force: true, v: false }).catch(unlessMissing);
}
