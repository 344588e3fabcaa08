import { actorSettings } from './actor/settings.js';
import { SERVER_SETTINGS } from './api/settings.js';
import { learnerSettings } from './learner/settings.js';
import { COMMON_SETTINGS, renderEnvExample, type SettingDeclarations } from './process/index.js';

/** The text of `.env.example`: what all processes read, then what each service reads besides. */
export function envExample(): string {
  return renderEnvExample([
    { title: 'Every process', declarations: COMMON_SETTINGS },
    { title: 'Actor', declarations: ownOf(actorSettings.declarations) },
    { title: 'Learner', declarations: ownOf(learnerSettings.declarations) },
    { title: 'API', declarations: SERVER_SETTINGS },
  ]);
}

function ownOf(declarations: SettingDeclarations): SettingDeclarations {
  return Object.fromEntries(Object.entries(declarations).filter(([name]) => !(name in COMMON_SETTINGS)));
}
