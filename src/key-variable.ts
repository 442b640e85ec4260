/** The environment variable that holds a key of an Amplitude project; null is the main one. */
export function keyVariable(kind: 'API_KEY' | 'SECRET_KEY', project: string | null): string {
  const suffix = project === null ? '' : `_${project.toUpperCase().replaceAll('-', '_')}`;
  return `AMPLITUDE_${kind}${suffix}`;
}
