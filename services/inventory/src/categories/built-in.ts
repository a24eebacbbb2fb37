/** The categories everybody has, with the subcategories that are usual in the trade. Their ids are the same in every installation. */
import type { Category, Static } from '@regie/contracts';

export type Category = Static<typeof Category>;

/** Nobody made them: they have always been there. */
const always = '2000-01-01T00:00:00.000Z';
const idOf = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;

type Label = readonly [key: string, en: string, fr: string];

const builtIn = (number: number, [key, en, fr]: Label, code: string, subcategories: readonly Label[]): Category => ({
  id: idOf(number), key, code, name: { en, fr }, builtIn: true, createdAt: always, updatedAt: always, archivedAt: null,
  subcategories: subcategories.map(([subkey, subEn, subFr], index) => ({ id: idOf(number * 1000 + index + 1), key: subkey, name: { en: subEn, fr: subFr } })),
});

// New subcategories go to the end of their list: ids follow the place.
export const builtInCategories: readonly Category[] = [
  builtIn(1, ['sound', 'Sound', 'Son'], 'SON', [
    ['line_array', 'Line arrays', 'Line arrays'], ['point_source', 'Point sources', 'Enceintes point source'], ['subwoofer', 'Subwoofers', 'Caissons de basses'],
    ['amplifier', 'Amplifiers', 'Amplificateurs'], ['mixing_console', 'Mixing consoles', 'Consoles de mixage'], ['stage_box', 'Stage boxes', 'Boîtiers de scène'],
    ['microphone_dynamic', 'Dynamic microphones', 'Micros dynamiques'], ['microphone_condenser', 'Condenser microphones', 'Micros statiques'],
    ['wireless', 'Wireless systems', 'Systèmes sans fil'],
    ['in_ear_monitoring', 'In-ear monitoring', 'Retours intra-auriculaires'], ['direct_box', 'Direct boxes', 'Boîtes de direct'],
    ['dj', 'DJ equipment', 'Matériel DJ'], ['intercom', 'Intercom', 'Intercom'], ['stand', 'Stands', 'Pieds et supports'],
  ]),
  builtIn(2, ['video', 'Video', 'Vidéo'], 'VIDEO', [
    ['projector', 'Projectors', 'Vidéoprojecteurs'], ['projection_screen', 'Projection screens', 'Écrans de projection'], ['led_wall', 'LED walls', 'Murs LED'],
    ['led_processor', 'LED processors', 'Processeurs LED'], ['monitor', 'Monitors', 'Moniteurs'], ['camera', 'Cameras', 'Caméras'], ['ptz_camera', 'PTZ cameras', 'Caméras PTZ'],
    ['camera_support', 'Camera supports', 'Supports de caméra'], ['video_mixer', 'Video mixers', 'Mélangeurs vidéo'],
    ['screen_switcher', 'Screen switchers', 'Scalers et presentation switchers'],
    ['matrix_and_converter', 'Matrices and converters', 'Grilles et convertisseurs'],
    ['media_server', 'Media servers', 'Serveurs média'], ['recorder', 'Recorders', 'Enregistreurs'],
    ['wireless_video', 'Wireless video', 'Liaisons vidéo sans fil'],
  ]),
  builtIn(3, ['lighting', 'Lighting', 'Lumière'], 'LUMIERE', [
    ['moving_head_spot', 'Moving heads, spot', 'Lyres spot'], ['moving_head_wash', 'Moving heads, wash', 'Lyres wash'], ['moving_head_beam', 'Moving heads, beam', 'Lyres beam'],
    ['led_par', 'LED pars', 'PAR LED'], ['batten', 'Battens', 'Rampes'], ['profile', 'Profiles', 'Découpes'],
    ['film_and_studio', 'Film and studio lights', 'Projecteurs cinéma et studio'],
    ['strobe', 'Strobes', 'Stroboscopes'], ['blinder', 'Blinders', 'Blinders'], ['atmosphere', 'Haze and fog', 'Brouillard et fumée'],
  ]),
];
