import { VARIABLES } from './schema.ts';

/** Text of `.env.example`. Variables with a fallback are commented out: they need no line unless something else is wanted. */
export function envExample(): string {
  const lines = [
    '# Settings of a real installation (`npm run up` needs none of them). Generated from src/server/config/schema.ts;',
    '# a variable left empty counts as unset. Secrets may also be given as NAME_FILE=/path/of/a/file.',
  ];
  for (const variable of VARIABLES) {
    lines.push('', `# ${variable.about}`);
    if (variable.fallback !== undefined) lines.push(`#${variable.name}=${variable.fallback}`);
    else {
      const mark = variable.onlyFor === undefined || variable.onlyFor === 'fs' ? '' : '#';
      lines.push(`${mark}${variable.name}=${variable.example ?? ''}`);
    }
    if (variable.secret) lines.push(`#${variable.name}_FILE=`);
  }
  return `${lines.join('\n')}\n`;
}
