/** What `npx regie` and `npx regie --help` print. */
import type { Said } from './language.ts';

export const help: Said = {
  en: `npx regie <command>

  doctor                            look at everything: processes, servers, databases, streams, outboxes; says what to do
  outbox status                     what is not published yet, by service
  outbox republish [options]        publish the kept outbox again; effects are kept once, so this is safe
      --service <name>                only this service
      --since <instant>               only what was told since (2026-06-01T00:00:00Z)
  quarantine list [--all]           messages that could not be read (--all: replayed ones too)
  quarantine show <id>              one of them, with its bytes
  quarantine replay <id> | --all    publish the same bytes again, once the reader was mended
  audit verify [options]            check the whole chain of the audit trail and every entry in it
      --checkpoint <block>:<root>     and that it still holds the block printed earlier

It works on the system that \`npm start\` runs here, or on the one named by POSTGRES_URL (or DATABASE_URL_<SERVICE>),
NATS_URL (user provision), REDIS_URL and MONGODB_URL. It ends with 1 when something is wrong.`,
  fr: `npx regie <commande>

  doctor                            tout examiner : processus, serveurs, bases, flux, boîtes d’envoi ; dit quoi faire
  outbox status                     ce qui n’est pas encore publié, par service
  outbox republish [options]        republier la boîte d’envoi conservée ; sans danger : chaque effet n’a lieu qu’une fois
      --service <nom>                 ce service seulement
      --since <instant>               seulement depuis cet instant (2026-06-01T00:00:00Z)
  quarantine list [--all]           messages illisibles (--all : aussi ceux déjà rejoués)
  quarantine show <id>              l’un d’eux, avec ses octets
  quarantine replay <id> | --all    republier les mêmes octets, une fois le lecteur réparé
  audit verify [options]            vérifier toute la chaîne du journal d’audit et chacune de ses entrées
      --checkpoint <bloc>:<racine>    et qu’elle contient encore le bloc affiché auparavant

La commande agit sur le système lancé ici par \`npm start\`, ou sur celui que désignent POSTGRES_URL (ou DATABASE_URL_<SERVICE>),
NATS_URL (utilisateur provision), REDIS_URL et MONGODB_URL. Elle se termine par 1 si quelque chose ne va pas.`,
};
