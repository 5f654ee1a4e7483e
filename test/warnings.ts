const warnings: Error[] = [];

process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') warnings.push(warning);
});

/** What Node warned of in this worker since this was asked last. It warns of each deprecation once a process. */
export function takeWarnings(): Error[] {
  return warnings.splice(0);
}
